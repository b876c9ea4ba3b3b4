# The ways to write an option's argument mean the same; the last of several counts.
cd "$scratch"
printf 'param n = 1\nnetwork net { input x: f32[4]  output y = x -> linear(n) }\n' > network.sen
senc --emit params -D n=2 network.sen > separate
senc --emit=params -Dn=2 network.sen > attached
senc --emit=ast --emit=params -Dn=2 network.sen > last
senc network.sen -D n=2 --emit params > after
senc --emit=params -D n=2 -- network.sen > dashes
cmp separate attached
cmp separate last
cmp separate after
cmp separate dashes
cat separate
