"""The advisory database in the store, with a downloader that stands in for Trivy's."""

import json
import os
import threading
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from lockstep.config import AdvisoriesConfig, DatabaseConfig, JavaIndexConfig
from lockstep.errors import ToolError
from lockstep.host import Host
from lockstep.host.process import Completed, Process, SystemProcesses
from lockstep.model.event import Event, Preparing
from lockstep.model.gate import Token
from lockstep.toolchain import advisories
from tests.engine.running import NOW, machine

SETTINGS = AdvisoriesConfig(database="r.example/trivy-db:2")
PUBLISHED = NOW - timedelta(hours=1)


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> datetime:
        return self.time

    def monotonic(self) -> float:
        return 0.0


class Downloader(SystemProcesses):
    """Does what `trivy image --download-db-only` does: leaves `content`, published at a time, in its cache folder."""

    def __init__(self, content: bytes = b"advisories", published: datetime = PUBLISHED, version: int = 2) -> None:
        super().__init__()
        self.content, self.published, self.version = content, published, version
        self.done = Completed(0, b"", b"")
        self.asked: list[Process] = []

    def run(self, process: Process) -> Completed:
        self.asked.append(process)
        if not self.done.exit_code:
            java = "--download-java-db-only" in process.argv
            folder = Path(process.argv[process.argv.index("--cache-dir") + 1]) / ("java-db" if java else "db")
            folder.mkdir()
            (folder / ("trivy-java.db" if java else "trivy.db")).write_bytes(self.content)
            promised = self.published + timedelta(hours=24)
            times = {"UpdatedAt": stamp(self.published), "NextUpdate": stamp(promised), "DownloadedAt": stamp(NOW)}
            (folder / "metadata.json").write_text(json.dumps({"Version": self.version, **times}), encoding="utf-8")
        return self.done


