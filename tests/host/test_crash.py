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
