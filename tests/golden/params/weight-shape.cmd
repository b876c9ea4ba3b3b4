# Tensors of another shape than their layer needs.
. ./files/tensors
tensors a.conv.weight F32 2,2,3,3 144 b.conv.weight F32 2,1,1,2 16 fc.weight F32 4 16 fc.bias F32 2,1 8
senc --weights "$scratch/w.safetensors" --emit=graph two.sen
