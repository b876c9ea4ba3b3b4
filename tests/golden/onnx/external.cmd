# see tests/onnx/make_models.py
cd ../../onnx/cases/external || exit
senc --emit=graph -O0 model.onnx
