"""`.pre-commit-config.yaml`: hooks of `language: system` that call the sessions on the staged bytes. Pure.

Each hook runs its session once, without file names: the session itself takes a snapshot of the index, so unstaged work
can stay where it is (`git_hooks` sees to it that it does).
"""

from collections.abc import Iterable
from string import Template

from lockstep.github.workflow import HEADER
from lockstep.model.gate import Gate, Stage

# What is quick enough to be part of a commit; the rest runs before a push.
_ON_COMMIT = frozenset({Stage.STATIC})
_ALWAYS_ON_COMMIT = frozenset({"gitleaks"})

STAGES = ("pre-commit", "pre-push")

_TOP = Template("""$header---
minimum_pre_commit_version: "3.2.0"
default_install_hook_types: [pre-commit, pre-push]
repos:
  - repo: local
    hooks:
""")

_HOOK = Template("""      - id: $id
        name: $id
        entry: make nox-$id ARGS=--staged
        language: system
        pass_filenames: false
        always_run: true
        require_serial: true
        stages: [$stage]
""")


def render(gates: Iterable[Gate]) -> str:
    """Return the configuration for the gates, in their order."""
    return _TOP.substitute(header=HEADER) + "".join(_HOOK.substitute(id=gate.id, stage=stage(gate)) for gate in gates)


def stage(gate: Gate) -> str:
    """Return when the gate's hook runs: `pre-commit` or `pre-push`."""
    return "pre-commit" if gate.stage in _ON_COMMIT or gate.id in _ALWAYS_ON_COMMIT else "pre-push"
