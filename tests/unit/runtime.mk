# tests/unit/runtime.mk
