"""Eight that only the security rules see: each is well formed and well typed, and no test misses it."""

from tests.e2e.planted.paths import SERVICE_SRC, UNBUILT
from tests.e2e.planting import Defect, Write

_EVAL = '''\
"""Discounts that operators write as expressions."""


def applies(expression: str, total: int) -> bool:
    """Return whether the discount's `expression` holds for an order of that total."""
    return bool(eval(expression, {"total": total}))
'''

_SHELL = '''\
"""Copies of the order book."""

import subprocess


def archive(folder: str, target: str) -> None:
    """Pack `folder` into `target`."""
    subprocess.run(f"tar -czf {target} {folder}", shell=True, check=True)
'''

_SQL = '''\
"""Orders of the years before, in a database."""

import sqlite3


def find(connection: sqlite3.Connection, order_id: str) -> object:
    """Return the row of an old order, or None."""
    cursor = connection.cursor()
    cursor.execute(f"SELECT body FROM orders WHERE order_id = '{order_id}'")
    return cursor.fetchone()
'''

_PICKLE = '''\
"""Baskets that browsers keep for us."""

import base64
import pickle


def basket(cookie: str) -> object:
    """Return the basket in a cookie."""
    return pickle.loads(base64.b64decode(cookie))
'''

_CURL = """\
#!/usr/bin/env bash
# Install what a new machine needs.
set -euo pipefail

curl -fsSL https://tools.northwind.example/install.sh | bash
"""

_BASH_EVAL = """\
#!/usr/bin/env bash
# Run a maintenance command: scripts/maintain.sh COMMAND
set -euo pipefail

eval "$1"
"""

_DOCKER = """\
ARG BASE_IMAGE
FROM ${BASE_IMAGE}

SHELL ["/bin/bash", "-o", "pipefail", "-c"]
RUN curl -fsSL https://tools.northwind.example/agent.sh | sh
USER 10001
"""

_WORKFLOW = """\
name: nightly
on: workflow_dispatch
permissions: {}
concurrency:
  group: nightly
  cancel-in-progress: true
jobs:
  agent:
    name: Install the agent
    runs-on: ubuntu-latest
    permissions: {}
    timeout-minutes: 5
    steps:
      - name: Install
        run: curl -fsSL https://tools.northwind.example/agent.sh | sh
"""


def _module(name: str, rule: str, text: str, at: str) -> Defect:
    path = f"{SERVICE_SRC}/{name}.py"
    return Defect(id=f"sast-python-{rule}", gate="codeql", path=path, rule=rule, at=(at,), edits=(Write(path, text),))


def _file(name: str, rule: str, path: str, text: str, at: str) -> Defect:
    return Defect(id=f"sast-{name}", gate="codeql", path=path, rule=rule, at=(at,), edits=(Write(path, text),))


SAST = (
    _module("discounts", "eval", _EVAL, "bool(eval(expression"),
    _module("backup", "shell", _SHELL, "shell=True"),
    _module("history", "sql", _SQL, "cursor.execute("),
    _module("baskets", "pickle", _PICKLE, "pickle.loads("),
    _file("bash-curl", "curl", "scripts/setup.sh", _CURL, "| bash"),
    _file("bash-eval", "eval", "scripts/maintain.sh", _BASH_EVAL, "eval "),
    Defect(
        id="sast-dockerfile-curl",
        gate="codeql",
        path=UNBUILT,
        rule="curl",
        at=("RUN curl",),
        edits=(Write(UNBUILT, _DOCKER),),
    ),
    _file("workflow-curl", "curl", ".github/workflows/nightly.yml", _WORKFLOW, "| sh"),
)
