"""conftest with Lockstep's own policies over Dockerfiles.

Report: as that of `policies`, with the number of the file among those that were named in place of its path.
"""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lockstep.plugin.dockerfile import instructions
from lockstep.plugin.iac.policies import tried
from lockstep.plugin.iac.running import main
from lockstep.plugin.iac.sources import LARGEST

# The name tells conftest how to read a copy; names of Dockerfiles may be anything.
_SUFFIX = ".dockerfile"
_NAMESPACE = "lockstep.dockerfile"


def test(options: argparse.Namespace) -> Mapping[str, Any]:
    """Return what the policies deny, each at the instruction that it is about."""
    options.tree.mkdir()
    texts = {str(number): Path(path).read_bytes() for number, path in enumerate(options.file)}
    large = [name for name, data in texts.items() if len(data) > LARGEST]
    lines = {name: _lines(data) for name, data in texts.items() if name not in large}
    for name in lines:
        (options.tree / f"{name}{_SUFFIX}").write_bytes(texts[name])
    named = [f"{name}{_SUFFIX}" for name, found in lines.items() if found]
    denied, unparsed = tried(options, named, f"--namespace={_NAMESPACE}")
    return {
        "findings": [_finding(failure, lines) for failure in denied],
        "syntax": [{**each._asdict(), "path": each.path.removesuffix(_SUFFIX)} for each in unparsed],
        "unread": [{"path": name, "line": 1, "message": "this file is too large to be a Dockerfile"} for name in large],
    }


def _lines(data: bytes) -> list[int]:
    return [each.line for each in instructions(data.decode("utf-8", "replace"))]


def _finding(failure: Mapping[str, Any], lines: Mapping[str, list[int]]) -> Mapping[str, Any]:
    given = failure["metadata"]
    name = given["path"].removeprefix("./").removesuffix(_SUFFIX)
    line = lines[name][min(given["index"], len(lines[name]) - 1)]
    return {
        "rule": given["rule"],
        "severity": given["severity"],
        "message": failure["msg"],
        "path": name,
        "line": line,
        "end_line": line,
    }


if __name__ == "__main__":
    sys.exit(main(test, sys.argv[1:]))
