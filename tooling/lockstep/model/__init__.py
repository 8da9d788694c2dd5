"""Frozen values with no I/O: the words of the project, as types."""
