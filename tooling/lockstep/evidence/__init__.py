"""Evidence: signed statements about commits and artifacts, and whether a chain of them holds.

Signed bytes are kept as they came and a copy is parsed; nothing that was not verified is believed. Imported only where
evidence is written or read: its libraries would slow every other run.
"""
