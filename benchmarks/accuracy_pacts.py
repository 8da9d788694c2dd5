"""How often the verification of pacts agrees with another verifier: `python -m benchmarks.accuracy_pacts PROGRAM`.

PROGRAM is an installed `swagger-mock-validator` (npm, @pactflow/swagger-mock-validator). Both judge the pairs of
`tests/contracts/test_verification.py`: a pact of one interaction, and a contract. Every pair that they judge differently is
named, with the reason where it is known. It ends with 1 where one is not.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.contracts.pacts_of import pact_of
from tests.contracts.test_verification import CASES, Case

# What the other says it does not support (docs/OPENAPI3.md and docs/SWAGGER2.md of its repository), or refuses itself.
REASONS = {
    "arrays and objects in parameters (style, explode, content)": (
        *("template-list", "query-repeated-refused", "written-comma-refused", "written-deep-refused"),
        *("written-spread-refused", "written-pairs-refused", "written-json-refused", "written-no-json"),
    ),
    "the paths of servers": ("server", "server-of-operation", "server-relative"),
    "several parameters, or text, in one segment of a path; escapes": ("template-encoded", "template-part"),
    "empty values": ("query-empty",),
    "cookies": ("cookie-refused", "cookie-missing"),
    "headers that OpenAPI describes elsewhere": ("told-elsewhere",),
    "ranges of statuses": ("status-range",),
    "bodies that are not JSON": ("form-refused", "form-of-swagger", "text-body", "text-expected", "nothing-but-text"),
    "excerpts that fit several alternatives": ("response-one-of-part",),
}


def main() -> int:
    """Judge all pairs by both, print what differs and the table; return the exit code."""
    words = argparse.ArgumentParser(prog="python -m benchmarks.accuracy_pacts", description=__doc__)
    words.add_argument("program", help="swagger-mock-validator")
    program = words.parse_args().program
    counted = Counter[str]()
    for case, other in _judged(program):
        same = other == bool(case.refused)
        verdict = "not read by the other" if other is None else "the same" if same else _reason(case)
        counted[verdict] += 1
        if verdict not in {"the same", "not read by the other"}:
            sys.stdout.write(
                f"{case.name}: Lockstep {_word(bool(case.refused))}, the other {_word(bool(other))}: {verdict}\n"
            )
    sys.stdout.write("\n| verdict | pairs |\n|---|---|\n")
    sys.stdout.writelines(f"| {verdict} | {count} |\n" for verdict, count in counted.most_common())
    return 1 if counted["unknown"] else 0


def _judged(program: str) -> Iterator[tuple[Case, bool | None]]:
    """Yield each pair, and whether the other refuses it; None where it cannot read it."""
    with tempfile.TemporaryDirectory(prefix="lockstep-pacts-") as folder:
        pact, contract = Path(folder, "pact.json"), Path(folder, "contract.json")
        for case in CASES:
            pact.write_text(json.dumps(pact_of(case.interaction)), "utf-8")
            contract.write_text(json.dumps(case.contract), "utf-8")
            done = subprocess.run([program, str(contract), str(pact)], capture_output=True, check=False, timeout=60)
            told = done.stdout + done.stderr
            refuses = done.returncode != 0
            yield case, None if refuses and b"is not compatible with" not in told else refuses


def _reason(case: Case) -> str:
    return next((f"it does not support {reason}" for reason, names in REASONS.items() if case.name in names), "unknown")


def _word(refused: bool) -> str:  # noqa: FBT001 - one of two words
    return "refuses" if refused else "takes"


if __name__ == "__main__":
    sys.exit(main())
