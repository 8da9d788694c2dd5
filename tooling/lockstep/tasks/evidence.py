"""`evidence.verify` and `evidence.show`: whether a chain of evidence holds, and the chain as a tree or a picture.

`evidence.public-key`: what whoever signs here is known by.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from invoke.context import Context
from invoke.exceptions import Exit
from invoke.tasks import task

from lockstep import host
from lockstep.report.text import one_line, visible
from lockstep.tasks._answers import print_json, print_text, told

if TYPE_CHECKING:
    from lockstep.evidence.links import Chain
    from lockstep.evidence.policy import Loaded
    from lockstep.model.lineage import Lineage
    from lockstep.report.tree import Node

_LATEST = Path(".lockstep", "latest", "evidence")
_HELP = {
    "subject": "a file, an image by digest (name@sha256:...), a digest, or a commit by its full id",
    "policy": "the file that says what must hold (TOML or JSON)",
    "bundles": "a folder of evidence; may be repeated (default: that of the latest run)",
    "trusted_root": "a trusted root for certificates, instead of the policy's",
}


@task(
    positional=["subject"],
    iterable=["bundles"],
    help=_HELP | {"json": "print JSON", "input": "print what conftest can test, and judge nothing"},
)
def verify(
    _: Context,
    subject: str,
    policy: str = "",
    bundles: list[str] | None = None,
    trusted_root: str = "",
    json: bool = False,  # noqa: FBT001, FBT002 - invoke's way
    input: bool = False,  # noqa: A002, FBT001, FBT002 - invoke's way
) -> None:
    """Say whether the evidence holds, without a network: exit 0 it does, 1 it does not, 2 it cannot be asked."""
    from lockstep.evidence.verify import conftest_input  # noqa: PLC0415 - not needed to list verbs

    chain, loaded = _chain(subject, policy, bundles or [], trusted_root)
    if input:
        print_json(conftest_input(chain, loaded))
        return
    if json:
        print_json({"holds": chain.holds, "chain": chain})
    else:
        _print_broken(chain)
    if not chain.holds:
        raise Exit(code=1)


@task(
    positional=["subject"],
    iterable=["bundles"],
    help=_HELP | {"html": "write the chain as a picture into this file too"},
)
def show(
    _: Context,
    subject: str,
    policy: str = "",
    bundles: list[str] | None = None,
    trusted_root: str = "",
    html: str = "",
) -> None:
    """Print the chain from the commit to the artifact as a tree; it is shown whether it holds or not."""
    from lockstep.evidence import picture  # noqa: PLC0415 - not needed to list verbs
    from lockstep.report import tree  # noqa: PLC0415

    chain, loaded = _chain(subject, policy, bundles or [], trusted_root)
    asked = picture.Asked(policy, tuple(bundles or [str(_LATEST)]))
    lineage = picture.lineage(chain, loaded, asked)
    if html:
        told(lambda: _draw(Path(html), lineage))
    found = tree.tree(lineage)
    if sys.stdout.isatty():
        _print_tree(found)
    else:
        for line in tree.lines(found):
            print_text(line)
    for broken in chain.broken:
        print_text(f"broken: {broken.what} ({broken.code}): {broken.why}")


def _draw(path: Path, lineage: "Lineage") -> None:
    from lockstep.host.files import write_atomic  # noqa: PLC0415 - not needed to list verbs
    from lockstep.report import html  # noqa: PLC0415

    write_atomic(path, html.alone(lineage))


@task(help={"key": "a key's file or its name in KMS (awskms://...), instead of the configured one"})
def public_key(_: Context, key: str = "") -> None:
    """Print the public key of whoever signs here, in PEM, as policies hold it."""
    sys.stdout.write(told(lambda: _public_key(key)))


def _public_key(key: str) -> str:
    from lockstep import config as configuration  # noqa: PLC0415 - not needed to list verbs
    from lockstep.evidence import signing  # noqa: PLC0415
    from lockstep.workspace import repository  # noqa: PLC0415

    machine = host.system()
    if key:
        return signing.load(key, Path(), machine.environ).public.pem
    root = repository.opened(machine, Path()).root
    return signing.public(configuration.load(root).evidence, root, machine.environ).pem


def _chain(subject: str, policy: str, bundles: list[str], trusted_root: str) -> "tuple[Chain, Loaded]":
    from lockstep.evidence import asking  # noqa: PLC0415 - not needed to list verbs

    folders = [Path(each) for each in bundles or [str(_LATEST)]]
    return told(lambda: asking.ask(host.system(), subject, policy, folders, trusted_root))


def _print_broken(chain: "Chain") -> None:
    for broken in chain.broken:
        print_text(f"broken: {broken.what} [{broken.code}]")
        for label, text in (("at", broken.where), ("because", broken.why), ("mend", broken.remedy)):
            if text:
                print_text(f"  {label}: {one_line(text)}")
    count = len(chain.broken)
    links = f"{len(chain.proven)} documents hold, commit {chain.commit}"
    print_text(f"refused: {count} broken link{'s' if count > 1 else ''}" if count else f"the chain holds: {links}")


def _print_tree(node: "Node") -> None:
    from rich.console import Console  # noqa: PLC0415 - only on a terminal
    from rich.text import Text  # noqa: PLC0415
    from rich.tree import Tree  # noqa: PLC0415

    from lockstep.report.tree import lines  # noqa: PLC0415

    def grown(each: "Node") -> Tree:
        mark, style = {None: ("", ""), True: ("✔ ", "green"), False: ("✘ ", "red")}[each.good]
        found = Tree(Text(mark + visible(each.text), style=style))
        for child in each.below:
            found.children.append(grown(child))
        return found

    # The terminal itself wraps what is longer, so that a command stays one line to whoever copies it.
    Console(width=max(len(line) for line in lines(node))).print(grown(node), crop=False)
