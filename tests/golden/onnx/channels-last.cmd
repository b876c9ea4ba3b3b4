# Channels last between convolutions: all turns but the first and that of an output vanish.
cd ../../onnx/cases/channels-last || exit
senc --emit=graph model.onnx | grep -v "= constant"
