# tests/unit/frontend.mk
