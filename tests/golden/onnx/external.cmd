# see tests/onnx/make_models.py
cd ../../onnx/models || exit
senc --emit=graph -O0 external.onnx
