"""Pure functions from a tool's bytes to findings, tests and coverage. None raises, whatever the bytes are."""
