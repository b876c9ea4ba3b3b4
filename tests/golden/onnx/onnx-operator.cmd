# One error a kind of operator, and all of them in a note.
cd ../../onnx/models || exit
senc --emit=graph unsupported.onnx
