# see tests/onnx/make_models.py
cd ../../onnx/cases/network || exit
senc --emit=graph -O0 model.onnx
