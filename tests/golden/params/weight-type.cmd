# A tensor of a type that is no parameter's.
. ./files/tensors
tensors a.conv.weight I8 2,2,1,1 4 b.conv.weight F32 2,2,1,1 16 fc.weight F64 2,2 32 fc.bias F32 2 8
senc --weights "$scratch/w.safetensors" --emit=graph two.sen
