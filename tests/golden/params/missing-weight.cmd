# Tensors that the file lacks: each line of the text once, with the nearest names and the calls around it.
. ./files/tensors
tensors a.con.weight F32 2,2,1,1 16 fc.weight F32 2,2 16
senc -o "$scratch/out" --weights "$scratch/w.safetensors" --allow-unused-weights two.sen
tensors model.a.conv.weight F32 2,2,1,1 16 model.b.conv.weight F32 2,2,1,1 16 model.fc.weight F32 2,2 16 model.fc.bias F32 2 8
senc -o "$scratch/out" --weights "$scratch/w.safetensors" --allow-unused-weights two.sen
