"""Programs of the gate iac-scan: each prepares files for one scanner, runs it within limits, and keeps what it said.

Scanners see a copy of the tree. Configuration and comments of the tree excuse nothing: a change would excuse itself.
Each program writes one JSON report (`running.write`) and ends with 0, or with 2 and a sentence on standard error where
nothing can be believed.
"""
