import base64
import hashlib
import json
import re
from typing import Any

import pytest

from lockstep.model.finding import FileCoverage
from lockstep.report import html
from tests.report import records


def embedded(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="run">(.*?)</script>', page, re.DOTALL)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


def page(record: Any = None) -> str:  # noqa: ANN401 - a record or none
    return html.render(record or records.rich()).decode()


def test_the_page_carries_the_run() -> None:
    run = embedded(page())
    assert run["outcome"] == "failed"
    assert [action["id"] for action in run["actions"]] == [action.id for action in records.rich().actions]


def test_findings_about_policy_files_stand_as_a_gate() -> None:
    assert embedded(page())["gates"][-1]["id"] == "policy"


def test_hostile_text_can_neither_end_the_data_nor_open_a_comment() -> None:
    text = page(records.hostile())
    assert text.count("</script>") == 2
    assert "<!--" not in text
    assert embedded(text)["notes"] == [records.HOSTILE.replace("\udcff", "\\xff").replace("\ud800", "\\ud800")]


@pytest.mark.parametrize(("tag", "directive"), [("style", "style-src"), ('script type="module"', "script-src")])
def test_only_our_own_style_and_script_are_allowed_by_digest(tag: str, directive: str) -> None:
    text = page()
    found = re.search(rf"<{tag}>(.*?)</{tag.split(maxsplit=1)[0]}>", text, re.DOTALL)
    assert found
    digest = base64.b64encode(hashlib.sha256(found[1].encode()).digest()).decode()
    assert f"{directive} 'sha256-{digest}'" in text
    assert "default-src 'none'" in text
    assert "unsafe" not in text


def test_the_page_fetches_nothing_and_parses_no_markup() -> None:
    text = page(records.empty())
    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|@import|url\(", text)
    assert set(re.findall(r"https?://[^\s\"'`]+", text)) == {"http://www.w3.org/2000/svg"}


def test_every_module_became_part_of_one_script() -> None:
    text = page()
    assert not re.search(r"^\s*(import|export) ", text, re.MULTILINE)
    assert "@@" not in text


def test_line_lists_that_the_page_does_not_show_are_left_out() -> None:
    [api, *_] = [file for file in embedded(page())["coverage"] if file["path"].endswith("api.py")]
    assert (api["missing"], api["covered"], api["branches"]) == ([9], [], [])


def test_a_file_measured_twice_is_shown_once() -> None:
    twice = (FileCoverage("a.py", 2, 1, 0, 0, (2,)), FileCoverage("a.py", 2, 1, 0, 0, (1,)))
    assert len(embedded(page(records.run(coverage=twice)))["coverage"]) == 1


_TONES = ("soft", "link", "passed", "failed", "errored", "unavailable", "none")
_TINT = 0.16  # the strongest tint of its own colour that a word stands on


def _luminance(colour: tuple[float, ...]) -> float:
    """Return the relative luminance (WCAG 2.2) of a colour, channels 0 to 255."""
    red, green, blue = (
        each / 12.92 if each <= 0.03928 else ((each + 0.055) / 1.055) ** 2.4 for each in (part / 255 for part in colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("tone", _TONES)
@pytest.mark.parametrize("scheme", [0, 1])
def test_every_colour_that_words_have_can_be_read(tone: str, scheme: int) -> None:
    schemes = re.findall(r":root \{([^}]*)\}", page())
    values = dict(re.findall(r"--([\w-]+): #([0-9a-f]{6});", schemes[scheme]))
    word, panel = (tuple(bytes.fromhex(values[name])) for name in (tone, "panel"))
    ground = tuple(_TINT * own + (1 - _TINT) * below for own, below in zip(word, panel, strict=True))
    for behind in (panel, ground):
        dark, light = sorted((_luminance(word), _luminance(behind)))
        assert (light + 0.05) / (dark + 0.05) >= 4.5  # WCAG 2.2, success criterion 1.4.3
