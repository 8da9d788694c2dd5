"""The chain from commit to artifact as a picture: HTML without a script, which the page of a run holds and which also stands alone.

Every sign stands beside its word, so nothing is told by colour or shape only.
"""

import html
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from lockstep.model.lineage import Flaw, Lineage, Product, Proof, Standing, worst
from lockstep.report.sarif import uri
from lockstep.report.text import visible
from lockstep.report.words import plural

_SHORT = 12
_ALGORITHM = "sha256:"
_UNITS = ("kB", "MB", "GB")
_KINDS = {"sdist": "source distribution"}
# The signs: a seal, a tick, a broken line, a gap. Drawn in a box of 16 by 16.
_SIGNS = {
    Standing.SIGNED: "M8 2a4 4 0 1 1 0 8a4 4 0 1 1 0-8M5.8 9.4L5 14l3-1.6L11 14l-.8-4.6",
    Standing.VERIFIED: "M8 1.8l5 1.8v4c0 3.2-2 5.4-5 6.6c-3-1.2-5-3.4-5-6.6v-4zM5.6 8l1.8 1.8 3-3.6",
    Standing.BROKEN: "M2 8h3.5M10.5 8H14M6.5 5.5l3 5M9.5 5.5l-3 5",
    Standing.MISSING: "M2 8h2.4M6.8 8h2.4M11.6 8H14",
    Standing.ABSENT: "M2 8h2.4M6.8 8h2.4M11.6 8H14",
}
_VERDICTS = {
    "passed": "M3.5 8.5l3 3 6-7",
    "failed": "M4 4l8 8M12 4l-8 8",
    "errored": "M8 3v6M8 12v.6",
    "unavailable": "M5.5 6a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.1.8-1.1 1.6M8 12.4v.4",
}
_NEITHER = "M4 8h8"
_WORDS = {
    Standing.SIGNED: "signed",
    Standing.VERIFIED: "verified",
    Standing.BROKEN: "broken",
    Standing.MISSING: "missing",
    Standing.ABSENT: "not signed",
}


def section(lineage: Lineage) -> str:
    """Return the picture as a `section` of a page that has the report's style."""
    stops = (_commit(lineage), _gates(lineage), _products(lineage))
    signed = sum(bool(product.proofs) for product in lineage.products)
    return _tag(
        "section",
        {"class": "panel lineage", "id": "evidence", "aria-labelledby": "evidence-title", "data-signed": str(signed)},
        _tag("h2", {"id": "evidence-title"}, "Chain of evidence"),
        _tag("p", {"class": "note"}, _lead(lineage)),
        _list("lacking", "What is not there", (_tag("li", {}, _prose(text)) for text in lineage.lacking)),
        _tag("ol", {"class": "trunk", "aria-label": "From the commit to the artifacts"}, *stops),
        _flaws(lineage.flaws),
        _legend(lineage),
    )


def _lead(lineage: Lineage) -> str:
    told = _text(lineage.source)
    if lineage.policy:
        how = "every link holds" if not lineage.flaws else f"refused: {plural(len(lineage.flaws), 'broken link')}"
        return f"{told}, held against {_text(lineage.policy)} on {_moment(lineage.drawn)}: {how}."
    if lineage.standing is Standing.SIGNED:
        why = "This page says what was signed. It has verified nothing: whoever signs cannot vouch for themselves."
        return f"{told}, signed by {_code(lineage.signer)}. {why}"
    return f"{told}. There is no evidence of this run."


def _commit(lineage: Lineage) -> str:
    standing = _of_commit(lineage)
    facts = [f"tree {_code(lineage.tree[:_SHORT])}"] if lineage.tree else []
    facts += [f"branch {_text(lineage.branch)}"] if lineage.branch else []
    commit = _code(lineage.commit) if lineage.commit else "No commit is proven" if lineage.policy else "No commit yet"
    said = _list("proofs", "What is said of it", _proofs(lineage.sources)) if lineage.sources else ""
    what, note = _tag("p", {"class": "what"}, commit), _tag("p", {"class": "note"}, ", ".join(facts))
    return _stop("Commit", "", standing, what, note, said)


