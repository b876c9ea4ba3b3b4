# docs/local.mk - the manual page is installed; the rest is to be read where it lies, or in the release.
dist_man_MANS += docs/senc.1
EXTRA_DIST += docs/accuracy.md docs/decisions docs/diagnostics.md docs/language.md docs/onnx-support.md docs/operations.md docs/squeeze-excitation.md compiler/README.md compiler/LAYERS
