# The same layer in a shallow network and in a deep one.
for depth in 2 120; do
    senc --emit=plan --march=x86-64-v3 --weights random -D depth=$depth networks/depth.sen | sed -n 's/.*winograd-mul .* \(F(.)\) .*/\1/p'
done
