"""How many secrets of public corpora the gate gitleaks finds: `python -m benchmarks.accuracy_secrets FOLDER`.

FOLDER holds clones (bare or not) that are not part of this repository, each in a folder named as its repository
(owner+name): Samsung+CredData, and of the repositories that it labels whichever are there; praetorian-inc+noseyparker,
Yelp+detect-secrets, Plazmaz+leaky-repo. What is not there is left out. All files are put in one repository beside this
one, in which the gate gitleaks runs as `nox -s gitleaks` does. Beside it stands what it and codeql's Semgrep find together,
of which only rules about secrets count, and for which only files of their languages are looked at. gitleaks by itself, as its maker configured it, reads the same files. Nothing is printed of any
secret. `--verbose` names every label that is judged differently by the gate.
"""

import argparse
import ast
import csv
import hashlib
import io
import json
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

import yaml

from benchmarks.corpora import Clone, Rate, by_path, judged, measured, program, repository, spread
from lockstep.gates import codeql, gitleaks
from lockstep.model.finding import Finding, Severity
from lockstep.plugin.lockstep_semgrep import kind_of

_LAST = 1_000_000_000
_LARGEST = 500_000
# Of the Semgrep rules, the folders that hold some about secrets.
_LANGUAGES = frozenset({"bash", "dockerfile", "python", "workflows"})
_CLONES = ("Samsung+CredData", "praetorian-inc+noseyparker", "Yelp+detect-secrets", "Plazmaz+leaky-repo")
# Of the Semgrep rules, those that are about a secret which stands in a file.
_ABOUT_SECRETS = re.compile(r"hardcoded-(secret|password|token)|password-in-pipe")
_MADE_UP = re.compile(
    r"(^|[/._-])(tests?|testing|specs?|e2e|fixtures?|cassettes|testdata|mocks?|examples?|samples?|demos?|docs?|README)([/._-]|$)"
    r"|(?-i:Tests?)\.|\.(md|rst|adoc|txt)$",
    re.IGNORECASE,
)
# CredData labels what points to a secret, too.
NO_SECRETS = frozenset(
    {"UUID", "Nonce", "Salt", "AWS S3 Bucket", "Firebase Domain", "Tencent WeChat API App ID", "Other"}
)

Lines = tuple[int, int]


class Label(NamedTuple):
    """Lines of a file (from 1), whether a secret stands there, and of which class."""

    path: str
    lines: Lines
    secret: bool
    kind: str


class Corpus(NamedTuple):
    """Files by path, what is known of them, and the repositories that they are of, where there are several."""

    name: str
    files: Mapping[str, bytes]
    labels: tuple[Label, ...]
    parts: tuple[str, ...] = ()


class Engine(NamedTuple):
    """A name, and by path the lines at which it sees secrets."""

    name: str
    found: Mapping[str, list[Lines]]

    def sees(self, label: Label) -> bool:
        """Return whether something is found in the lines of a label."""
        first, last = label.lines
        return any(one <= last and first <= other for one, other in self.found.get(label.path, ()))


def score(labels: Iterable[Label], engine: Engine) -> tuple[Rate, Rate]:
    """Return how many secrets are found, and how many false alarms are raised."""
    given = list(labels)
    secrets = [engine.sees(label) for label in given if label.secret]
    others = [engine.sees(label) for label in given if not label.secret]
    return Rate(sum(secrets), len(secrets)), Rate(sum(others), len(others))


def cred_data(folder: Path, *, half: int) -> Corpus | None:
    """Return the labelled files of one half of the repositories that are there; rules were written with the first half."""
    own = Clone(folder / "Samsung+CredData")
    files: dict[str, bytes] = {}
    labels: list[Label] = []
    parts: list[str] = []
    if not own.exists:
        return None
    for whole, address in json.loads(own.text("snapshot.json")).items():
        name, commit = address.removeprefix("https://github.com/").replace("/", "+"), whole[:40]
        clone = Clone(folder / name)
        if clone.exists and clone.has(commit) and int(spread(name) * 2) == half - 1:
            rows = list(csv.DictReader(io.StringIO(own.text(f"meta/{crc32(bytes.fromhex(whole)):08x}.csv"))))
            wanted = {row["FileID"] for row in rows}
            paths = {file_id(path): path for path in clone.paths(commit=commit) if file_id(path) in wanted}
            held = dict(clone.files(paths.values(), commit))
            files |= {f"{name}/{path}": data for path, data in held.items()}
            labels += cred_labels(rows, {key: f"{name}/{path}" for key, path in paths.items() if path in held})
            parts.append(name.replace("+", "/"))
    return Corpus(f"CredData, half {half} ({len(parts)} repositories)", files, tuple(labels), tuple(sorted(parts)))


def file_id(path: str) -> str:
    """Return what CredData calls a file."""
    return hashlib.sha256(path.encode("utf-8", "surrogateescape")).hexdigest()[:8]


