"""This machine as a host."""

from pathlib import Path

import pytest

from lockstep import host


def test_the_store_is_the_one_that_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCKSTEP_STORE", str(tmp_path))
    assert host.system().store == tmp_path


def test_children_are_told_the_store_whatever_their_home_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOCKSTEP_STORE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    machine = host.system()
    assert machine.store == tmp_path / "lockstep"
    assert machine.environ["LOCKSTEP_STORE"] == str(machine.store)
