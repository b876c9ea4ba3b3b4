# SE blocks in five spellings, as recognised: an excitation each.
cd ../../onnx/cases/squeezes || exit
senc --emit=graph model.onnx | grep -v "= constant"
