"""Old runs go, what a killed run left goes, and nothing else does."""

import os
from pathlib import Path

import pytest

from lockstep.engine.housekeeping import KEPT_RUNS, tidy
from lockstep.host.files import PRIVATE
from tests.engine.running import NOW, repository, run

_DAY = 24 * 60 * 60


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return repository(tmp_path / "shop", {"services/a/one.txt": "fine\n"})


def test_the_newest_runs_are_kept(shop: Path) -> None:
    runs = shop / ".lockstep/runs"
    for number in range(KEPT_RUNS + 8):
        (runs / f"202001{number:02}T000000Z-abcdef" / "logs").mkdir(parents=True)
    before = run(shop).id
    assert len(list(runs.iterdir())) == KEPT_RUNS + 9
    now = run(shop).id
    kept = sorted(folder.name for folder in runs.iterdir())
    assert set(kept[-2:]) == {before, now}
    assert len(kept) == KEPT_RUNS
    assert kept[0] == "20200110T000000Z-abcdef"


def test_private_folders_of_killed_runs_go_after_a_day(shop: Path) -> None:
    ours = shop.parent / "temporary" / PRIVATE
    gone = [shop / ".lockstep/tmp/staged-old", Path(f"{ours}action-old")]
    kept = [shop / ".lockstep/tmp/staged-new", Path(f"{ours}action-new")]
    foreign = shop.parent / "temporary" / "other-old"
    for folder, age in (*((each, _DAY + 1) for each in (*gone, foreign)), *((each, _DAY - 1) for each in kept)):
        (folder / "inner").mkdir(parents=True)
        (folder / "inner").chmod(0o500)
        os.utime(folder, (NOW.timestamp() - age,) * 2)
    run(shop)
    assert [folder for folder in gone if folder.exists()] == []
    assert all((folder / "inner").is_dir() for folder in (*kept, foreign))


def test_where_nothing_is_there_nothing_is_done(tmp_path: Path) -> None:
    tidy(tmp_path / "none", tmp_path / "nowhere", NOW.timestamp())
    assert not (tmp_path / "none").exists()


def test_files_and_links_in_the_way_are_left(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "tmp/link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "tmp/gone").symlink_to(tmp_path / "nowhere")
    tidy(tmp_path, tmp_path, NOW.timestamp() + 100 * _DAY)
    assert (tmp_path / "elsewhere").is_dir()


def _aged(folder: Path, days: float) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            os.utime(path, (NOW.timestamp() - days * _DAY,) * 2)


def _cached(shop: Path, room: str) -> set[str]:
    return {path.name for path in (shop / ".lockstep/cache" / room).rglob("*") if path.is_file()}


def test_what_no_run_has_wanted_for_a_month_leaves_the_cache(shop: Path) -> None:
    cache = shop / ".lockstep/cache"
    (old,) = run(shop).actions
    (shop / "services/a/one.txt").write_text("other words\n")
    _aged(cache, 31)
    run(shop)
    assert f"{old.key}.json" not in _cached(shop, "ac")
    assert len(_cached(shop, "ac")) == 1
    assert len(_cached(shop, "cas")) == 1


def test_what_runs_want_stays_however_old_it_is(shop: Path) -> None:
    run(shop)
    for _ in range(3):
        _aged(shop / ".lockstep/cache", 29)
        assert run(shop).actions[0].cached


def test_the_cache_is_gone_through_once_a_day(shop: Path) -> None:
    run(shop)
    stray = shop / ".lockstep/cache/cas/ff/ffff"
    stray.parent.mkdir(parents=True, exist_ok=True)
    stray.write_text("x")
    os.utime(stray, (NOW.timestamp() - 2 * _DAY,) * 2)
    run(shop)
    assert stray.exists()
    os.utime(shop / ".lockstep/cache/pruned", (NOW.timestamp() - 2 * _DAY,) * 2)
    run(shop)
    assert not stray.exists()