def cred_labels(rows: Iterable[Mapping[str, str]], paths: Mapping[str, str]) -> Iterator[Label]:
    """Yield labels of CredData's rows; what people could not tell, and what is no secret by itself, is left out.

    So is what is no secret of one class where one of another class stands: it is found with good reason.
    """
    secret: dict[str, list[Lines]] = {}
    others = []
    for row in rows:
        kind, lines = row["Category"].split(":")[0], (int(row["LineStart"]), int(row["LineEnd"]))
        label = Label(paths.get(row["FileID"], ""), lines, row["GroundTruth"] == "T", kind)
        if label.secret and label.path:
            secret.setdefault(label.path, []).append(lines)
        if row["GroundTruth"] in {"T", "F"} and kind not in NO_SECRETS and label.path:
            others.append(label)
    known = Engine("labels", secret)
    yield from (label for label in others if label.secret or not known.sees(label))


def nosey_parker(folder: Path) -> Corpus | None:
    """Return what the rules of noseyparker shall find, and what they shall not, each as a file."""
    clone = Clone(folder / "praetorian-inc+noseyparker")
    if not clone.exists:
        return None
    rules = clone.paths("crates/noseyparker/data/default/builtin/rules")
    cases = (case for path, data in clone.files(rules) for case in rule_examples(Path(path).stem, data))
    return _of_cases("noseyparker", cases)


def rule_examples(name: str, data: bytes) -> Iterator[tuple[str, bool, str]]:
    """Yield text, whether a secret is in it, and the class, of a file of rules."""
    for rule in yaml.safe_load(data)["rules"]:
        categories = set(rule.get("categories") or ())
        if categories & {"identifier", "hashed"} or "secret" not in categories:
            continue  # what is found is no secret by itself
        kind = "generic" if "generic" in categories else "of a service" if "api" in categories else name
        yield from ((text, True, kind) for text in rule.get("examples") or ())
        yield from ((text, False, kind) for text in rule.get("negative_examples") or ())


def detect_secrets(folder: Path) -> Corpus | None:
    """Return what the plugins of detect-secrets are tested with, each as a file."""
    clone = Clone(folder / "Yelp+detect-secrets")
    if not clone.exists:
        return None
    tests = [path for path in clone.paths("tests/plugins") if not path.endswith(("ip_public_test.py", "__init__.py"))]
    cases = (case for path, data in clone.files(tests) for case in plugin_cases(Path(path).stem[:-5], data))
    return _of_cases("detect-secrets", cases)


def plugin_cases(kind: str, data: bytes) -> Iterator[tuple[str, bool, str]]:
    """Yield the pairs of text and expectation that a test is parametrised with, where they are written as they are."""
    for node in ast.walk(ast.parse(data)):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("parametrize"):
            names = ast.literal_eval(node.args[0])
            if re.fullmatch(r"(payload|line|token), ?(should_flag|should_be_caught)", str(names)):
                yield from ((text, bool(flag), kind) for text, flag in _literal(node.args[1]))


def _literal(node: ast.expr) -> Iterator[tuple[str, bool]]:
    for element in node.elts if isinstance(node, ast.List | ast.Tuple) else ():
        try:
            text, flag = ast.literal_eval(element)
        except ValueError:
            continue  # put together when the test runs
        yield text, flag


def _of_cases(name: str, cases: Iterable[tuple[str, bool, str]]) -> Corpus:
    numbered = {f"{name}/{number:04}.txt": case for number, case in enumerate(dict.fromkeys(cases))}
    labels = tuple(Label(path, (0, _LAST), secret, kind) for path, (_, secret, kind) in numbered.items())
    return Corpus(name, {path: f"{text}\n".encode() for path, (text, _, _) in numbered.items()}, labels)


def leaky_repo(folder: Path) -> Corpus | None:
    """Return the files of leaky-repo: those that hold something risky, and those that do not."""
    clone = Clone(folder / "Plazmaz+leaky-repo")
    if not clone.exists:
        return None
    risks = dict(leaky_counts(clone.text(".leaky-meta/secrets.csv")))
    files = {f"leaky-repo/{path}": data for path, data in clone.files(path for path in clone.paths() if path in risks)}
    labels = tuple(
        Label(f"leaky-repo/{path}", (0, _LAST), risk > 0, "file")
        for path, risk in risks.items()
        if f"leaky-repo/{path}" in files
    )
    return Corpus("leaky-repo (files)", files, labels)


def leaky_counts(text: str) -> Iterator[tuple[str, int]]:
    """Yield the path of each file with the number of its risky lines."""
    for row in csv.reader(line for line in text.splitlines() if line and not line.startswith("#")):
        yield row[0], int(row[1])


def by_gitleaks(root: Path) -> Engine:
    """Return what gitleaks finds by itself."""
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch) / "report.json"
        options = ("--no-banner", "--log-level=error", "--redact", "--report-format=json", f"--report-path={report}")
        subprocess.run((program("gitleaks"), "dir", *options, "."), cwd=root, check=False)
        found: dict[str, list[Lines]] = {}
        for each in json.loads(report.read_bytes()):
            found.setdefault(each["File"], []).append((each["StartLine"], each["EndLine"]))
    return Engine("gitleaks alone", found)


