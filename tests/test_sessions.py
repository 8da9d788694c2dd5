"""What follows `--`, and how a session ends."""

import json
import signal
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path

import nox
import pytest
from nox import registry
from nox._decorators import Func

from lockstep import gates, sessions
from lockstep.model.gate import Check, Gate, Invocation
from tests.engine.running import GREP, check, gate, git, repository, write

FIX = "import sys\nfor path in sys.argv[1:]:\n    text = open(path).read()\n    open(path, 'w').write(text.replace('BAD', 'good'))\n"


@pytest.fixture(autouse=True)
def _own_surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CI", "GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LOCKSTEP_STORE", str(tmp_path / "store"))


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return repository(tmp_path / "shop", {"services/a/one.txt": "fine\n", "libs/python/b/two.txt": "fine\n"})


def run(shop: Path, *words: str, known: Mapping[str, Gate] | None = None) -> int:
    declared = known or {"words": gate()}
    return sessions.run(shop, declared, "words", tuple(declared), words)


def recorded(shop: Path) -> list[str]:
    return [each["component"] for each in json.loads((shop / ".lockstep/latest/run.json").read_bytes())["actions"]]


def test_a_clean_repository_ends_with_nothing_and_a_dirty_one_with_one(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(shop) == 0
    assert "✔ passed · 1 passed" in capsys.readouterr().out
    write(shop, {"services/a/one.txt": "BAD\n"})
    assert run(shop) == 1
    shown = capsys.readouterr().out
    assert "  services/a/one.txt:1 grep[bad]\n      it is bad\n  mend: mend them\n  alone: nox -s words\n" in shown


@pytest.mark.parametrize(
    ("words", "code", "error"),
    [
        (["--bad"], 2, "unrecognized arguments: --bad"),
        (["--json"], 2, "argument --json: expected one argument"),
        (["--stag"], 2, "unrecognized arguments: --stag"),
        (["services/zzz"], 2, "no component is called services/zzz"),
        (["--since", "nowhere"], 3, "nowhere"),
        (["--since", "--strict"], 2, "expected one argument"),
    ],
)
def test_wrong_words_are_one_clear_error(
    shop: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: int, error: str
) -> None:
    assert run(shop, *words) == code
    shown = capsys.readouterr().err
    assert error in shown
    assert shown.startswith("error: ")
    assert "Traceback" not in shown


def test_help_lists_every_word(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(shop, "--help")
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert shown.startswith("usage: nox -s words --")
    assert all(f"--{word}" in shown for word in ("since", "staged", "strict", "fix", "fresh", "range", "json"))


def test_outside_a_repository_the_remedy_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path) == 3
    assert "mend: git init" in capsys.readouterr().err


def test_components_and_a_revision_narrow_the_run(shop: Path) -> None:
    assert run(shop, "services/a") == 0
    assert recorded(shop) == ["services/a"]
    write(shop, {"libs/python/b/two.txt": "changed\n"})
    assert run(shop, "--since", "HEAD") == 0
    assert recorded(shop) == ["libs/python/b"]


def test_staged_bytes_are_what_is_judged(shop: Path) -> None:
    write(shop, {"services/a/one.txt": "BAD\n"})
    git(shop, "add", "--all")
    write(shop, {"services/a/one.txt": "fine\n"})
    assert run(shop) == 0
    assert run(shop, "--staged") == 1


def test_fresh_takes_nothing_from_the_cache(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(shop)
    run(shop)
    assert "2 actions, 2 cached" in capsys.readouterr().out
    run(shop, "--fresh")
    assert "2 actions, 0 cached" in capsys.readouterr().out


def test_fix_mends_what_can_be_mended_and_then_judges(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def mend(given: Invocation) -> tuple[str, ...]:
        return (*given.program("lockstep"), "-c", FIX, *given.files)

    write(shop, {"services/a/one.txt": "BAD\n"})
    assert run(shop, "--fix", known={"words": gate(check(fix=mend))}) == 0
    assert "fixed services/a/one.txt\n" in capsys.readouterr().out
    assert (shop / "services/a/one.txt").read_text() == "good\n"


LACKING = '[nosuch]\nversion = "1"\nlicence = "MIT"\nprogram = "nosuch"\n[[nosuch.sources]]\nkind = "machine"\nprogram = "nosuch"\n'


@pytest.mark.parametrize(
    ("words", "environ", "code"),
    [((), {}, 0), (("--strict",), {}, 1), ((), {"CI": "true"}, 1), ((), {"CI": "false"}, 0)],
)
def test_what_is_unavailable_blocks_only_when_strict_or_in_ci(
    shop: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], environ: dict[str, str], code: int
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    write(shop, {"tools.toml": LACKING, "lockstep.toml": '[tools]\nlock = "tools.toml"\n'})
    assert run(shop, *words, known={"words": gate(check(tools=("nosuch", "lockstep")))}) == code


def test_range_and_history_are_what_a_scan_is_told(shop: Path) -> None:
    def scan(given: Invocation) -> tuple[str, ...]:
        return (*given.program("lockstep"), "-c", f"raise SystemExit({given.settings.scan == 'range':d})")

    known = {"words": gate(check(argv=scan, exits=(0,)))}
    assert run(shop, known=known) == 0
    assert run(shop, "--range", known=known) == 1


def test_json_goes_to_a_file_or_alone_to_standard_output(
    shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(shop, "--json", str(tmp_path / "run.json")) == 0
    assert json.loads((tmp_path / "run.json").read_bytes())["outcome"] == "passed"
    assert "✔ passed" in capsys.readouterr().out
    assert run(shop, "--json", "-") == 0
    shown = capsys.readouterr()
    assert json.loads(shown.out)["outcome"] == "passed"
    assert "✔ passed" in shown.err


def test_a_report_made_elsewhere_is_judged_instead_of_a_run(
    shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def ingest(path: str) -> Check:
        return check(argv=lambda given: (*given.program("lockstep"), "-c", GREP, path), exits=(0, 1))

    known = {"words": gate(ingest=ingest)}
    report = tmp_path / "report"
    assert run(shop, "--report", str(report), known=known) == 2
    assert f"  at: {report}\n  mend: nox -s words -- --report FILE\n" in capsys.readouterr().err
    report.write_text("BAD\n")
    assert run(shop, known=known) == 0
    assert run(shop, "--report", str(report), known=known) == 1
    assert run(shop, "--report", str(report)) == 2


def test_the_steps_summary_is_written_where_there_is_one(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    run(shop)
    assert (tmp_path / "summary.md").read_text("utf-8").startswith("## ✔ Lockstep: passed")


def test_a_bug_is_one_error_and_its_traceback_a_file(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def bug(_: Invocation) -> tuple[str, ...]:
        raise TypeError("nobody thought of this")

    assert run(shop, known={"words": gate(check(argv=bug))}) == 5
    shown = capsys.readouterr().err
    crash = shop / ".lockstep/runs/crash.txt"
    assert shown == (
        "error: Lockstep has a bug: TypeError: nobody thought of this\n"
        f"  at: {crash}\n"
        "  because: the fault is not in what was checked; nothing was judged\n"
        "  mend: report it with that file\n"
    )
    assert "in bug\n" in crash.read_text()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_a_request_to_end_ends_the_run_as_control_c_does(shop: Path, number: signal.Signals) -> None:
    before = signal.getsignal(number)
    code = f"import os, time; os.kill(os.getppid(), {int(number)}); time.sleep(60)"
    with pytest.raises(KeyboardInterrupt):
        run(shop, known={"words": gate(check(code))})
    assert json.loads((shop / ".lockstep/latest/run.json").read_bytes())["outcome"] == "interrupted"
    assert signal.getsignal(number) is before


def test_what_is_ignored_on_purpose_stays_ignored(shop: Path) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert run(shop, known={"words": gate(check("import os; os.kill(os.getppid(), 1)"))}) == 0
    finally:
        signal.signal(signal.SIGHUP, before)


class Session:
    """As much of nox's session as ours use."""

    def __init__(self, *posargs: str) -> None:
        self.posargs = list(posargs)
        self.told = ""

    def error(self, *told: object) -> None:
        self.told = " ".join(map(str, told))


@pytest.fixture
def registered(shop: Path, monkeypatch: pytest.MonkeyPatch) -> Mapping[str, Func]:
    monkeypatch.setattr(registry, "_REGISTRY", OrderedDict())
    monkeypatch.setattr(nox.options, "sessions", None)
    sessions.register(str(shop / "noxfile.py"))
    return registry.get()


def test_there_is_a_session_for_each_gate_two_for_several_and_one_to_build_twice(
    registered: Mapping[str, Func],
) -> None:
    assert set(registered) == {"gates", "tests", "reproduce", *gates.discover()}
    assert nox.options.sessions == ["gates"]
    assert registered["gates"].__doc__ == "Every gate, each judged: the one required check."
    assert all(each.venv_backend == "none" for each in registered.values())


@pytest.mark.parametrize(
    ("words", "told"), [(["--bad"], "gates: exit code 2"), (["services/zzz"], "gates: exit code 2")]
)
def test_a_session_that_could_not_run_is_an_error_of_nox(
    registered: Mapping[str, Func], words: list[str], told: str
) -> None:
    session = Session(*words)
    registered["gates"].func(session)
    assert session.told == told


def test_a_session_that_failed_points_up(registered: Mapping[str, Func], shop: Path) -> None:
    write(shop, {"lockstep.toml": "", "waivers.toml": STRANGE})
    session = Session()
    registered["coverage-threshold"].func(session)
    assert session.told == "coverage-threshold: see above"


STRANGE = f'[[waiver]]\nfingerprint = "{"a" * 64}"\ngate = "no-such-gate"\nowner = "Ada"\nreason = "why"\nexpires = 2999-01-01\n'
