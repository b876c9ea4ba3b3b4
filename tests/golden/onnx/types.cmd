# see tests/onnx/make_models.py
cd ../../onnx/cases/types || exit
senc --emit=graph -O0 model.onnx
