"""The live view in a terminal."""

from typing import TextIO

from lockstep.model.event import Observer
from lockstep.report.final import ansi_style, plain_style
from lockstep.report.out import Out
from lockstep.report.plain import Plain


def live(stream: TextIO, *, colour: bool = True) -> Observer:
    """Return an observer for a terminal."""
    return Plain(Out(stream), style=ansi_style if colour else plain_style)