def _of_commit(lineage: Lineage) -> Standing:
    if not lineage.commit:
        return Standing.BROKEN if lineage.policy else Standing.ABSENT
    return Standing.VERIFIED if lineage.policy else lineage.standing


def _stop(title: str, count: str, standing: Standing, *content: str) -> str:
    """Return one stop of the way; the line that leads on from it is drawn by its standing."""
    note = f" {_tag('span', {'class': 'note'}, count)}" if count else ""
    heading = _tag("h3", {}, _svg(_SIGNS[standing]), f" {title}", note)
    return _tag("li", {"class": f"stop s-{standing}"}, heading, *content)


def _gates(lineage: Lineage) -> str:
    if not lineage.gates:
        return _stop("Gates", "", worst(()), _tag("p", {"class": "note"}, "No verdict."))
    tally = Counter(gate.verdict or _WORDS[gate.standing] for gate in lineage.gates)
    count = ", ".join(f"{number} {_text(word.replace('-', ' '))}" for word, number in tally.items())
    moments = {gate.ended for gate in lineage.gates if gate.ended}
    common = moments.pop() if len(moments) == 1 else None
    ended = _tag("p", {"class": "note"}, f"Ended {_moment(common)}{_age(lineage, common)}") if common else ""
    if lineage.standing is Standing.ABSENT:  # the page of a run shows the gates elsewhere
        return _stop("Gates", count, Standing.ABSENT, ended)
    chips = (_gate(gate, "" if common else _age(lineage, gate.ended)) for gate in lineage.gates)
    return _stop("Gates", count, worst(lineage.gates), ended, _list("chips", "Gates", chips))


def _gate(gate: Proof, age: str) -> str:
    verdict = f"{gate.verdict.replace('-', ' ')}, " if gate.verdict else ""
    return _tag(
        "li",
        {"class": f"chip s-{gate.standing} v-{gate.verdict or 'unavailable'}"},
        _svg(_VERDICTS.get(gate.verdict, _NEITHER)),
        _tag("span", {"class": "name"}, _linked(gate, gate.name)),
        _tag("span", {"class": "state"}, f"{_text(verdict)}{_state(gate)}{age}"),
        _why(gate),
    )


def _state(proof: Proof) -> str:
    by = f", signed by {_text(proof.signer)}" if proof.signer else ""
    return f"{_svg(_SIGNS[proof.standing])} {_WORDS[proof.standing]}{by}"


def _why(proof: Proof) -> str:
    return _tag("span", {"class": "why"}, _text(proof.why)) if proof.why else ""


def _products(lineage: Lineage) -> str:
    if not lineage.products:
        return _stop("Artifacts", "", Standing.ABSENT, _tag("p", {"class": "note"}, "None."))
    components: dict[str, list[Product]] = {}
    for product in lineage.products:
        components.setdefault(product.component, []).append(product)
    tally = Counter(_KINDS.get(product.kind, product.kind or "artifact") for product in lineage.products)
    count = ", ".join(_text(plural(number, kind)) for kind, number in tally.items())
    standing = worst(tuple(Proof("", product.standing) for product in lineage.products))
    return _stop(
        "Artifacts",
        count,
        standing,
        *([] if lineage.policy else [_tag("p", {"class": "note"}, "Commands are for the folder of this page.")]),
        _list("components", "Components", (_component(name, found) for name, found in components.items())),
    )


def _component(name: str, products: Iterable[Product]) -> str:
    heading = _tag("h4", {}, _text("(root)" if name == "." else name)) if name else ""
    return _tag("li", {"class": "component"}, heading, _list("products", "", map(_product, products)))


def _product(product: Product) -> str:
    facts = [_text(product.kind)] + ([_size(product.size)] if product.size else [])
    facts.append(_code(f"{product.digest[: len(_ALGORITHM) + _SHORT]}…"))
    by_hand = _tag("summary", {}, "Digest, and how to check it by hand")
    command = _tag("pre", {}, _code(product.command)) if product.command else ""
    return _tag(
        "li",
        {"class": f"product s-{product.standing}"},
        _tag("p", {"class": "name"}, _text(product.name)),
        _tag("p", {"class": "note"}, ", ".join(filter(None, facts))),
        _list("proofs", "What is said of it", _proofs(product.proofs)),
        _tag("details", {}, by_hand, _tag("p", {"class": "digest"}, _code(product.digest)), command),
    )


