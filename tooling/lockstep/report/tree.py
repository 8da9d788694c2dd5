"""A lineage as a tree of lines, from the commit to the artifact. Pure."""

from collections.abc import Iterator
from typing import NamedTuple

from lockstep.model.lineage import Lineage, Product, Proof, Standing

_SHORT = 12


class Node(NamedTuple):
    """A line of the tree and what hangs below it. `good`: None where there is nothing to judge."""

    text: str
    good: bool | None = None
    below: tuple["Node", ...] = ()


def tree(lineage: Lineage) -> Node:
    """Return a lineage that was held against a policy as a tree."""
    commit = f"commit {lineage.commit}" if lineage.commit else "no commit is proven"
    found = commit + (f", tree {lineage.tree[:_SHORT]}" if lineage.tree else "")
    below = (
        *map(_proof, (*lineage.sources, *lineage.gates)),
        *(_product(each, good=not lineage.flaws) for each in lineage.products),
    )
    return Node(lineage.source, None, (Node(found, bool(lineage.commit), below),))


def _product(product: Product, *, good: bool) -> Node:
    by_hand = (Node(f"by hand: {product.command}"),) if product.command else ()
    return Node(f"artifact {product.digest}", good, (*map(_proof, product.proofs), *by_hand))


def _proof(proof: Proof) -> Node:
    if proof.standing is Standing.MISSING:
        return Node(f"{proof.name} is missing: {proof.why}", good=False)
    verdict = f" {proof.verdict}" if proof.verdict else ""
    says = f": {proof.says}" if proof.says else ""
    seen = f", seen {proof.seen.isoformat(timespec='seconds')}" if proof.seen else ""
    ended = f", ended {proof.ended.isoformat(timespec='seconds')}" if proof.ended else ""
    text = f"{proof.name}{verdict}{says}, signed by {proof.signer}"
    return Node(text, proof.standing is Standing.VERIFIED, (Node(f"{proof.place}{ended}{seen}"),))


def lines(node: Node, first: str = "", indent: str = "") -> Iterator[str]:
    """Yield the tree as plain lines; `first` stands before the first line, `indent` before the others."""
    mark = "" if node.good is None else "+ " if node.good else "! "
    yield f"{first}{mark}{node.text}"
    for number, each in enumerate(node.below, 1):
        last = number == len(node.below)
        yield from lines(each, indent + ("`-- " if last else "|-- "), indent + ("    " if last else "|   "))