def stamp(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.123456789Z")


class Bench(msgspec.Struct, frozen=True):
    """A machine whose Trivy is a stand-in."""

    host: Host
    clock: Clock
    downloader: Downloader
    heard: list[Event]

    def obtain(self, settings: DatabaseConfig = SETTINGS) -> Token:
        return advisories.obtain(self.host, settings, ("trivy",), self.heard.append)

    def current(self, settings: DatabaseConfig = SETTINGS) -> Token | None:
        return advisories.current(self.host, settings)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    clock, downloader = Clock(), Downloader()
    host = msgspec.structs.replace(machine(tmp_path / "store"), clock=clock, processes=downloader)
    return Bench(host, clock, downloader, [])


def test_nothing_is_known_before_it_is_fetched(bench: Bench) -> None:
    assert bench.current() is None
    token = bench.obtain()
    assert bench.current() == token
    assert (Path(token.place) / "db" / "trivy.db").read_bytes() == b"advisories"
    assert Path(token.place).name == token.digest
    assert [each.what for each in bench.heard if isinstance(each, Preparing)] == ["advisory database"] * 2


def test_a_young_one_is_fetched_once(bench: Bench) -> None:
    assert bench.obtain() == bench.obtain()
    assert len(bench.downloader.asked) == 1


def test_trivy_gets_the_reference_the_machines_logins_and_a_limit(bench: Bench) -> None:
    environ = {"HOME": "/home/ada", "HTTPS_PROXY": "http://proxy.example", "AWS_SECRET_ACCESS_KEY": "sesame"}
    host = msgspec.structs.replace(bench.host, environ=environ)
    insecure = msgspec.structs.replace(SETTINGS, insecure=True, timeout=7)
    advisories.obtain(host, insecure, ("/store/trivy",), bench.heard.append)
    (asked,) = bench.downloader.asked
    assert asked.argv[:5] == ("/store/trivy", "image", "--download-db-only", "--db-repository", "r.example/trivy-db:2")
    assert {"--insecure", "--skip-version-check", "--disable-telemetry"} <= set(asked.argv)
    assert (asked.env["DOCKER_CONFIG"], asked.env["HTTPS_PROXY"]) == ("/home/ada/.docker", "http://proxy.example")
    assert "AWS_SECRET_ACCESS_KEY" not in asked.env
    assert asked.timeout == 7


def test_several_at_once_fetch_it_once(bench: Bench) -> None:
    threads = [threading.Thread(target=bench.obtain) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(bench.downloader.asked) == 1


def test_the_same_content_is_the_same_token_wherever_it_comes_from(bench: Bench) -> None:
    other = AdvisoriesConfig(database="mirror.example/trivy-db:2")
    assert bench.obtain() == bench.obtain(other)
    assert len(bench.downloader.asked) == 2


def test_it_is_renewed_when_its_publisher_has_promised_so(bench: Bench) -> None:
    old = bench.obtain()
    bench.clock.time = NOW + timedelta(hours=22)
    assert bench.current() == old
    bench.clock.time = NOW + timedelta(hours=23, seconds=1)
    assert bench.current() is None
    bench.downloader.content, bench.downloader.published = b"more advisories", bench.clock.time
    assert bench.obtain() != old


def test_a_publisher_that_is_late_is_asked_once_an_hour(bench: Bench) -> None:
    old = bench.obtain()
    bench.clock.time = NOW + timedelta(hours=30)
    assert bench.obtain() == old
    assert bench.current() == old
    bench.clock.time += timedelta(hours=1)
    assert bench.current() is None
    assert len(bench.downloader.asked) == 2


def test_what_cannot_be_renewed_is_used_while_it_is_young_enough(bench: Bench) -> None:
    old = bench.obtain()
    bench.downloader.done = Completed(1, b"", b"FATAL\tFatal error\tno route to host")
    bench.clock.time = NOW + timedelta(hours=71)
    assert bench.obtain() == old
    assert bench.current() == old
    assert "not renewed" in str(bench.heard[-1])
    bench.clock.time = NOW + timedelta(hours=72)
    with pytest.raises(ToolError, match="no route to host"):
        bench.obtain()


@pytest.mark.parametrize(
    ("published", "why"),
    [
        (NOW - timedelta(hours=73), "73 hours ago, and max_age is 72 hours"),
        (NOW + timedelta(days=2), "which is yet to come"),
    ],
)
def test_an_age_that_cannot_be_trusted_is_refused(bench: Bench, published: datetime, why: str) -> None:
    bench.downloader.published = published
    with pytest.raises(ToolError, match=why) as raised:
        bench.obtain()
    assert 'database = "registry.example/mirror/trivy-db:2"' in raised.value.remedy
    assert bench.current() is None


def test_the_limit_of_its_age_is_the_repositorys_own(bench: Bench) -> None:
    bench.downloader.published = NOW - timedelta(hours=73)
    longer = msgspec.structs.replace(SETTINGS, max_age=100)
    assert bench.obtain(longer) == bench.current(longer)


def test_without_a_reference_nothing_is_asked(bench: Bench) -> None:
    with pytest.raises(ToolError, match="no advisory database is configured") as raised:
        bench.current(AdvisoriesConfig())
    assert "[advisories]" in raised.value.remedy
    assert bench.downloader.asked == []


@pytest.mark.parametrize(
    ("done", "why"),
    [
        (Completed(1, b"", b"FATAL\tFatal error\tMANIFEST_UNKNOWN"), "MANIFEST_UNKNOWN"),
        (Completed(-15, b"", b"", failure="timeout"), "did not serve it within 600 s"),
        (Completed(127, b"", b"", failure="not-started"), "not-started"),
        (Completed(2, b"", b"panic: boom"), "trivy crashed: boom"),
    ],
)
def test_a_download_that_fails_says_why_and_leaves_nothing(bench: Bench, done: Completed, why: str) -> None:
    bench.downloader.done = done
    with pytest.raises(ToolError, match=why):
        bench.obtain()
    left = [path.name for path in advisories.folder(bench.host).iterdir()]
    assert sorted(left) == [".locks", "CACHEDIR.TAG"]


def test_secrets_are_not_repeated(bench: Bench) -> None:
    host = msgspec.structs.replace(bench.host, environ={"REGISTRY_TOKEN": "opensesame"})
    bench.downloader.done = Completed(1, b"", b"FATAL\tFatal error\tGET https://r.example/?t=opensesame")
    with pytest.raises(ToolError) as raised:
        advisories.obtain(host, SETTINGS, ("trivy",), bench.heard.append)
    assert "opensesame" not in str(raised.value)
    assert bench.heard[-1] == Preparing("advisory database", 1.0, "not to be had")


@pytest.mark.parametrize("metadata", [b"", b"{}", b'{"Version": 2}', b'{"Version": 1, "UpdatedAt": "x"}', b"[]"])
def test_what_is_no_database_is_refused(bench: Bench, metadata: bytes) -> None:
    class Spoilt(Downloader):
        def run(self, process: Process) -> Completed:
            done = super().run(process)
            folder = Path(process.argv[process.argv.index("--cache-dir") + 1]) / "db"
            (folder / "metadata.json").write_bytes(metadata)
            return done

    host = msgspec.structs.replace(bench.host, processes=Spoilt())
    with pytest.raises(ToolError, match="is no advisory database"):
        advisories.obtain(host, SETTINGS, ("trivy",), bench.heard.append)


def test_another_schema_is_refused(bench: Bench) -> None:
    bench.downloader.version = 3
    with pytest.raises(ToolError, match="its schema is 3, and Trivy reads 2"):
        bench.obtain()


@pytest.mark.parametrize("harm", ["truncate", "touch", "delete", "pointer"])
def test_what_has_changed_in_the_store_is_not_believed(bench: Bench, harm: str) -> None:
    token = bench.obtain()
    stored = Path(token.place) / "db" / "trivy.db"
    (pointer,) = advisories.folder(bench.host).glob("*.json")
    match harm:
        case "truncate":
            stored.write_bytes(b"adv")
        case "touch":
            os.utime(stored)
        case "delete":
            stored.unlink()
        case _:
            pointer.write_bytes(pointer.read_bytes()[:20])
    assert bench.current() is None
    assert bench.obtain() == token
    assert stored.read_bytes() == b"advisories"


def test_databases_that_nothing_needs_any_more_are_deleted(bench: Bench) -> None:
    old = Path(bench.obtain().place)
    bench.clock.time = NOW + timedelta(hours=48)
    bench.downloader.content, bench.downloader.published = b"newer", bench.clock.time
    os.utime(old, (NOW.timestamp(), NOW.timestamp()))
    new = Path(bench.obtain().place)
    assert (old.exists(), new.exists()) == (False, True)


def test_a_database_that_was_just_replaced_stays_for_scans_under_way(bench: Bench) -> None:
    old = Path(bench.obtain().place)
    bench.clock.time = NOW + timedelta(hours=24)
    os.utime(old, (bench.clock.time.timestamp() - 60, bench.clock.time.timestamp() - 60))
    bench.downloader.content, bench.downloader.published = b"newer", bench.clock.time
    bench.obtain()
    assert old.exists()


def test_a_reference_that_nobody_used_for_a_month_is_forgotten_with_its_database(bench: Bench) -> None:
    old = Path(bench.obtain().place)
    bench.clock.time = NOW + timedelta(days=31)
    os.utime(old, (NOW.timestamp(), NOW.timestamp()))
    bench.downloader.content, bench.downloader.published = b"newer", bench.clock.time
    new = Path(bench.obtain(msgspec.structs.replace(SETTINGS, database="mirror.example/other:2")).place)
    assert (old.exists(), new.exists()) == (False, True)
    assert bench.current() is None


def test_a_bundle_takes_it_to_another_machine(bench: Bench, tmp_path: Path) -> None:
    token = bench.obtain()
    advisories.pack(bench.host, SETTINGS, tmp_path / "content")
    other = msgspec.structs.replace(bench.host, store=tmp_path / "other")
    assert advisories.adopt(other, tmp_path / "content") == {"advisory database": "r.example/trivy-db:2"}
    there = advisories.current(other, SETTINGS)
    assert there is not None
    assert there.digest == token.digest
    assert (Path(there.place) / "db" / "trivy.db").read_bytes() == b"advisories"


def test_a_bundle_without_one_changes_nothing(bench: Bench, tmp_path: Path) -> None:
    assert advisories.adopt(bench.host, tmp_path) == {}
    assert not advisories.folder(bench.host).exists()
    with pytest.raises(ToolError, match="cannot be had"):
        advisories.pack(bench.host, SETTINGS, tmp_path / "content")


@pytest.mark.parametrize("harm", ["other", "pointer", "missing"])
def test_a_bundle_that_does_not_hold_together_is_refused(bench: Bench, tmp_path: Path, harm: str) -> None:
    bench.obtain()
    content = tmp_path / "content"
    advisories.pack(bench.host, SETTINGS, content)
    match harm:
        case "other":
            (content / "advisories" / "trivy.db").write_bytes(b"of somebody else")
        case "pointer":
            (content / "advisories" / "pointer.json").write_text("{}")
        case _:
            (content / "advisories" / "metadata.json").unlink()
    other = msgspec.structs.replace(bench.host, store=tmp_path / "other")
    with pytest.raises(ToolError, match="advisory database"):
        advisories.adopt(other, content)
    assert advisories.current(other, SETTINGS) is None


JAVA = JavaIndexConfig(database="r.example/trivy-java-db:1")


def test_the_index_of_java_archives_is_had_in_the_same_way(bench: Bench, tmp_path: Path) -> None:
    bench.downloader.version, bench.downloader.published = 1, NOW - timedelta(hours=300)
    token = bench.obtain(JAVA)
    assert (Path(token.place) / "java-db" / "trivy-java.db").read_bytes() == b"advisories"
    assert bench.current(JAVA) == token == bench.obtain(JAVA)
    (asked,) = bench.downloader.asked
    assert asked.argv[1:5] == ("image", "--download-java-db-only", "--java-db-repository", "r.example/trivy-java-db:1")
    advisories.pack(bench.host, JAVA, tmp_path / "content")
    other = msgspec.structs.replace(bench.host, store=tmp_path / "other")
    assert advisories.adopt(other, tmp_path / "content") == {"index of Java archives": "r.example/trivy-java-db:1"}
    there = advisories.current(other, JAVA)
    assert there is not None
    assert there.digest == token.digest


def test_an_index_that_is_too_old_is_told_by_its_name(bench: Bench) -> None:
    bench.downloader.version, bench.downloader.published = 1, NOW - timedelta(hours=337)
    with pytest.raises(ToolError, match="the index of Java archives cannot be had") as raised:
        bench.obtain(JAVA)
    assert "337 hours ago, and max_age is 336 hours" in str(raised.value.why)
    assert "[advisories.java_index]" in raised.value.remedy
    with pytest.raises(ToolError, match="no index of Java archives is configured"):
        bench.current(JavaIndexConfig())


def test_both_databases_lie_in_a_store_and_in_a_bundle_together(bench: Bench, tmp_path: Path) -> None:
    advisory = bench.obtain()
    bench.downloader.version, bench.downloader.content = 1, b"archives"
    index = bench.obtain(JAVA)
    assert bench.current() == advisory
    for settings in (SETTINGS, JAVA):
        advisories.pack(bench.host, settings, tmp_path / "content")
    other = msgspec.structs.replace(bench.host, store=tmp_path / "other")
    assert set(advisories.adopt(other, tmp_path / "content").values()) == {SETTINGS.database, JAVA.database}
    found = [advisories.current(other, settings) for settings in (SETTINGS, JAVA)]
    assert [each.digest for each in found if each] == [advisory.digest, index.digest]
