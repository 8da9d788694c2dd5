"""report.html in a real browser: it draws, it filters, it asks for nothing, and hostile text stays text."""

import html as markup
import os
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lockstep.host.process import Completed, Process, SystemProcesses
from lockstep.model.artifact import Artifact, ArtifactKind
from lockstep.model.finding import Report
from lockstep.model.gate import Gate, Invocation
from lockstep.model.lineage import Lineage
from lockstep.model.record import RunRecord
from lockstep.model.verdict import Verdict
from lockstep.report import html
from tests.e2e.browsing import Page, browser
from tests.engine.running import check, gate, machine, repository, run
from tests.engine.test_artifacts import MAKE, digest
from tests.report import lineages, records

pytestmark = pytest.mark.e2e

ROWS = "[...document.querySelectorAll('table.findings tbody tr')].map(row => row.querySelector('.place').textContent)"
TYPE = """(text => {
  const box = document.querySelector('#finding-text');
  box.value = text;
  box.dispatchEvent(new Event('input', { bubbles: true }));
})"""
CHOOSE = """((name, value) => {
  const list = document.querySelector('#finding-' + name);
  list.value = value;
  list.dispatchEvent(new Event('change', { bubbles: true }));
})"""
MIDDLE = """(selector => {
  const box = document.querySelector(selector).getBoundingClientRect();
  return [box.x + box.width / 2, box.y + box.height / 2];
})"""

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def page(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with browser(chromium, tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture
def opened(page: Page, tmp_path: Path) -> Open:
    def open_(record: RunRecord, lineage: Lineage | None = None, **size: object) -> Page:
        path = tmp_path / "report.html"
        path.write_bytes(html.render(record, lineage or lineages.signed()))
        page.problems.clear()
        page.open(path.as_uri(), **size)  # type: ignore[arg-type]
        return page

    return open_


@pytest.mark.parametrize("make", [records.rich, records.hostile, records.empty])
def test_it_draws_without_a_complaint_and_asks_for_nothing(opened: Open, make: Callable[[], RunRecord]) -> None:
    page = opened(make())
    assert page.evaluate("document.querySelectorAll('section').length") >= 3
    assert page.problems == []
    assert [url.rpartition("/")[2] for url in page.requests if not url.startswith("data:")] == ["report.html"]


def test_findings_are_filtered_by_text_gate_severity_and_component(opened: Open) -> None:
    page = opened(records.rich())
    assert len(page.evaluate(ROWS)) == 4
    page.evaluate(f"{TYPE}('sql-injection')")
    assert page.evaluate(ROWS) == ["services/orders/src/orders/store.py:41:5"]
    page.evaluate(f"{TYPE}('')")
    page.evaluate(f"{CHOOSE}('gate', 'lint')")
    assert sorted(page.evaluate(ROWS)) == ["ops/restore.sh:12:5", "services/orders/src/orders/api.py:7:5"]
    page.evaluate(f"{CHOOSE}('grade', 'warning')")
    assert page.evaluate(ROWS) == ["ops/restore.sh:12:5"]
    page.evaluate(f"{CHOOSE}('component', 'orders')")
    assert page.evaluate(ROWS) == []
    assert page.evaluate("document.querySelector('.count').textContent") == "0 of 6 findings"


def test_waived_and_quarantined_findings_are_there_when_asked_for(opened: Open) -> None:
    page = opened(records.rich())
    page.evaluate("document.querySelector('#finding-waived').click()")
    page.evaluate("document.querySelector('#finding-quarantined').click()")
    assert len(page.evaluate(ROWS)) == 6
    assert "Waived by Ada Example until 2026-06-30" in page.evaluate("document.body.innerText")


def test_the_timeline_has_a_bar_for_each_action_that_explains_itself(opened: Open) -> None:
    page = opened(records.rich())
    assert page.evaluate("document.querySelectorAll('#timeline .bar').length") == len(records.rich().actions)
    page.evaluate(
        "[...document.querySelectorAll('#timeline .bar')].find(bar => bar.title.startsWith('codeql')).focus()"
    )
    assert "codeql:semgrep:" in page.evaluate("document.querySelector('.detail').textContent")


def test_a_gates_card_says_each_thing_once_and_shows_code_as_code(opened: Open) -> None:
    found = records.finding("ruff", "F401", "unused", "a.py", 1)
    gate = records.gate(
        "lint", "static", Verdict.FAILED, findings=(found,), reason="1 finding", remedy="`nox -s lint` mends <it>"
    )
    page = opened(records.run((gate,), outcome="failed"))
    assert page.evaluate("document.querySelector('#gate-lint').innerText").count("1 finding") == 1
    assert page.evaluate("document.querySelector('#gate-lint .remedy code').textContent") == "nox -s lint"
    assert "mends <it>" in page.evaluate("document.querySelector('#gate-lint .remedy').textContent")


def test_coverage_is_shown_by_component(opened: Open) -> None:
    text = opened(records.rich()).evaluate("document.querySelector('#coverage').innerText")
    assert text.index("The whole repository") < text.index("common") < text.index("orders")
    assert "78.9 %" in text


def test_the_chain_of_evidence_stands_among_the_sections_and_tells_its_age(opened: Open) -> None:
    page = opened(records.rich())
    assert "Chain of evidence" in page.evaluate("document.querySelector('.menu').textContent")
    assert page.evaluate("document.querySelectorAll('#evidence .product').length") == 30
    assert page.evaluate("document.querySelector('#evidence time').nextSibling.textContent").endswith("ago")


def test_on_paper_the_ink_is_dark_and_the_commands_are_unfolded(opened: Open) -> None:
    page = opened(records.rich())
    shown = "getComputedStyle(document.querySelector('#evidence details'), '::details-content').contentVisibility == 'visible'"
    assert not page.evaluate(shown)
    dark = [{"name": "prefers-color-scheme", "value": "dark"}]
    page.say("Emulation.setEmulatedMedia", media="print", features=dark)
    assert page.evaluate(shown)
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(27, 35, 48)"
    page.say("Emulation.setEmulatedMedia", media="")


def test_alone_the_chain_needs_no_script(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "chain.html"
    path.write_bytes(html.alone(lineages.refused()))
    page.problems.clear()
    page.open(path.as_uri(), width=360)
    assert "types did not pass" in page.evaluate("document.querySelector('.flaws').innerText")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.problems == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_picture_is_not_blank_and_its_colours_are_those_of_the_style(opened: Open, scheme: str) -> None:
    page = opened(records.rich(), scheme=scheme, width=900, height=900)
    picture = page.picture()
    assert (picture.width, picture.height) == (900, 900)
    assert picture.colours() > 50
    background = picture.colour(2, 2)
    assert (sum(background) > 3 * 200) if scheme == "light" else (sum(background) < 3 * 60)
    red, green, blue = picture.colour(*page.evaluate(f"{MIDDLE}('#timeline .v-failed.bar:not(.cached)')"))
    assert red > green + 60
    assert red > blue + 60
    red, green, blue = picture.colour(*page.evaluate(f"{MIDDLE}('#timeline .bar.v-passed:not(.cached)')"))
    assert green > red


@pytest.mark.parametrize("width", [360, 700, 1600])
def test_nothing_sticks_out_of_a_screen_of_any_width(opened: Open, width: int) -> None:
    page = opened(records.rich(), width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_hostile_text_is_shown_as_text(opened: Open) -> None:
    page = opened(records.hostile(), lineages.hostile())
    assert page.evaluate("document.scripts.length") == 2
    assert "</script><script>alert(1)</script>" in page.evaluate("document.querySelector('.notes').textContent")
    assert page.evaluate("document.querySelectorAll('a[href^=\"javascript\"]').length") == 0
    assert page.problems == []


def _wheel() -> Gate:
    """Return a gate `build` that makes a wheel of a few bytes."""
    wheel = Artifact(".", ArtifactKind.WHEEL, "lamps-1-py3-none-any.whl", digest("wheel"), 5, "any")

    def argv(given: Invocation) -> tuple[str, ...]:
        return (*given.program("lockstep"), "-c", MAKE, f"{given.scratch}/artifacts", "wheel")

    made = check(argv=argv, parse=lambda *_: Report(artifacts=(wheel,)), select=lambda *_: True, id="distributions")
    return gate(made, id="build")


def test_the_command_beside_an_artifact_is_one_that_cosign_takes(
    tool: Callable[[str], tuple[str, ...]], tmp_path: Path
) -> None:
    (cosign,) = tool("cosign")

    def ran(folder: Path, *words: str) -> Completed:
        env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "COSIGN_PASSWORD": "pw"}
        return SystemProcesses().run(Process((cosign, *words), str(folder), env, 60))

    ran(tmp_path, "generate-key-pair")
    toml = '[evidence]\nsource = "https://git.example/lamps"\nbuilder = "https://ci.example/builder"\n'
    root = repository(tmp_path / "lamps", {"lockstep.toml": toml, "pyproject.toml": ""})
    key = {"LOCKSTEP_EVIDENCE_KEY": str(tmp_path / "cosign.key"), "LOCKSTEP_EVIDENCE_PASSWORD": "pw"}
    folder = root / ".lockstep" / "runs" / run(root, _wheel(), host=machine(tmp_path / "store", **key)).id
    (folder / "cosign.pub").write_bytes((tmp_path / "cosign.pub").read_bytes())
    (command,) = re.findall("<pre><code>(.*?)</code></pre>", (folder / "report.html").read_text(encoding="utf-8"))
    program, *words = shlex.split(markup.unescape(command))
    assert program == "cosign"
    done = ran(folder, *words)
    assert (done.exit_code, b"Verified OK" in done.stderr) == (0, True)
    artifact = folder / words[-1]
    artifact.unlink()
    artifact.write_bytes(b"another")
    assert ran(folder, *words).exit_code != 0
