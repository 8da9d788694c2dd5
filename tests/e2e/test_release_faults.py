"""Stores that fail, are slow or gone, processes that are killed, full disks: the next try completes."""

import shutil
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e import filling, releasing
from tests.e2e.benching import STEPS, Bench, Say, assert_written_once, at, refuse
from tests.e2e.filling import Try
from tests.e2e.proxying import Broken, Fault, Proxy, Seen, healthy
from tests.e2e.registries import free_port
from tests.e2e.releasing import CREDENTIALS, Shop
from tests.releases import cuts
from tests.releases.cuts import commit

pytestmark = pytest.mark.e2e


def until(over: threading.Event) -> Fault:
    """Return a fault that holds up every request until it is over."""

    def wait(_: Seen) -> None:
        over.wait(60)

    return wait


def test_a_store_that_is_slow_is_given_up_in_time(published: Shop, say: Say, bench: Bench) -> None:
    settings = published.root / "lockstep.toml"
    before = settings.read_text(encoding="utf-8")
    settings.write_text(before.replace("timeout = 30", "timeout = 1"), encoding="utf-8")
    for proxy in bench.all:
        over = threading.Event()
        proxy.fault = until(over)
        code, printed = say("release.publish")
        over.set()
        proxy.fault = healthy
        assert code == 5, printed
        assert "error: " in printed
        assert "cannot" in printed
    settings.write_text(before, encoding="utf-8")


def test_a_store_that_is_slow_to_write_is_given_up_and_the_next_try_completes(
    shop: Shop, say: Say, bench: Bench
) -> None:
    settings = shop.root / "lockstep.toml"
    before = settings.read_text(encoding="utf-8")
    settings.write_text(before.replace("timeout = 30", "timeout = 2"), encoding="utf-8")
    for step in (STEPS[0], STEPS[2], STEPS[4]):
        proxy: Proxy = getattr(bench, step[0])
        over = threading.Event()

        def hold(_: Seen, over: threading.Event = over) -> None:
            over.wait(60)
            raise Broken

        proxy.fault = at(step, shop, hold)
        code, printed = say("release.publish", "--apply")
        over.set()
        proxy.fault = healthy
        assert (code, "error: " in printed) == (5, True), (step, printed)
        assert bench.released(shop) == []
    settings.write_text(before, encoding="utf-8")
    assert say("release.publish", "--apply")[0] == 0
    assert_written_once(bench, shop)


def test_whoever_interrupts_does_not_wait_for_a_store(published: Shop, bench: Bench) -> None:
    asked, over = threading.Event(), threading.Event()

    def hold(_: Seen) -> None:
        asked.set()
        over.wait(120)

    bench.registry.fault = hold
    running = releasing.start(published.root, "release.publish", "--apply")
    assert asked.wait(60)
    running.send_signal(signal.SIGINT)
    printed = running.communicate(timeout=25)[0].decode()  # the store would be given up after 30 seconds
    over.set()
    bench.registry.fault = healthy
    assert running.returncode == 1
    assert printed.endswith("interrupted; the same command goes on from there\n")


@pytest.mark.parametrize("name", ["index", "registry", "cloud"])
def test_a_store_that_is_down_is_named_before_anything_is_written(
    published: Shop, bench: Bench, say: Say, name: str
) -> None:
    nowhere, settings = f"127.0.0.1:{free_port()}", published.root / "lockstep.toml"
    before = settings.read_text(encoding="utf-8")
    for proxy in bench.all:
        proxy.seen.clear()
    settings.write_text(before.replace(getattr(bench.stores, name), nowhere), encoding="utf-8")
    code, printed = say("release.publish", "--apply")
    settings.write_text(before, encoding="utf-8")
    assert code == 5, printed
    assert nowhere in printed
    assert not any(proxy.written() for proxy in bench.all)


def test_whichever_step_fails_the_next_try_goes_on_from_there(shop: Shop, say: Say, bench: Bench) -> None:
    for step in STEPS:
        proxy: Proxy = getattr(bench, step[0])
        proxy.fault = at(step, shop, refuse)
        code, printed = say("release.publish", "--apply")
        proxy.fault = healthy
        assert code == 5, (step, printed)
        assert "error: " in printed
        assert bench.released(shop) == [], step
    for subject in (shop.commit, shop.wheel.digest):
        code, printed = say("release.restore", subject)
        assert (code, "the mirror has no release of" in printed) == (6, True)
    code, printed = say("release.publish", "--apply")
    assert code == 0, printed
    assert "an earlier try took" in printed
    assert printed.splitlines()[-1].startswith("1 steps taken")
    assert_written_once(bench, shop)


def test_an_answer_that_is_lost_is_asked_for_again(shop: Shop, say: Say, bench: Bench) -> None:
    def lose(_: Seen) -> None:
        raise Broken(after=True)

    for step in (STEPS[0], STEPS[4], STEPS[7]):
        proxy: Proxy = getattr(bench, step[0])
        proxy.fault = at(step, shop, lose)
        say("release.publish", "--apply")
        proxy.fault = healthy
    code, printed = say("release.publish", "--apply")
    assert code == 0, printed
    assert printed.splitlines()[-1].startswith("0 steps taken")
    assert_written_once(bench, shop)
    assert len(bench.released(shop)) == 1


LOCKSTEP = (sys.executable, "-c", "from lockstep import cli; cli.main()")


def assert_told(tries: list[Try]) -> None:
    """Every try but the last ends with one error, which says what would help."""
    *full, last = tries
    assert last.exit_code == 0, last.printed
    assert full
    for each in full:
        assert each.exit_code in {3, 5}, each.printed
        assert each.printed.count("error: ") == 1, each.printed
        assert "mend: free some space and run again" in each.printed, each.printed


def test_a_full_disk_stops_a_publication_which_then_completes(shop: Shop, bench: Bench, tmp_path: Path) -> None:
    source = tmp_path / "source"
    shutil.copytree(shop.root, source / "shop", symlinks=True)
    shutil.copy(shop.root.parent / "ci.key", source / "ci.key")
    tries = filling.tries(tmp_path / "full", source, (*LOCKSTEP, "release.publish", "--apply"), 1, **CREDENTIALS)
    assert_told(tries)
    assert "published " in tries[-2].printed
    assert "1 were; the release is whole" in tries[-1].printed
    assert_written_once(bench, shop)


def test_a_full_disk_stops_a_restoration_which_then_completes(published: Shop, tmp_path: Path) -> None:
    words = (*LOCKSTEP, "release.restore", "v1.2.0", "--into", str(tmp_path / "full/back"))
    tries = filling.tries(tmp_path / "full", None, words, 12, **CREDENTIALS)
    assert_told(tries)
    assert published.commit in tries[-1].printed


def test_a_full_disk_stops_a_cut_which_then_completes(tmp_path: Path, tool: Callable[[str], tuple[str, ...]]) -> None:
    tool("git-cliff")
    source = tmp_path / "source"
    settings = '[repository]\nbase = "main"\n[release]\nchangelog = "NEWS.md"\n'
    root = cuts.shop(source / "shop", "feat: open", files={"lockstep.toml": settings})
    commit(root, "fix: more")
    tries = filling.tries(tmp_path / "full", source, (*LOCKSTEP, "release.cut", "--apply"), 1)
    assert_told(tries)
    assert "v0.1.0 is cut" in tries[-1].printed
