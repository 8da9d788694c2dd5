"""What the lint gate must find: something for each of its tools."""

from tests.e2e.planted.paths import DOCKERFILE, LIB_SRC, RELEASE_NOTES, SERVICE_SRC, UNBUILT
from tests.e2e.planting import Defect, Replace, Write

_TWO_JOBS = """\
name: notes
on: workflow_dispatch
permissions: {}
concurrency:
  group: notes
  cancel-in-progress: true
jobs:
  notes:
    name: Release notes
    runs-on: ubuntu-latest
    needs: [build]
    permissions: {}
    timeout-minutes: 5
    steps:
      - name: Say hello
        run: echo hello
"""

_UNPINNED = """\
name: notes
on: workflow_dispatch
permissions: {}
concurrency:
  group: notes
  cancel-in-progress: true
jobs:
  notes:
    name: Release notes
    runs-on: ubuntu-latest
    permissions:
      contents: read # to check out
    timeout-minutes: 5
    steps:
      - uses: actions/checkout@v4
        with:
          persist-credentials: false
      - name: Print the notes
        run: scripts/release-notes.sh
"""

LINT = (
    Defect(
        id="lint-unused-import",
        gate="lint",
        path=f"{SERVICE_SRC}/book.py",
        rule="F401",
        at=("from threading import Lock, Thread",),
        edits=(
            Replace(f"{SERVICE_SRC}/book.py", "from threading import Lock\n", "from threading import Lock, Thread\n"),
        ),
    ),
    Defect(
        id="lint-python-format",
        gate="lint",
        path=f"{LIB_SRC}/logs.py",
        rule="format",
        at=("REDACTED  =",),
        edits=(Replace(f"{LIB_SRC}/logs.py", "REDACTED = ", "REDACTED  =  "),),
    ),
    Defect(
        id="lint-shell-quoting",
        gate="lint",
        path=RELEASE_NOTES,
        rule="2086",
        at=("commit $to",),
        edits=(Replace(RELEASE_NOTES, 'commit "$to"', "commit $to"),),
    ),
    Defect(
        id="lint-shell-format",
        gate="lint",
        path=RELEASE_NOTES,
        rule="shfmt",
        at=("exit 2",),
        edits=(Replace(RELEASE_NOTES, "  exit 2\n", "      exit 2\n"),),
    ),
    Defect(
        id="lint-yaml-key-twice",
        gate="lint",
        path="ops/slo.yaml",
        rule="key-duplicates",
        at=("kind: SLO # once more",),
        edits=(
            Replace(
                "ops/slo.yaml",
                "kind: SLO\nmetadata:\n  name: orders-latency\n",
                "kind: SLO\nkind: SLO # once more\nmetadata:\n  name: orders-latency\n",
            ),
        ),
    ),
    Defect(
        id="lint-base-image-latest",
        gate="lint",
        path=UNBUILT,
        rule="image-latest",
        at=("FROM python:latest",),
        edits=(Write(UNBUILT, "FROM python:latest\nUSER 10001\n"),),
    ),
    Defect(
        id="lint-secret-in-image",
        gate="lint",
        path=DOCKERFILE,
        rule="secret-variable",
        at=("ARG INDEX_TOKEN",),
        edits=(Replace(DOCKERFILE, "WORKDIR /app\n", "ARG INDEX_TOKEN\nWORKDIR /app\n"),),
    ),
    Defect(
        id="lint-terraform-format",
        gate="lint",
        path="iac/network/terraform.tfvars",
        rule="fmt",
        at=("env =",),
        edits=(Replace("iac/network/terraform.tfvars", "env         = ", "env = "),),
    ),
    Defect(
        id="lint-workflow-unknown-job",
        gate="lint",
        path=".github/workflows/notes.yml",
        rule="job-needs",
        at=("  notes:", "needs: [build]"),
        edits=(Write(".github/workflows/notes.yml", _TWO_JOBS),),
    ),
    Defect(
        id="lint-workflow-unpinned-action",
        gate="lint",
        path=".github/workflows/notes.yml",
        rule="unpinned-uses",
        at=("uses: actions/checkout@v4",),
        edits=(Write(".github/workflows/notes.yml", _UNPINNED),),
    ),
)
