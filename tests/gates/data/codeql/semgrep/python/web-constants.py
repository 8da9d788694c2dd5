"""A module with a switch of its own that is no web framework's."""

# ok: lockstep-python-debug-enabled
DEBUG = True
LEVELS = ["debug", "info"]
