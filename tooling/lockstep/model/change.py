"""What one commit says that it changes, in the terms of Conventional Commits 1.0.0."""

import msgspec


class Change(msgspec.Struct, frozen=True):
    """One commit. `type` is lower-case and "" where the commit is not conventional; `subject` is its first line then.

    breaking: what breaks, in the commit's own words; "" where nothing does.
    """

    commit: str
    type: str
    subject: str
    scope: str = ""
    breaking: str = ""
