"""Lockstep: one noxfile and one invoke collection define every CI stage."""

__version__ = "0.1.0"
