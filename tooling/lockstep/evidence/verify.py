"""Does a chain of evidence hold? Every broken link is found, not only the first. Pure.

From the artifact to the commit by provenance, from the commit to the gates by their verdicts; signature and SBOM beside.
What a document says counts only after its signature does.
"""

import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec

from lockstep.evidence import canonical, documents, statements
from lockstep.evidence.believing import Nobody, Trust, prove
from lockstep.evidence.canonical import MalformedError
from lockstep.evidence.documents import Form, Signed
from lockstep.evidence.links import AGAIN, ANEW, Broken, Chain, DistrustedError, Proven, Subject, SubjectKind
from lockstep.evidence.policy import Loaded, Policy
from lockstep.evidence.statements import Kind
from lockstep.model.digests import of_bytes
from lockstep.model.finding import Severity

# Two clocks that are both right differ by less.
_SKEW = timedelta(minutes=5)
_MAKE = "nox -s gates, with the signing key and [evidence] builder"


class Verdict(NamedTuple):
    """A gate's verdict as it is believed."""

    document: Proven
    result: statements.TestResult
    facts: statements.GateFacts


class Source(NamedTuple):
    """What an artifact was built from; `tree` is "" where nothing says."""

    commit: str
    tree: str


class Evidence(NamedTuple):
    """What lies on disk: files by path, and the record (run.json) that belongs to a folder of them, by the folder's path."""

    files: Mapping[str, bytes]
    records: Mapping[str, bytes] = MappingProxyType({})

    def digest_of_record(self, place: str) -> str:
        """Return the SHA-256 of the record that belongs to a document, "" where none is there."""
        found = self.records.get(posixpath.dirname(place))
        return of_bytes(found) if found is not None else ""


def verify(subject: Subject, evidence: Evidence, loaded: Loaded, now: datetime, trust: Trust | None = None) -> Chain:
    """Return the chain of `subject` in the evidence, with every link that is broken at the time `now`."""
    broken: list[Broken] = []
    proven: list[Proven] = []
    for signed in _unique(_read(evidence.files, subject, broken), broken):
        try:
            proven.append(prove(signed, loaded, now.date(), trust or Nobody()))
        except (DistrustedError, MalformedError) as error:
            broken.append(_disbelieved(signed.place, error))
    sources, about = _subject(subject, proven, loaded.policy)
    broken += about
    commits = {source.commit for source in sources}
    if len(commits) > 1:
        why = f"it is said to be built from {' and '.join(sorted(commits))}"
        broken.append(Broken("other-commit", "its source is not one commit", subject.name, why, "build it once"))
    commit = min(commits) if len(commits) == 1 else ""
    verdicts, unread = _verdicts(proven)
    broken += unread
    broken += _records(verdicts, evidence)
    broken += _gates(commit, verdicts, loaded.policy, now)
    trees = ({source.tree for source in sources} | _trees(commit, verdicts)) - {""}
    if len(trees) > 1:
        why = f"the commit is said to hold {' and '.join(sorted(trees))}"
        broken.append(Broken("other-tree", "the tree is not one", f"gitCommit:{commit}", why, AGAIN))
    tree = min(trees) if len(trees) == 1 else ""
    return Chain(subject, loaded.policy.source, now, commit, tree, tuple(proven), tuple(broken))


def _read(files: Mapping[str, bytes], subject: Subject, broken: list[Broken]) -> Iterator[Signed]:
    if not files:
        broken.append(Broken("no-evidence", "there is no evidence", "", "the folder holds no file", AGAIN))
    for name, data in sorted(files.items()):
        try:
            yield from documents.read(name, data, bytes.fromhex(subject.digest))
        except MalformedError as error:
            broken.append(_disbelieved(name, error))


def _unique(signatures: Iterable[Signed], broken: list[Broken]) -> Iterator[Signed]:
    seen: dict[tuple[Form, bytes], str] = {}
    for signed in signatures:
        first = seen.setdefault((signed.form, signed.payload), signed.place)
        if first == signed.place:
            yield signed
        else:
            why = f"{first} says the same"
            broken.append(Broken("duplicate", "a document is there twice", signed.place, why, "remove one of them"))


def _disbelieved(place: str, error: DistrustedError | MalformedError) -> Broken:
    if isinstance(error, DistrustedError):
        return Broken(error.code, "a document is not believed", place, error.why, error.remedy)
    return Broken("malformed", "a document cannot be read", place, str(error), ANEW)


