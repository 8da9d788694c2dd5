"""Contracts on their way to a linter, which here is a script that takes notes."""

import json
import stat
import sys
from pathlib import Path

import pytest

from lockstep.contracts import lint

CONTRACT = b"openapi: 3.1.0\n"
# Writes the files that it is given as the only result, or fails as a file says that it is given.
LINTER = f"""\
#!{sys.executable}
import glob, json, os, pathlib, sys, time
report, *patterns = sys.argv[1:]
files = [os.path.relpath(each) for pattern in patterns for each in glob.glob(pattern)]
print(*files, flush=True)
told = " ".join(pathlib.Path(each).read_text() for each in files)
if "# dies" in told:
    os.abort()
if "# hangs" in told:
    time.sleep(600)
if "# fails" in told:
    sys.exit("no such rule")
clean = "# clean" in told
pathlib.Path(report).write_text("[{{" if "# cut" in told else "[]" if clean else json.dumps([{{"of": files}}]))
sys.exit("# clean" not in told and "# silent" not in told)
"""


@pytest.fixture(autouse=True)
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    linter = tmp_path / "linter"
    linter.write_text(LINTER, "utf-8")
    linter.chmod(linter.stat().st_mode | stat.S_IXUSR)
    return tmp_path


def linted(files: dict[str, bytes]) -> int:
    for name, data in files.items():
        Path(name).write_bytes(data)
    return lint.main(["refused.json", "report.json", str(Path("linter").absolute()), "report.json", "--", *files])


def report() -> object:
    return json.loads(Path("report.json").read_bytes())


def large(megabytes: int) -> bytes:
    return CONTRACT + b"# " + b"x" * (megabytes * 1_000_000)


def test_few_contracts_are_linted_at_once() -> None:
    assert linted({"a.yaml": CONTRACT, "b.yaml": CONTRACT, "c.yaml": b"other: 1\n"}) == 1
    assert report() == [{"of": ["a.yaml", "b.yaml"]}]


def test_contracts_alone_are_linted_and_what_cannot_be_read_is_told() -> None:
    files = {"api.yaml": CONTRACT, "part.yaml": b"a: 1", "bad.yaml": CONTRACT + b"a: [", "list.yaml": b"[1]"}
    assert linted(files) == 1
    assert report() == [{"of": ["api.yaml"]}]
    (refused,) = json.loads(Path("refused.json").read_bytes())
    assert (refused["path"], refused["line"]) == ("bad.yaml", 3)


def test_many_are_linted_some_at_a_time_and_the_reports_joined() -> None:
    sizes = {"a.yaml": 5, "b.yaml": 2, "c.yaml": 9, "d.yaml": 3, "e.yaml": 4}
    assert linted({name: large(megabytes) for name, megabytes in sizes.items()}) == 1
    assert report() == [{"of": ["a.yaml", "b.yaml"]}, {"of": ["c.yaml"]}, {"of": ["d.yaml", "e.yaml"]}]


def test_what_a_contract_refers_to_counts_as_well() -> None:
    contract = CONTRACT + b"paths: {$ref: parts.yaml}\n"
    assert linted({"a.yaml": contract, "parts.yaml": b"a: 1\n" + large(5)[len(CONTRACT) :], "b.yaml": contract}) == 1
    assert report() == [{"of": ["a.yaml"]}, {"of": ["b.yaml"]}]


def test_nothing_found_is_nothing_found(capfd: pytest.CaptureFixture[str]) -> None:
    assert linted({"a.yaml": CONTRACT + b"# clean\n"}) == 0
    assert report() == []
    assert linted({"c.yaml": b"other: 1\n"}) == 0
    assert (report(), capfd.readouterr().out) == ([], "a.yaml\n")


def test_names_are_no_patterns() -> None:
    names = ["a[1].yaml", "b(c).yaml", "b{c,d}.yaml", "e*f?g.yaml", "!h+(i)@(j)|k.yaml", "eXfYg.yaml"]
    assert linted(dict.fromkeys(names, CONTRACT)) == 1
    assert report() == [{"of": names}]


def test_a_name_that_the_linter_would_not_find_is_refused() -> None:
    assert linted({"a\\b.yaml": CONTRACT + b"# clean\n"}) == 1
    (refused,) = json.loads(Path("refused.json").read_bytes())
    assert refused == {
        "path": "a\\b.yaml",
        "why": "its name has a backslash, which the linter takes for a slash; rename it",
        "line": 0,
    }


def test_what_is_refused_is_not_handed_on() -> None:
    assert linted({"a.yaml": b"", "b.yaml": CONTRACT + b"# clean\n"}) == 1
    assert report() == []
    assert json.loads(Path("refused.json").read_bytes()) == [{"path": "a.yaml", "why": "it is empty", "line": 0}]


@pytest.mark.parametrize(
    ("how", "said"),
    [
        (
            "dies",
            (
                "it was killed by signal 6, for want of memory as a rule; "
                "make several contracts, by subject, of what is large in b.yaml, c.yaml, d.yaml and 1 more\n"
            ),
        ),
        (
            "fails",
            "it ended with exit code 1 and no report that agrees, at b.yaml, c.yaml, d.yaml and 1 more: no such rule\n",
        ),
        ("cut", "it ended with exit code 1 and no report that agrees, at b.yaml, c.yaml, d.yaml and 1 more: \n"),
        ("silent", "it ended with exit code 0 and no report that agrees, at b.yaml, c.yaml, d.yaml and 1 more: \n"),
    ],
)
def test_a_linter_that_does_not_finish_is_told_with_its_files(
    how: str, said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    rest = {f"{name}.yaml": CONTRACT for name in "cde"}
    assert linted({"a.yaml": large(8), "b.yaml": CONTRACT + f"# {how}\n".encode(), **rest}) == 2
    assert capfd.readouterr().err == said
    assert not Path("report.json").exists()


def test_a_linter_that_never_ends_is_ended(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(lint, "_LONGEST", 0.5)
    assert linted({"a.yaml": CONTRACT + b"# hangs\n"}) == 2
    why = "it did not finish within 0.5 seconds; look for patterns that repeat what repeats, like (a+)+, in a.yaml\n"
    assert capfd.readouterr().err == why
    assert not Path("report.json").exists()
