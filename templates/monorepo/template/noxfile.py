"""Every CI stage, local first: `nox -s gates`."""

from lockstep import sessions

sessions.register(__file__)
