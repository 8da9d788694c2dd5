"""Action keys: a digest over everything that can change an outcome, kept in parts so that a change can be explained.

Follows the Remote Execution API's notion of an action digest: command, environment, platform and input tree.
"""

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

import msgspec

from lockstep.engine.plan import Action
from lockstep.model.component import ROOT, Component
from lockstep.model.digests import Digest, of_bytes, of_value, printable
from lockstep.model.gate import Invocation, Settings, Token
from lockstep.workspace import files

SCHEMA = 1
_RULES = ("artifacts", "contracts", "gates", "github", "model", "parsers", "plugin", "policy", "rules")
_KINDS = (".hcl", ".json", ".py", ".rego", ".toml", ".txt", ".yaml", ".yml")
_NO_TOKENS: Mapping[str, Token] = MappingProxyType({})


class Key(msgspec.Struct, frozen=True):
    """The digest, and its parts by name (`argv`, `tool ruff`, `file services/a/x.py`, ...), fit to be shown.

    The words of `argv` are separated by NUL.
    """

    digest: Digest
    parts: Mapping[str, str]


class Surroundings(msgspec.Struct, frozen=True):
    """What keys hold beside the action itself.

    rules: digest of Lockstep's own reading rules. tools: lock name -> identity. python: by action id, the identity of its environment or interpreter.
    history: what history scans read (`Invocation.history`). environment: declared variables by name, values digested.
    programs: where programs of the machine are that checks look for by name; their identities are among `tools`.
    settings: they count through the argv and environment that a check makes of them, and so only for that check.
    """

    rules: Digest
    tools: Mapping[str, str]
    python: Mapping[str, str]
    history: str
    environment: Mapping[str, str]
    settings: Settings
    components: Mapping[str, Component]
    programs: Mapping[str, str] = MappingProxyType({})


def make(action: Action, around: Surroundings, tokens: Mapping[str, Token] = _NO_TOKENS) -> Key:
    """Return the key of `action`; `tokens` stand for what it rests on beside the tree, by name."""
    stand_in = placeholder(action, around)
    parts = {
        "schema": str(SCHEMA),
        "check": f"{action.gate}:{action.check.id}",
        "component": action.component.name,
        "rules": around.rules,
        "argv": "\0".join(action.check.argv(stand_in)),
        "platform": f"{sys.platform} {_machine()}",
        "interpreter": f"{sys.implementation.name} {sys.version_info[0]}.{sys.version_info[1]}",
    }
    parts |= {f"env {name}": value for name, value in action.check.env(stand_in).items()}
    parts |= {f"tool {name}": around.tools[name] for name in action.check.programs if name in around.tools}
    if action.check.python or action.check.interpreter:
        parts["python"] = around.python.get(action.id, "")
    if action.check.python:
        parts |= {f"variable {name}": value for name, value in around.environment.items()}
    if action.check.tracked_history:
        parts["history"] = around.history
    parts |= {f"freshness {name}": token.digest for name, token in tokens.items()}
    parts |= {f"file {entry.path}": f"{entry.mode} {entry.digest}" for entry in action.inputs}
    shown = {printable(name): printable(parts[name]) for name in sorted(parts)}
    return Key(_digest(parts), shown)


def _digest(parts: Mapping[str, str]) -> Digest:
    """Return the digest of the parts whatever their order: each text by its length and its own bytes, UTF-8 or not."""
    texts = (text.encode("utf-8", "surrogateescape") for name in sorted(parts) for text in (name, parts[name]))
    return of_bytes(b"".join(b"%d:%b" % (len(text), text) for text in texts))


def placeholder(action: Action, around: Surroundings) -> Invocation:
    """Return the invocation with every machine-dependent path replaced by a name in braces."""
    return Invocation(
        root="{root}",
        component=action.component,
        components=around.components,
        files=action.files,
        tools={name: (f"{{{name}}}",) for name in action.check.programs},
        python="{python}",
        import_paths=import_paths("{root}", action.component, around.components),
        scratch="{scratch}",
        cache="{cache}",
        data="{data}",
        cpus=0,
        settings=around.settings,
        history=around.history,
        places={name: f"{{{name}}}" for name in action.check.freshness},
    )


def import_paths(root: str, component: Component, components: Mapping[str, Component]) -> tuple[str, ...]:
    """Return absolute source roots of the component and all that it depends on, its own first."""
    seen: dict[str, None] = {}
    pending = [component.name]
    while pending:
        name = pending.pop(0)
        if name in components and name not in seen:
            seen[name] = None
            pending += components[name].depends
    roots = (folder for name in seen for folder in components[name].source_roots)
    return tuple(dict.fromkeys(root if folder == ROOT else f"{root}/{folder}" for folder in roots))


def rules_digest(package: Path, cache: Path, now: int) -> Digest:
    """Return the digest of the files that decide how output is made and read, and what is generated from them.

    cache: where their digests are remembered by status. now: nanoseconds, UTC.
    """
    names = ("config.py", *(name for room in _RULES for name in _below(package, room)))
    known = files.remembered(names, package, cache, now).files
    return of_value([(name, entry.digest) for name, entry in sorted(known.items())])


def _below(package: Path, room: str) -> Iterator[str]:
    for folder, _, names in os.walk(package / room):
        inside = os.path.relpath(folder, package)
        yield from (f"{inside}/{name}" for name in names if name.endswith(_KINDS))


def _machine() -> str:
    return os.uname().machine
