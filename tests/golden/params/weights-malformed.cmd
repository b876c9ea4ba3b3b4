# Files that break the rules of the format; test_weights has every way to do so.
. ./files/tensors
printf 'not weights' > "$scratch/w.safetensors"
senc --weights "$scratch/w.safetensors" --emit=graph two.sen
: > "$scratch/w.safetensors"
senc --weights "$scratch/w.safetensors" --emit=graph two.sen
tensors fc.bias F32 2 4
senc --weights "$scratch/w.safetensors" --emit=graph two.sen
tensors fc.bias F31 2 8
senc --weights "$scratch/w.safetensors" --emit=graph two.sen
senc --weights "$scratch" --emit=graph two.sen
senc --weights "$scratch/none.safetensors" --emit=graph two.sen
printf 'PK\003\004 as torch.save writes it' > "$scratch/w.safetensors"
senc --weights "$scratch/w.safetensors" --emit=graph two.sen