def by_gates(root: Path, files: Mapping[str, bytes], *, semgrep: bool) -> Iterator[Engine]:
    """Yield what the gate gitleaks finds, and what it and codeql's rules about secrets find together."""
    secrets = judged(root, gitleaks.GATE)
    yield Engine("gate gitleaks", _lines(secrets))
    if semgrep:
        read = {path: data for path, data in files.items() if _is_read(path, data)}
        weak = judged(repository(root.parent / "sources", read), codeql.GATE)
        yield Engine("gates gitleaks and codeql", _lines((*secrets, *weak)))


def _is_read(path: str, data: bytes) -> bool:
    """Return whether Semgrep's rules about secrets are about such files, and it reads ones of that size."""
    kind = kind_of(path)
    return kind is not None and kind[0] in _LANGUAGES and len(data) < _LARGEST


def _lines(findings: Iterable[Finding]) -> dict[str, list[Lines]]:
    found = by_path(findings, matters)
    return {
        path: [(each.location.line, each.location.end_line or each.location.line) for each in some]
        for path, some in found.items()
    }


def matters(finding: Finding) -> bool:
    """Return whether a finding is about a secret, and fails its gate."""
    if finding.tool == "gitleaks":
        return True
    return finding.severity in {Severity.CRITICAL, Severity.HIGH} and bool(_ABOUT_SECRETS.search(finding.rule))


def tables(corpora: Iterable[Corpus], engines: list[Engine]) -> Iterator[str]:
    """Yield the lines of both tables: by corpus, and by class of secret."""
    given = list(corpora)
    yield "| corpus | engine | secrets found | false alarms |"
    yield "|---|---|---|---|"
    for name, labels in (row for corpus in given for row in _parts(corpus)):
        for engine in engines:
            yield _row(name, engine, score(labels, engine))
    yield ""
    yield f"| corpus | class | {' | '.join(f'found by {e.name} | false alarms of {e.name}' for e in engines)} |"
    yield f"|---|---|{'---|---|' * len(engines)}"
    for corpus in given:
        yield from _classes(corpus, engines)


def _parts(corpus: Corpus) -> Iterator[tuple[str, tuple[Label, ...]]]:
    """Yield all labels, and, where some are in tests and documents, those that are not."""
    yield corpus.name, corpus.labels
    outside = tuple(label for label in corpus.labels if not is_made_up(label.path))
    if corpus.parts:
        yield f"{corpus.name.partition(' (')[0]}, outside of tests, examples and documents", outside


def is_made_up(path: str) -> bool:
    """Return whether secrets at a path are, as a rule, made up for a test or for an explanation."""
    return bool(_MADE_UP.search(path.partition("/")[2]))


def _row(name: str, engine: Engine, rates: tuple[Rate, Rate]) -> str:
    return f"| {name} | {engine.name} | {rates[0]} | {rates[1]} |"


def _classes(corpus: Corpus, engines: list[Engine]) -> Iterator[str]:
    kinds: dict[str, list[Label]] = {}
    for label in corpus.labels:
        kinds.setdefault(label.kind, []).append(label)
    for kind, labels in sorted(kinds.items(), key=lambda item: (-len(item[1]), item[0])):
        rates = (rate for engine in engines for rate in score(labels, engine))
        yield f"| {corpus.name.partition(' (')[0]} | {kind} | {' | '.join(map(str, rates))} |"


def main() -> None:
    """Print the tables."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("folder", type=Path)
    words.add_argument("--no-semgrep", action="store_true", help="leave codeql out, which takes the longest")
    words.add_argument("--verbose", action="store_true")
    given = words.parse_args()
    sources: tuple[Callable[[Path], Corpus | None], ...] = (
        lambda folder: cred_data(folder, half=1),
        lambda folder: cred_data(folder, half=2),
        nosey_parker,
        detect_secrets,
        leaky_repo,
    )
    corpora = [corpus for source in sources if (corpus := source(given.folder))]
    with tempfile.TemporaryDirectory(prefix="lockstep-corpora-") as scratch:
        files = {path: data for corpus in corpora for path, data in corpus.files.items()}
        root = repository(Path(scratch) / "corpora", files)
        engines = [by_gitleaks(root), *by_gates(root, files, semgrep=not given.no_semgrep)]
    print(measured(given.folder, _CLONES, ("gitleaks", "semgrep")), end="\n\n")
    print("\n".join(tables(corpora, engines)))
    for corpus in (each for each in corpora if each.parts):
        print(f"\n{corpus.name}: {', '.join(corpus.parts)}")
    if given.verbose:
        for label in (label for corpus in corpora for label in corpus.labels):
            if engines[-1].sees(label) is not label.secret:
                print(f"{'missed' if label.secret else 'false'}: {label.kind}: {label.path}:{label.lines[0]}")


if __name__ == "__main__":
    main()
