# RepVGG and MobileOne as they are trained: each sum of branches becomes one convolution, also behind what reads it scaled.
cd ../../onnx/cases/branches || exit
senc --emit=graph model.onnx | grep -v "= constant"
