"""A bug is told in one clear error, wherever its traceback can be written."""

from pathlib import Path

import pytest

from lockstep.host import crash


def bug(key: str) -> Exception:
    nothing: dict[str, str] = {}
    with pytest.raises(KeyError) as caught:
        nothing[key]
    return caught.value


def test_the_traceback_is_in_a_file_and_secrets_are_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEPLOY_TOKEN", "lamps-lamps")
    told = crash.told(bug("lamps-lamps"), tmp_path / "runs")
    assert (told.what, told.exit_code) == ("Lockstep has a bug: KeyError: '***'", 5)
    assert told.where == str(tmp_path / "runs" / "crash.txt")
    text = Path(told.where).read_text(encoding="utf-8")
    assert text.startswith("Traceback")
    assert "lamps-lamps" not in text


def test_where_nothing_can_be_written_the_place_of_the_bug_is_told(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("in the way")
    told = crash.told(bug("lamps"), tmp_path / "runs")
    assert told.what == "Lockstep has a bug: KeyError: 'lamps'"
    assert told.where.startswith(f"{__file__}:")


def test_what_was_noted_on_it_is_in_the_file_and_does_not_hide_what_it_is(tmp_path: Path) -> None:
    error = ValueError("no such lamp")
    error.add_note("while the shop was opened")
    told = crash.told(error, tmp_path)
    assert told.what == "Lockstep has a bug: ValueError: no such lamp"
    assert "while the shop was opened" in Path(told.where).read_text(encoding="utf-8")
