# tests/unit/graph.mk
