"""A chain as a tree, from the commit to the artifact. Pure."""

from collections.abc import Iterator
from typing import NamedTuple

from lockstep.evidence import canonical, statements
from lockstep.evidence.canonical import MalformedError
from lockstep.evidence.links import Chain, Proven, SubjectKind
from lockstep.evidence.statements import Kind

_SHORT = 12


class Node(NamedTuple):
    """A line of the tree and what hangs below it. `good`: None where there is nothing to judge."""

    text: str
    good: bool | None = None
    below: tuple["Node", ...] = ()


def tree(chain: Chain) -> Node:
    """Return the chain as a tree: the repository, its commit, the gates, the artifact, and what vouches for it."""
    bad = {broken.where for broken in chain.broken}
    below = [_gate(each, bad) for each in _of(chain, Kind.GATE) if each.about(f"gitCommit:{chain.commit}")]
    if chain.subject.kind is SubjectKind.ARTIFACT:
        below.append(_artifact(chain, bad))
    commit = f"commit {chain.commit}" if chain.commit else "no commit is proven"
    found = Node(commit + (f", tree {chain.tree[:_SHORT]}" if chain.tree else ""), bool(chain.commit), tuple(below))
    return Node(chain.source, None, (found,))


def _of(chain: Chain, kind: Kind) -> Iterator[Proven]:
    return (each for each in chain.proven if each.kind is kind)


def _gate(document: Proven, bad: set[str]) -> Node:
    return Node(_words(document), document.place not in bad, _details(document))


def _artifact(chain: Chain, bad: set[str]) -> Node:
    digest = f"sha256:{chain.subject.digest}"
    own = [each for each in chain.proven if each.about(digest)]
    below = tuple(Node(_words(each), each.place not in bad, _details(each)) for each in own)
    return Node(f"artifact {digest}", chain.holds, below)


def _words(document: Proven) -> str:
    try:
        what = _said(document)
    except MalformedError:
        what = f"{document.kind} that cannot be read"
    return f"{what}, signed by {document.signer}"


def _said(document: Proven) -> str:
    """Return what a document says, in short.

    Raises:
        MalformedError: it says nothing that makes sense.
    """
    if document.kind is Kind.GATE:
        result = canonical.read(document.predicate, statements.TestResult)
        return f"{statements.gate_facts(result).gate} {result.result.lower()}"
    if document.kind is Kind.PROVENANCE:
        built = canonical.read(document.predicate, statements.Provenance)
        return f"provenance: built by {built.run_details.builder.id}"
    if document.kind is Kind.SBOM:
        packages = document.predicate.get("packages")
        return f"SBOM: {len(packages) if isinstance(packages, list) else 0} packages"
    return document.predicate_type or str(document.kind)


def _details(document: Proven) -> tuple[Node, ...]:
    seen = f", seen {document.moment.isoformat(timespec='seconds')}" if document.moment else ""
    return (Node(f"{document.place}{seen}"),)


def lines(node: Node, first: str = "", indent: str = "") -> Iterator[str]:
    """Yield the tree as plain lines; `first` stands before the first line, `indent` before the others."""
    mark = "" if node.good is None else "+ " if node.good else "! "
    yield f"{first}{mark}{node.text}"
    for number, each in enumerate(node.below, 1):
        last = number == len(node.below)
        yield from lines(each, indent + ("`-- " if last else "|-- "), indent + ("    " if last else "|   "))
