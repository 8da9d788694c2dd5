"""What every run loads before it does anything: nothing that only some runs need."""

import subprocess
import sys

HEAVY = ("boto3", "cryptography", "docker", "jsonschema", "python_on_whales", "rich", "sigstore", "tomlkit", "yaml")


def test_the_engine_is_loaded_without_what_only_some_runs_need() -> None:
    code = "import nox, sys; before = set(sys.modules); import lockstep.sessions, lockstep.engine.run;"
    code += f"print(sorted(set({HEAVY!r}) & (set(sys.modules) - before)))"
    done = subprocess.run((sys.executable, "-c", code), check=True, capture_output=True, text=True)
    assert done.stdout == "[]\n"
