"""The verbs through invoke's own program, in a real folder."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from invoke.collection import Collection
from invoke.program import Program

from lockstep.model.finding import Finding, Location
from lockstep.model.record import GateRecord, RepositoryRecord, RunRecord
from lockstep.model.verdict import Verdict
from lockstep.policy.fingerprints import assign
from lockstep.policy.waivers import parse
from lockstep.tasks import waivers

_TODAY = datetime.now(UTC).date()
_SOON = _TODAY + timedelta(days=5)
_LATER = (_TODAY + timedelta(days=40)).isoformat()
_A, _B, _C = (letter * 64 for letter in "abc")


def _finding(rule: str = "F401", line: int = 3, message: str = "`os` is \x1b[31m not used") -> Finding:
    return Finding("ruff", rule, message, Location("services/orders/app.py", line, 1), snippet="import os")


_FOUND = assign([_finding(), _finding(line=9), _finding("test-failed", 20)])
_FIRST = _FOUND[0].fingerprint


class Shop:
    """A repository with a record of a run, and a terminal in it."""

    def __init__(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (root / ".git").mkdir()
        self._root = root
        self._capsys = capsys

    def write(self, text: str) -> None:
        (self._root / "waivers.toml").write_text(text)

    def text(self) -> str:
        path = self._root / "waivers.toml"
        return path.read_text() if path.exists() else ""

    def record(self, *findings: Finding, policy: tuple[Finding, ...] = ()) -> None:
        repository = RepositoryRecord("shop", "", "", "main", dirty=True, mode="working-tree")
        gate = GateRecord("lint", "t", "static", Verdict.FAILED, "r", "nox -s lint", findings=findings)
        run = RunRecord(
            schema_version=1,
            id="run-7",
            lockstep="0",
            started="",
            seconds=1.0,
            outcome="failed",
            exit_code=1,
            strict=False,
            repository=repository,
            python="",
            platform="",
            cpus=2,
            gates=(gate,),
            actions=(),
            policy=policy,
        )
        self.write_record(msgspec.json.encode(run))

    def write_record(self, data: bytes) -> None:
        folder = self._root / ".lockstep" / "latest"
        folder.mkdir(parents=True)
        (folder / "run.json").write_bytes(data)

    def say(self, *words: str) -> tuple[int, str]:
        """Return exit code and everything that was printed."""
        program = Program(namespace=Collection.from_module(waivers), version="0")
        code = 0
        try:
            program.run(["inv", *words], exit=True)
        except SystemExit as exit_:
            code = int(exit_.code or 0)
        shown = self._capsys.readouterr()
        return code, shown.out + shown.err

    def add(self, fingerprint: str, *words: str) -> tuple[int, str]:
        return self.say("add", fingerprint, "--owner=@shop", "--reason=made by a tool", f"--expires={_LATER}", *words)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shop:
    monkeypatch.chdir(tmp_path)
    return Shop(tmp_path, capsys)


def _block(fingerprint: str, expires: date, gate: str = "lint") -> str:
    return (
        f'# about {fingerprint[:3]}\n[[waiver]]\nfingerprint = "{fingerprint}"\ngate = "{gate}"\n'
        f'owner = "@shop"\nreason = "known\\u001b"\nexpires = {expires.isoformat()}\n'
    )


def test_a_list_of_none_says_so(shop: Shop) -> None:
    assert shop.say("list") == (0, "no finding is waived\n")


def test_a_list_has_the_next_to_expire_first(shop: Shop) -> None:
    days = {_A: 12, _B: 1, _C: -3}
    shop.write("\n".join(_block(each, _TODAY + timedelta(days=left)) for each, left in days.items()))
    code, shown = shop.say("list")
    lines = shown.splitlines()
    assert code == 0
    assert [line.split("  lint")[0].strip() for line in lines] == [
        f"expired {(_TODAY - timedelta(days=3)).isoformat()}",
        "1 day left",
        "12 days left",
    ]
    assert lines[2].endswith("aaaaaaaaaaaa  @shop  known   waivers.toml:2")


def test_a_waiver_is_planned_and_not_written(shop: Shop) -> None:
    shop.record(*_FOUND)
    code, shown = shop.add(_FIRST)
    assert (code, shop.text()) == (0, "")
    assert f'+fingerprint = "{_FIRST}"' in shown
    assert shown.endswith("nothing was changed; add --apply to write\n")


def test_a_waiver_is_written_with_what_it_is_about(shop: Shop) -> None:
    shop.record(*_FOUND)
    shop.write("# ours\n")
    code, shown = shop.add(_FIRST[:10], "--apply", "--note=SHOP-7")
    assert (code, shown.splitlines()[-1]) == (0, "wrote waivers.toml")
    assert shop.text().startswith("# ours\n\n# ruff F401 at services/orders/app.py:3:1: `os` is [31m not used\n")
    (item,) = parse(shop.text().encode()).items
    assert (item.gate, item.fingerprint, item.owner, item.reason, item.note) == (
        "lint",
        _FIRST,
        "@shop",
        "made by a tool",
        "SHOP-7",
    )
    assert item.expires.isoformat() == _LATER


def test_a_finding_that_is_waived_already_is_refused_with_its_place(shop: Shop) -> None:
    shop.record(*_FOUND)
    shop.write(_block(_FIRST, _SOON))
    code, shown = shop.add(_FIRST, "--apply")
    assert (code, "waivers.toml:2" in shown) == (2, True)
    assert shop.text() == _block(_FIRST, _SOON)


@pytest.mark.parametrize(("beginning", "why"), [("zz", "none does"), ("", "none does")])
def test_a_fingerprint_that_no_finding_has_is_refused(shop: Shop, beginning: str, why: str) -> None:
    shop.record(*_FOUND)
    code, shown = shop.add(beginning)
    assert (code, why in shown, "run-7" in shown) == (2, True, True)


def test_a_beginning_of_several_fingerprints_is_refused_with_their_places(shop: Shop) -> None:
    alike = [msgspec.structs.replace(each, fingerprint=f"abc{n}") for n, each in enumerate(_FOUND)]
    shop.record(*alike)
    code, shown = shop.add("abc")
    assert (code, "abc1 F401 at services/orders/app.py:9:1" in shown) == (2, True)


def test_what_cannot_be_waived_is_refused(shop: Shop) -> None:
    shop.record(*_FOUND)
    code, shown = shop.add(_FOUND[2].fingerprint, "--apply")
    assert (code, "test-failed cannot be waived" in shown, shop.text()) == (6, True, "")


@pytest.mark.parametrize("expires", ["", "soon", (_TODAY - timedelta(days=1)).isoformat()])
def test_everything_that_is_missing_is_told_at_once(shop: Shop, expires: str) -> None:
    shop.record(*_FOUND)
    code, shown = shop.say("add", _FIRST, "--reason= ", f"--expires={expires}", "--apply")
    assert (code, shop.text()) == (2, "")
    assert "missing: --owner, --reason, --expires with a day to come" in shown


def test_a_missing_owner_alone_is_told(shop: Shop) -> None:
    shop.record(*_FOUND)
    code, shown = shop.say("add", _FIRST, "--reason=r", f"--expires={_LATER}")
    assert (code, "missing: --owner\n" in shown) == (2, True)


def test_without_a_run_there_is_nothing_to_accept(shop: Shop) -> None:
    code, shown = shop.add(_FIRST)
    assert (code, "mend: nox -s gates" in shown) == (5, True)


def test_a_run_of_another_version_is_refused(shop: Shop) -> None:
    shop.write_record(b"{}")
    code, shown = shop.add(_FIRST)
    assert (code, "another version" in shown) == (5, True)


def test_what_expired_was_not_needed_or_has_no_gate_is_pruned(shop: Shop) -> None:
    kept = "# ours\n\n" + _block(_A, _SOON) + "\n"
    shop.write(
        kept + _block(_B, _SOON, "types") + "\n" + _block(_C, _TODAY - timedelta(days=2)) + _block(_A, _SOON, "x")
    )
    unused = Finding("lockstep", "waiver-unused", "m", Location("waivers.toml", 9), anchor=f"types:{_B}")
    stranger = Finding("lockstep", "waiver-unknown-gate", "m", Location("waivers.toml", 9), anchor=f"x:{_A}")
    shop.record(*_FOUND, unused, policy=(stranger,))
    before = shop.text()
    code, shown = shop.say("prune")
    assert (code, shop.text()) == (0, before)
    for line in (
        "types bbbbbbbbbbbb was not needed in run run-7",
        f"lint cccccccccccc expired on {(_TODAY - timedelta(days=2)).isoformat()}",
        "x aaaaaaaaaaaa names a gate that does not exist",
        "nothing was changed; add --apply to write",
    ):
        assert line in shown.splitlines()
    assert shop.say("prune", "--apply")[0] == 0
    assert shop.text() == kept


def test_without_a_run_only_what_expired_is_pruned(shop: Shop) -> None:
    shop.write(_block(_A, _TODAY - timedelta(days=2)) + "\n" + _block(_B, _SOON))
    code, shown = shop.say("prune", "--apply")
    assert (code, shop.text()) == (0, _block(_B, _SOON))
    assert "there is no run of this repository yet" in shown


def test_nothing_to_prune_changes_nothing(shop: Shop) -> None:
    shop.record()
    shop.write(_block(_A, _SOON))
    assert shop.say("prune", "--apply") == (0, "nothing is to be changed\n")


@pytest.mark.parametrize("verb", ["list", "prune"])
def test_a_file_that_is_no_waivers_file_is_an_explained_error(shop: Shop, verb: str) -> None:
    shop.write("[[waiver]]\nowner = 3\n")
    code, shown = shop.say(verb)
    assert (code, "error: waivers.toml has" in shown) == (2, True)


def test_a_file_that_is_not_utf8_is_an_explained_error(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "waivers.toml").write_bytes(b"# \xff\n")
    code, shown = shop.say("list")
    assert (code, "cannot read waivers.toml" in shown) == (2, True)


def test_outside_a_repository_the_verbs_say_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = Shop(tmp_path, capsys)
    (tmp_path / ".git").rmdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert shop.say("list")[0] == 3