def _proofs(proofs: Iterable[Proof]) -> Iterator[str]:
    """Yield a line for each document that has more to say than that it is signed, and one for the others."""
    found = tuple(proofs)
    plain = [proof for proof in found if proof.standing is Standing.SIGNED and not proof.says]
    others = [proof for proof in found if proof not in plain]
    if plain:
        names = ", ".join(_linked(proof, proof.name) for proof in plain)
        yield _tag("li", {"class": "proof s-signed"}, _tag("span", {"class": "state"}, f"{_state(plain[0])}: "), names)
    for proof in others:
        words = f"{_tag('span', {'class': 'state'}, _state(proof))}: {_text(proof.name)}"
        says = _tag("span", {"class": "says"}, _text(proof.says)) if proof.says else ""
        yield _tag("li", {"class": f"proof s-{proof.standing}"}, words, says, _why(proof))
    if not found:
        yield _tag(
            "li", {"class": "proof s-absent"}, _tag("span", {"class": "state"}, _state(Proof("", Standing.ABSENT)))
        )


def _linked(proof: Proof, text: str) -> str:
    """Return the text as a link to the file, where that lies beside the page."""
    if proof.standing is not Standing.SIGNED:
        return _text(text)
    return _tag("a", {"href": f"./{uri(proof.place)}"}, _text(text))


def _flaws(flaws: Iterable[Flaw]) -> str:
    items = [
        _tag(
            "li",
            {},
            _tag("strong", {}, _text(flaw.what)),
            f" {_code(flaw.code)}",
            _tag("p", {}, _text(flaw.why)),
            _tag("p", {"class": "note"}, f"at {_code(flaw.where)}") if flaw.where else "",
            _tag("p", {}, f"Mend: {_text(flaw.remedy)}") if flaw.remedy else "",
        )
        for flaw in flaws
    ]
    return f"{_tag('h3', {}, 'Broken links')}{_list('flaws', '', items)}" if items else ""


def _legend(lineage: Lineage) -> str:
    if lineage.policy or lineage.standing is not Standing.SIGNED:
        return ""
    command = "lockstep evidence.verify FILE --policy policy.toml --bundles evidence"
    return _tag(
        "p",
        {"class": "note"},
        f"The whole chain of a file: {_code(command)}. Take the public key or the trusted root from whom you trust, not from this folder.",
    )


def _size(size: int) -> str:
    thousands = min(len(_UNITS), (len(str(size)) - 1) // 3)
    return f"{size / 1000**thousands:.1f} {_UNITS[thousands - 1]}" if thousands else plural(size, "byte")


def _moment(moment: datetime) -> str:
    return _tag("time", {"datetime": moment.isoformat()}, moment.strftime("%Y-%m-%d %H:%M UTC"))


def _age(lineage: Lineage, ended: datetime | None) -> str:
    """Return how old it was when it was held against a policy; what a run has just done has no age yet."""
    if not lineage.policy or ended is None:
        return ""
    hours = (lineage.drawn - ended).total_seconds() / 3600
    return f", {hours:.1f} hours old" if hours < 100 else f", {hours / 24:.0f} days old"  # noqa: PLR2004 - either is easy to read


def _svg(path: str) -> str:
    """Return a sign that only repeats the word beside it."""
    return f'<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d="{path}"/></svg>'


def _prose(text: str) -> str:
    """Return text in which what stands between back quotes is code."""
    return "".join(_code(part) if index % 2 else _text(part) for index, part in enumerate(text.split("`")))


def _code(text: str) -> str:
    return _tag("code", {}, _text(text))


def _text(text: str) -> str:
    return html.escape(visible(text), quote=True)


def _list(name: str, label: str, items: Iterable[str]) -> str:
    content = "".join(items)
    labelled = {"class": name} | ({"aria-label": label} if label else {})
    return _tag("ul", labelled, content) if content else ""


def _tag(name: str, attributes: Mapping[str, str], *content: str) -> str:
    """Return an element whose content is markup already."""
    inside = "".join(f' {key}="{_text(value)}"' for key, value in attributes.items())
    return f"<{name}{inside}>{''.join(content)}</{name}>"