def _subject(
    subject: Subject, proven: Sequence[Proven], policy: Policy
) -> tuple[tuple[Source, ...], tuple[Broken, ...]]:
    """Return what the subject was built from, and what is broken on the way there."""
    if subject.kind is SubjectKind.COMMIT:
        return (Source(subject.digest, ""),), ()
    digest = f"sha256:{subject.digest}"
    wanted = policy.asks_for()
    found = {kind: _about(kind, digest, proven) for kind in wanted}
    broken = [_missing(kind, digest, proven) for kind in wanted if not found[kind]]
    broken += [each for sbom in found.get(Kind.SBOM, ()) for each in _sbom(sbom)]
    sources = []
    for document in found[Kind.PROVENANCE]:
        built, problems = _provenance(document, policy)
        sources += [built] if built else []
        broken += problems
    return tuple(sources), tuple(broken)


def _about(kind: Kind, subject: str, proven: Iterable[Proven]) -> list[Proven]:
    return [each for each in proven if each.kind is kind and each.about(subject)]


def _missing(kind: Kind, subject: str, proven: Iterable[Proven]) -> Broken:
    what = kind.word
    others = [each for each in proven if each.kind is kind]
    if others:
        why = f"it is about {others[0].subjects[0]}, not about {subject}"
        return Broken("other-artifact", f"the {what} is not its own", others[0].place, why, _MAKE)
    return Broken(f"missing-{kind}", f"it has no {what}", subject, "none is there that can be believed", _MAKE)


def _sbom(sbom: Proven) -> Iterator[Broken]:
    if not (
        _lists_cyclonedx(sbom.predicate) if sbom.predicate_type == statements.CYCLONEDX else _lists(sbom.predicate)
    ):
        why = "it is no SPDX 2 or CycloneDX document with packages"
        yield Broken("empty-sbom", "the SBOM lists nothing", sbom.place, why, _MAKE)


def _lists(document: Mapping[str, Any]) -> bool:
    version, packages = document.get("spdxVersion"), document.get("packages")
    return isinstance(version, str) and version.startswith("SPDX-2.") and isinstance(packages, list) and bool(packages)


def _lists_cyclonedx(document: Mapping[str, Any]) -> bool:
    """Whether it is a CycloneDX document that lists something; it has what it is about beside the list, not in it."""
    components, metadata = document.get("components"), document.get("metadata")
    about = isinstance(metadata, dict) and isinstance(metadata.get("component"), dict)
    return document.get("bomFormat") == "CycloneDX" and (about or (isinstance(components, list) and bool(components)))


def _provenance(document: Proven, policy: Policy) -> tuple[Source | None, list[Broken]]:
    """Return what an artifact was built from, None where that is not proven, and what is broken."""
    place = document.place
    try:
        found = canonical.read(document.predicate, statements.Provenance)
    except MalformedError as error:
        return None, [_disbelieved(place, error)]
    broken = []
    builder = found.run_details.builder.id
    if builder not in policy.builders_of(document.signer):
        why = f"{document.signer} says that {builder} did, which the policy does not trust it to say"
        broken.append(Broken("wrong-builder", "another builder made it", place, why, "build it where the policy says"))
    sources = [each for each in found.sources() if statements.repository(each.uri) == policy.source]
    if len(sources) != 1:
        told = " and ".join(sorted(each.uri for each in found.sources())) or "no commit"
        why = f"it is built from {told}, and the policy says {policy.source}"
        remedy = "build it from the repository that the policy names"
        return None, [*broken, Broken("wrong-repository", "it was built from elsewhere", place, why, remedy)]
    (source,) = sources
    if source.annotations.get("dirty", False) is not False:
        why = "the tree had changes that are in no commit"
        broken.append(Broken("dirty-tree", "what was built was not the commit", place, why, AGAIN))
    return Source(source.digest["gitCommit"], source.digest.get("gitTree", "")), broken


def _verdicts(proven: Iterable[Proven]) -> tuple[list[Verdict], list[Broken]]:
    verdicts, broken = [], []
    for document in proven:
        if document.kind is Kind.GATE:
            try:
                result = canonical.read(document.predicate, statements.TestResult)
                verdicts.append(Verdict(document, result, statements.gate_facts(result)))
            except MalformedError as error:
                broken.append(_disbelieved(document.place, error))
    return verdicts, broken


def _records(verdicts: Iterable[Verdict], evidence: Evidence) -> Iterator[Broken]:
    for document, _, facts in verdicts:
        digest = evidence.digest_of_record(document.place)
        if digest and digest != facts.record:
            why = "the run.json beside it is not the one that the verdict was taken from"
            yield Broken("record-changed", f"the record of {facts.gate} is another", document.place, why, ANEW)


