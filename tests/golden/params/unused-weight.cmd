# Tensors that belong to no layer, and the option that accepts them.
. ./files/tensors
tensors a.conv.weight F32 2,2,1,1 16 b.conv.weight F32 2,2,1,1 16 fc.weight F32 2,2 16 fc.bias F32 2 8 fc.bais F32 2 8 steps I64 3 24
senc --weights "$scratch/w.safetensors" --emit=graph -O0 two.sen
senc --weights "$scratch/w.safetensors" --emit=graph -O0 --allow-unused-weights two.sen
