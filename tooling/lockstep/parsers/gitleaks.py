"""gitleaks' JSON report. Nothing of the secret, of its line or of its author is read."""

import msgspec

from lockstep.model.finding import Finding, Location, Report
from lockstep.parsers.reading import agreed, guarded, json

TOOL = "gitleaks"
_SHORT = 10


class _Leak(msgspec.Struct, frozen=True, rename="pascal"):
    """One secret. Columns are left alone: past the first line of a change gitleaks counts the line's end before it.

    Lines of a rule about file names are 0.
    """

    rule: str = msgspec.field(name="RuleID")
    description: str
    file: str
    start_line: int = 0
    end_line: int = 0
    commit: str = ""
    date: str = ""


def read(data: bytes, exit_code: int, *, committed: bool) -> Report:
    """Return every secret as a finding, with its place in the commit that added it.

    committed: the commits of the report are those of the repository. A secret in one stays what it is however the files
    move, so commit and place name it; one that is not committed is named by its path.
    """

    def findings() -> Report:
        leaks = json(data, list[_Leak], TOOL)
        return agreed(Report(findings=tuple(_finding(each, committed=committed) for each in leaks)), exit_code, TOOL)

    return guarded(findings)


def _finding(leak: _Leak, *, committed: bool) -> Finding:
    place = f"commit {leak.commit[:_SHORT]} of {leak.date[:10]}" if committed else "not committed yet"
    return Finding(
        tool=TOOL,
        rule=leak.rule,
        message=f"{leak.description.rstrip('.')} ({place})",
        location=Location(leak.file, leak.start_line, end_line=leak.end_line),
        anchor=f"{leak.commit}:{leak.file}:{leak.start_line}" if committed else leak.file,
    )
