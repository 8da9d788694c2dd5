"""Processes that are killed while they publish or restore, at every request that writes: the next try completes."""

import contextlib
import hashlib
import itertools
import json
import os
import re
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.e2e.benching import Bench, Say, assert_written_once
from tests.e2e.forking import Ended, Fork, Parent
from tests.e2e.proxying import Broken, Seen, healthy
from tests.e2e.releasing import Shop

pytestmark = pytest.mark.e2e
# What a registry calls an upload that has begun, and what it remembers of it: others for each.
_UPLOAD = re.compile(r"(?<=/blobs/uploads/)[^?]+|_state=[^&]*")


def killed(bench: Bench, running: Fork, wanted: Callable[[Seen], bool], *, after: bool) -> Ended:
    """Kill a process and its own at the first request that is wanted, before a store does it or after; it sees no answer."""
    alone, gone = threading.Lock(), threading.Event()

    def kill(seen: Seen) -> None:
        with alone:
            if not gone.is_set() and wanted(seen):
                gone.set()
                children = psutil.Process(running.pid).children(recursive=True)
                os.kill(running.pid, signal.SIGKILL)
                for each in children:
                    with contextlib.suppress(psutil.NoSuchProcess):
                        each.kill()
                raise Broken(after=after)

    for proxy in bench.all:
        proxy.fault = kill
    try:
        return running.wait()
    finally:
        for proxy in bench.all:
            proxy.fault = healthy


def said(running: Fork, words: str) -> str:
    """Wait until a process has said something, and return all that it said."""
    for _ in range(1000):
        found = running.output.read_text(encoding="utf-8")
        if words in found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"it never said {words!r}, but: {found}")


def thing(path: str) -> str:
    """Return what a request writes, by the path at which it does: the same for every try."""
    return _UPLOAD.sub("", path)


def kept(paths: list[str]) -> list[str]:
    """Return the things that were written for good, in order: a layer may be sent to a registry again, and is the same."""
    return [path for path in paths if "/blobs/" not in path]


def moved(shop: Shop, say: Say, bucket: str) -> None:
    """Let the shop have another mirror, and know nothing of the first."""
    settings = shop.root / "lockstep.toml"
    settings.write_text(settings.read_text(encoding="utf-8").replace(shop.bucket, bucket), encoding="utf-8")
    assert say("release.mirror-setup", "--apply")[0] == 0
    shop.journal.unlink()


def contents(bench: Bench, shop: Shop, bucket: str) -> dict[str, Any]:
    """Return all that the stores hold of a release: file, tags, objects with how they are kept; no version beside another."""
    s3 = bench.aws.client("s3")
    versions = s3.list_object_versions(Bucket=bucket)["Versions"]
    objects = {}
    for each in versions:
        found = s3.get_object(Bucket=bucket, Key=each["Key"])
        data = found["Body"].read()
        if "/releases/" in each["Key"]:  # two signatures of the same differ
            data = json.loads(data)["dsseEnvelope"]["payload"].encode()
        how = [found.get(name) for name in ("ObjectLockMode", "SSEKMSKeyId", "StorageClass")]
        objects[each["Key"]] = (hashlib.sha256(data).hexdigest(), how)
    assert len(versions) == len(objects)
    tags = bench.folder / "registry/blobs/docker/registry/v2/repositories/shop" / shop.image.name / "_manifests/tags"
    pushed = {each.name: (each / "current/link").read_text(encoding="utf-8") for each in tags.iterdir()}
    return {"file": (bench.folder / "index" / shop.wheel.name).read_bytes(), "tags": pushed, "objects": objects}


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_at_any_request_that_writes_the_next_try_goes_on_from_there(
    shop: Shop, say: Say, bench: Bench, forks: Parent, *, after: bool
) -> None:
    """Every process is killed at what no process before was killed at, until one completes.

    Before a request, it has taken the step before in peace; after one, it never learned that the step was taken.
    """
    _, printed = say("release.publish", "--json")
    plan = json.JSONDecoder().raw_decode(printed)[0]
    assert say("release.publish", "--apply")[0] == 0
    whole, order = contents(bench, shop, shop.bucket), kept(bench.written())
    assert len(order) == len(plan) == len(set(order))
    assert "/releases/" in order[-1]
    bench.forget(shop)
    again = f"again-{shop.bucket}"
    moved(shop, say, again)
    bench.clear()
    fatal: list[str] = []

    def fresh(seen: Seen) -> bool:
        if not seen.writes or thing(seen.path) in fatal:
            return False
        fatal.append(thing(seen.path))
        return True

    for count in itertools.count(1):
        code, printed = killed(bench, forks.start(shop.root, "release.publish", "--apply"), fresh, after=after)
        if len(fatal) < count:
            break
        assert code == -signal.SIGKILL, printed
    assert code == 0, printed
    assert printed.splitlines()[-1].endswith("the release is whole")
    renamed = [path.replace(shop.bucket, again) for path in order]
    assert kept(fatal) == renamed
    assert kept(bench.written()) == renamed
    assert not [each for proxy in bench.all for each in proxy.seen if each.writes and each.status >= 400]
    assert contents(bench, shop, again) == whole


def test_the_next_try_waits_for_what_a_killed_one_has_left_running(shop: Shop, bench: Bench, forks: Parent) -> None:
    """Otherwise a push that goes on could set a tag after others have, who found nothing there."""
    over = threading.Event()

    def hold(seen: Seen) -> None:
        if seen.writes and seen.path.endswith("/manifests/v1.2.0"):
            os.kill(running.pid, signal.SIGKILL)
            over.wait(60)

    running = forks.start(shop.root, "release.publish", "--apply")
    bench.registry.fault = hold
    assert running.wait().exit_code == -signal.SIGKILL
    second = forks.start(shop.root, "release.publish", "--apply")
    assert "published" not in said(second, "waiting for it")
    bench.registry.fault = healthy
    over.set()
    ended = second.wait()
    assert ended.exit_code == 0, ended.printed
    assert_written_once(bench, shop)


def test_killed_while_it_restores_the_next_try_completes(
    published: Shop, bench: Bench, forks: Parent, tmp_path: Path
) -> None:
    objects = len(bench.aws.client("s3").list_objects_v2(Bucket=published.bucket, Prefix="shop/a")["Contents"])
    target = tmp_path / "back"
    words = ("release.restore", "v1.2.0", "--into", str(target))
    for last in (1, objects):
        counted = itertools.count(1)
        running = forks.start(published.root, *words)
        ended = killed(bench, running, lambda seen: "/shop/a" in seen.path and next(counted) == last, after=True)  # noqa: B023
        assert ended.exit_code == -signal.SIGKILL, ended.printed
        assert not target.exists()
    ended = forks.start(published.root, *words).wait()
    assert ended.exit_code == 0, ended.printed
    assert [each.name for each in tmp_path.iterdir()] == ["back"]