def _trees(commit: str, verdicts: Iterable[Verdict]) -> set[str]:
    return {
        subject.removeprefix("gitTree:")
        for each in verdicts
        if each.document.about(f"gitCommit:{commit}")
        for subject in each.document.subjects
        if subject.startswith("gitTree:")
    }


def _gates(commit: str, verdicts: Sequence[Verdict], policy: Policy, now: datetime) -> Iterator[Broken]:
    """Yield what is broken in the newest verdict of every required gate; without a commit none can be about it."""
    for gate in policy.gates.required:
        own = [each for each in verdicts if each.facts.gate == gate]
        fit = [each for each in own if commit and each.document.about(f"gitCommit:{commit}")]
        about = f"gitCommit:{commit}" if commit else "a commit that nothing proves"
        what = f"nothing shows that {gate} passed"
        if fit:
            newest = max(fit, key=lambda each: (each.facts.finished, each.result.result != "PASSED"))
            yield from _gate(newest, policy, now)
        elif own:
            why = f"it is about {own[0].document.subjects[0]}, not about {about}"
            yield Broken("other-commit", what, own[0].document.place, why, AGAIN)
        else:
            why = "no verdict of it is there that can be believed"
            yield Broken("missing-gate", what, about, why, f"nox -s {gate}, with the signing key")


def _gate(verdict: Verdict, policy: Policy, now: datetime) -> Iterator[Broken]:
    document, result, facts = verdict
    gate, place = facts.gate, document.place
    told = " and ".join(each or "no repository" for each in document.repositories)
    problems = (
        (
            document.repositories != (statements.source_uri(policy.source),),
            Broken("wrong-repository", f"{gate} ran elsewhere", place, f"it ran in {told}, not {policy.source}", AGAIN),
        ),
        (
            result.result != "PASSED",
            Broken("failed-gate", f"{gate} did not pass", place, f"its result is {result.result}", f"nox -s {gate}"),
        ),
        (
            facts.dirty,
            Broken("dirty-tree", f"{gate} did not see the commit", place, "the tree had uncommitted changes", AGAIN),
        ),
        (
            not facts.complete,
            Broken(
                "partial-gate", f"{gate} did not see all", place, "it ran on a part of components or history", AGAIN
            ),
        ),
    )
    yield from (broken for wrong, broken in problems if wrong)
    yield from _age(verdict, policy.gates.oldest(gate), now)
    yield from _left(verdict, policy)
    yield from _waivers(verdict, now.date())


def _age(verdict: Verdict, hours: int, now: datetime) -> Iterator[Broken]:
    document, _, facts = verdict
    ended = facts.finished.isoformat(timespec="seconds")
    seen = document.moment or now
    if facts.finished > min(now, seen) + _SKEW:
        yield Broken("from-the-future", f"{facts.gate} is not over yet", document.place, f"it ends at {ended}", AGAIN)
    if now - facts.finished > timedelta(hours=hours):
        why = f"it ended at {ended}, and the policy allows {hours} hours"
        yield Broken("stale-gate", f"{facts.gate} passed too long ago", document.place, why, AGAIN)


def _left(verdict: Verdict, policy: Policy) -> Iterator[Broken]:
    facts = verdict.facts
    for severity in policy.forbidden:
        if left := facts.open.get(Severity(severity), 0):
            why = f"{left} of severity {severity}, which no waiver accepts"
            yield Broken(
                "open-findings", f"{facts.gate} left findings", verdict.document.place, why, f"nox -s {facts.gate}"
            )


def _waivers(verdict: Verdict, today: date) -> Iterator[Broken]:
    for waiver in verdict.facts.waivers:
        if waiver.expires and not _holds(waiver.expires, today):
            why = f"{waiver.owner} accepted {waiver.fingerprint[:12]} until {waiver.expires}"
            remedy = "mend it, or renew the waiver, and run the gate again"
            yield Broken(
                "expired-waiver", f"a waiver of {verdict.facts.gate} is over", verdict.document.place, why, remedy
            )


def _holds(expires: str, today: date) -> bool:
    try:
        return today <= date.fromisoformat(expires)
    except ValueError:
        return False


def conftest_input(chain: Chain, loaded: Loaded) -> dict[str, Any]:
    """Return what a policy in Rego can look at: the policy, and the chain."""
    return {"policy": msgspec.to_builtins(loaded.policy), "chain": msgspec.to_builtins(chain)}
