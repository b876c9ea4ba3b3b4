# docs/local.mk - what users read is installed: the manual page, and the pages beside the README; decisions lie in the release.
dist_man_MANS += docs/senc.1
docsdir = $(docdir)/docs
dist_docs_DATA = docs/accuracy.md docs/diagnostics.md docs/language.md docs/onnx-support.md docs/operations.md docs/squeeze-excitation.md
dist_noinst_SCRIPTS += docs/plain-links
EXTRA_DIST += docs/decisions compiler/README.md compiler/LAYERS

# They link to sources, too.
install-data-hook:
	cd '$(DESTDIR)$(docdir)' && $(SHELL) '$(abs_top_srcdir)/docs/plain-links' README.md NEWS.md docs/*.md
.PHONY: install-data-hook
