# Weights that fit: as matrices, as 1x1 kernels, in half precision; a counter of batches is ignored.
. ./files/tensors
tensors a.conv.weight F32 2,2,1,1 16 b.conv.weight F32 2,2 16 fc.weight F16 2,2 8 fc.bias BF16 2 4 bn.num_batches_tracked I64 '' 8
senc --weights "$scratch/w.safetensors" --emit=graph -O0 two.sen
