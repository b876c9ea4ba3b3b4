# Products of matrices that are too many, or too large to be added up from single products, and factors that do not fit.
cd ../../onnx/models || exit
senc --emit=graph products-declined.onnx
