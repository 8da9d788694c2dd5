"""Evidence: signed statements about commits and artifacts, and whether a chain of them holds."""
