"""What the store holds, whether it is whole, and what of it may go."""

import os
import threading
from pathlib import Path

import pytest

from lockstep.errors import RefusedError
from lockstep.host.files import CACHEDIR_TAG, locked
from lockstep.toolchain import store, upkeep
from tests.toolchain.yards import Yard, entry


def _states(yard: Yard) -> dict[str, upkeep.State]:
    return {state.name: state for state in upkeep.states(yard.host, yard.lock)}


def _problems(yard: Yard) -> list[str]:
    return [found.problem if isinstance(found, upkeep.Damage) else "" for found in upkeep.damages(yard.host)]


def test_every_entry_says_how_it_stands(yard: Yard) -> None:
    machine = '[[{0}.sources]]\nkind = "machine"\nprogram = "{1}"\n'
    other = '[[{0}.sources]]\nkind = "tool"\ntool = "lamp"\n'
    yard.write(
        entry(yard.vendor()),
        entry(machine.format("shell", "sh"), name="shell"),
        entry(machine.format("torch", "no-torch") + other.format("torch"), name="torch"),
    )
    assert _states(yard)["lamp"].state == "missing"
    yard.provide("lamp")
    states = _states(yard)
    assert list(states) == sorted(states)
    lamp = states["lamp"]
    assert (lamp.state, lamp.source, lamp.where, lamp.size) == (
        "installed",
        "the vendor's release",
        str(yard.folder("lamp")),
        len(b"#!/bin/sh\necho lamp\n"),
    )
    assert (states["shell"].state, Path(states["shell"].where).name) == ("machine", "sh")
    assert (states["torch"].state, states["torch"].where) == ("entry", "lamp")
    assert states["ruff"].state == "missing"


def test_a_change_of_size_or_time_shows_at_a_glance(yard: Yard) -> None:
    yard.write(entry(yard.vendor()))
    os.utime(yard.provide("lamp")["lamp"][0], (1, 1))
    assert (_states(yard)["lamp"].state, _states(yard)["lamp"].problem) == ("damaged", "bin/lamp has changed")


def _same_size_and_time(path: Path, data: bytes) -> None:
    status = path.stat()
    path.chmod(0o644)
    path.write_bytes(data)
    path.chmod(status.st_mode)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def test_every_byte_is_read_where_that_is_asked_for(yard: Yard) -> None:
    yard.write(entry(yard.wheels()))
    yard.provide("lamp")
    assert _problems(yard) == [""]
    module = next(yard.folder("lamp").glob("lib/python*/site-packages/lamp.py"))
    _same_size_and_time(module, module.read_bytes().replace(b"1.0.0", b"6.6.6"))
    assert _states(yard)["lamp"].state == "installed"
    (problem,) = _problems(yard)
    assert problem.endswith("site-packages/lamp.py has changed")


def test_a_file_that_was_added_is_damage(yard: Yard) -> None:
    yard.write(entry(yard.vendor()))
    yard.provide("lamp")
    (yard.folder("lamp") / "bin" / "evil").write_text("")
    assert _problems(yard) == ["bin/evil was added"]


def test_tools_of_other_versions_and_unfinished_work_are_left_over(yard: Yard) -> None:
    yard.write(entry(yard.vendor()))
    yard.provide("lamp")
    old = yard.folder("lamp")
    yard.write(entry(yard.vendor(), version="1.1.0"))
    yard.provide("lamp")
    half = yard.store / "tools" / ".tmp-ruff-1.0-0123456789abcdef-x_1y"
    (half / "deep").mkdir(parents=True)
    (half / "deep" / "file").write_text("12345")
    broken = yard.store / "tools" / "torch-1.0.0-0123456789abcdef"
    broken.mkdir()
    found = {left.folder: (left.why, left.size) for left in upkeep.leftovers(yard.host, yard.lock)}
    assert found == {
        half: ("left by an installation that was cut short", 5),
        broken: ("left by an installation that was cut short", 0),
        old: ("not in the tool lock", len(b"#!/bin/sh\necho lamp\n")),
    }
    for folder in found:
        upkeep.remove(yard.host, folder)
    assert [path.name[:10] for path in store.folders(yard.store)] == ["lamp-1.1.0"]


def test_what_is_not_the_stores_own_is_never_left_over(yard: Yard) -> None:
    yard.write(entry(yard.vendor()))
    yard.provide("lamp")
    for name in ("holiday", "lamp-1.0.0", "README"):
        (yard.store / "tools" / name).mkdir()
    (yard.store / "tools" / "link-1.0.0-0123456789abcdef").symlink_to(yard.root)
    assert upkeep.leftovers(yard.host, yard.lock) == ()
    upkeep.remove_all(yard.host)
    assert {"holiday", "lamp-1.0.0", "README"} < set(yard.left())
    assert (yard.root / "lock.toml").exists()


def test_everything_goes_but_the_store_itself(yard: Yard) -> None:
    yard.write(entry(yard.vendor()))
    yard.provide("lamp")
    cache = yard.store / "go" / "build"
    cache.mkdir(parents=True)
    (cache / "object").write_text("12345")
    assert upkeep.total(yard.host) > 5 + len(b"#!/bin/sh\necho lamp\n")
    upkeep.remove_all(yard.host)
    assert (yard.left(), (yard.store / "go").exists(), upkeep.total(yard.host)) == ([], False, 0)
    assert (yard.store / "tools" / CACHEDIR_TAG).is_file()


def test_a_store_that_is_not_there_holds_nothing(yard: Yard) -> None:
    upkeep.remove_all(yard.host)
    assert upkeep.leftovers(yard.host, yard.lock) == ()
    assert (upkeep.total(yard.host), _problems(yard), yard.store.exists()) == (0, [], False)


def test_nothing_is_deleted_from_a_folder_without_the_tag(yard: Yard) -> None:
    yard.write(entry(yard.vendor()))
    yard.provide("lamp")
    (yard.store / "tools" / CACHEDIR_TAG).unlink()
    folder = yard.folder("lamp")
    with pytest.raises(RefusedError, match=r"has no CACHEDIR\.TAG"):
        upkeep.remove_all(yard.host)
    with pytest.raises(RefusedError, match=r"has no CACHEDIR\.TAG"):
        upkeep.remove(yard.host, folder)
    assert folder.exists()


def test_whoever_is_at_work_is_waited_for(yard: Yard) -> None:
    yard.write(entry(yard.vendor()))
    yard.provide("lamp")
    folder = yard.folder("lamp")
    with store.workplace(yard.store, "bundle") as scratch:
        waiting = [threading.Thread(target=upkeep.remove, args=(yard.host, each)) for each in (folder, scratch)]
        with locked(store.lock_of(folder)):
            for thread in waiting:
                thread.start()
            waiting[0].join(0.3)
            assert folder.exists()
        waiting[0].join()
        assert not folder.exists()
        assert scratch.exists()
    waiting[1].join()
    assert not scratch.exists()
