"""The generated workflow under act, with what a runner would fetch from elsewhere stood in for.

A stand-in of the checkout clones the commit from the local repository and puts the prepared environment where the Makefile
would make it; a stand-in of the cache keeps nothing; one of the upload copies the files into a folder. Every other line of the workflow is the real one.
"""

import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from lockstep.github import workflow

_LIMIT = 1800

_CHECKOUT = """\
name: checkout
description: Clone the commit of the local repository, and bring the prepared environment
inputs:
  fetch-depth: {{ description: "", default: "1" }}
  persist-credentials: {{ description: "", default: "true" }}
runs:
  using: composite
  steps:
    - shell: bash
      run: |
        git init -q .
        git fetch -q '{origin}' '+refs/heads/*:refs/remotes/origin/*'
        git checkout -q -B main "$GITHUB_SHA"
        cp -a '{prepared}/.' .lockstep/
        touch .lockstep/venv/ready
"""

_UPLOAD = """\
name: upload
description: Copy the files into a folder
inputs:
  name: {{ description: "", required: true }}
  path: {{ description: "", required: true }}
  include-hidden-files: {{ description: "", default: "false" }}
  if-no-files-found: {{ description: "", default: warn }}
  retention-days: {{ description: "", default: "90" }}
runs:
  using: composite
  steps:
    - shell: bash
      run: |
        mkdir -p "{target}/${{{{ inputs.name }}}}"
        cp -a "${{{{ inputs.path }}}}/." "{target}/${{{{ inputs.name }}}}/"
"""

_CACHE = """\
name: cache
description: Keep nothing
inputs:
  path: { description: "", required: true }
  key: { description: "", required: true }
  restore-keys: { description: "", default: "" }
  lookup-only: { description: "", default: "false" }
runs:
  using: composite
  steps:
    - shell: bash
      run: "true"
"""


class Acted(msgspec.Struct, frozen=True):
    """How a workflow ended: results by job (success, failure, skipped), what was printed, uploaded files by name.

    checkout: pattern of the folder that a job worked in.
    """

    exit_code: int
    results: Mapping[str, str]
    printed: str
    artifacts: Path
    checkout: str

    def run_of(self, gate: str) -> Path:
        """Return the folder of the one run that the gate's job uploaded."""
        [folder] = (self.artifacts / gate).iterdir()
        return folder


def act(program: str, root: Path, prepared: Path, scratch: Path, environ: Mapping[str, str]) -> Acted:
    """Run the workflows of the repository in `root` for a push; `prepared` becomes its `.lockstep`.

    environ: what a runner has beside what act gives it.
    """
    artifacts = scratch / "artifacts"
    checkout = _action(scratch / "checkout", _CHECKOUT.format(origin=root, prepared=prepared))
    cache = _action(scratch / "kept", _CACHE)
    upload = _action(scratch / "upload", _UPLOAD.format(target=artifacts))
    done = subprocess.run(
        (
            program,
            "push",
            "--json",
            "--platform=ubuntu-latest=-self-hosted",
            "--no-skip-checkout",
            "--no-cache-server",
            *(f"--env={name}={value}" for name, value in environ.items()),
            f"--action-cache-path={scratch}/cache",
            f"--local-repository={_name(workflow.CHECKOUT)}={checkout}",
            f"--local-repository={_name(workflow.CACHE)}={cache}",
            f"--local-repository={_name(workflow.UPLOAD)}={upload}",
        ),
        cwd=root,
        capture_output=True,
        text=True,
        timeout=_LIMIT,
        check=False,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return Acted(
        exit_code=done.returncode,
        results=_results(lines),
        printed=done.stdout + done.stderr,
        artifacts=artifacts,
        checkout=f"{re.escape(str(scratch))}/cache/[0-9a-f]+/hostexecutor",
    )


def _action(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True)
    (folder / "action.yml").write_text(text, encoding="utf-8")
    return folder


def _name(uses: str) -> str:
    """Return `owner/name@sha` without the comment that names the release."""
    return uses.split(" ", maxsplit=1)[0]


def _results(lines: list[dict[str, Any]]) -> dict[str, str]:
    return {line["jobID"]: line["jobResult"] for line in lines if "jobResult" in line}
