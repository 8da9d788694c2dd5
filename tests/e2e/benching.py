"""The stores of a release behind proxies, a repository with a release to publish, and one that is published."""

import hashlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from tests.e2e import forking, releasing
from tests.e2e.forking import Parent
from tests.e2e.proxying import Fault, Proxy, Refused, Seen, proxied
from tests.e2e.registries import registry
from tests.e2e.releasing import Cloud, Shop, Stores
from tests.typed import typed

Say = Callable[..., tuple[int, str]]


class Bench(msgspec.Struct, frozen=True):
    """The three stores, each behind a proxy; the first two keep what they hold in `index` and `registry` of a folder."""

    index: Proxy
    registry: Proxy
    cloud: Proxy
    aws: Cloud
    folder: Path

    @property
    def all(self) -> tuple[Proxy, Proxy, Proxy]:
        return self.index, self.registry, self.cloud

    @property
    def stores(self) -> Stores:
        return Stores(self.index.address, self.registry.address, self.cloud.address, self.aws.key)

    def released(self, shop: Shop) -> list[str]:
        """Return the names of the indexes in the mirror."""
        listed = self.aws.client("s3").list_objects_v2(Bucket=shop.bucket, Prefix="shop/releases/")
        return [each["Key"] for each in listed.get("Contents", ())]

    def written(self) -> list[str]:
        """Return the paths of requests that wrote something and succeeded, store by store."""
        return [path for proxy in self.all for path in proxy.written()]

    def clear(self) -> None:
        """Forget what was asked so far."""
        for proxy in self.all:
            proxy.seen.clear()

    def forget(self, shop: Shop) -> None:
        """Take a release out of the index and out of the registry, which nobody who publishes can."""
        (self.folder / "index" / shop.wheel.name).unlink()
        shutil.rmtree(self.folder / "registry/blobs/docker/registry/v2/repositories/shop" / shop.image.name)


@pytest.fixture(scope="session")
def bench(tool: Callable[[str], tuple[str, ...]], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("stores")
    tool("crane")
    with (
        releasing.cloud() as aws,
        releasing.python_index(folder / "index") as index,
        registry(tool("registry"), folder / "registry") as images,
        proxied(index) as first,
        proxied(images) as second,
        proxied(aws.address) as third,
    ):
        yield Bench(first, second, third, aws, folder)


@pytest.fixture(scope="session")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parent]:
    with forking.parent(tmp_path_factory.mktemp("forks")) as waiting:
        yield waiting


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Say:
    for name, value in releasing.CREDENTIALS.items():
        monkeypatch.setenv(name, value)

    def said(*words: str) -> tuple[int, str]:
        code, out, err = typed(capsys, *words)
        return code, out + err

    return said


@pytest.fixture
def shop(
    bench: Bench, say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Shop:
    name = f"shop{hashlib.sha256(request.node.name.encode()).hexdigest()[:12]}"
    made = releasing.shop(tmp_path / "shop", bench.stores, name)
    monkeypatch.chdir(made.root)
    assert say("release.mirror-setup", "--apply")[0] == 0
    bench.clear()
    return made


@pytest.fixture(scope="session")
def whole(bench: Bench, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A release that is published; tests leave its mirror as it was."""
    made = releasing.shop(tmp_path_factory.mktemp("whole") / "shop", bench.stores)
    for words in (("release.mirror-setup", "--apply"), ("release.publish", "--apply")):
        running = releasing.start(made.root, *words)
        printed = running.communicate()[0].decode()
        assert running.returncode == 0, printed
    return made


@pytest.fixture
def published(whole: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.chdir(whole.root)
    return whole


# One request of each kind of step, in order.
STEPS = (
    ("index", "POST", "/"),
    ("registry", "POST", "/blobs/uploads/"),
    ("registry", "PUT", "/manifests/{commit}"),
    ("registry", "PUT", "/manifests/v1.2.0"),
    ("cloud", "PUT", "/shop/audit/"),
    ("cloud", "PUT", "/shop/artifacts/"),
    ("cloud", "PUT", "/shop/digests/"),
    ("cloud", "PUT", "/shop/releases/"),
)


def at(step: tuple[str, str, str], shop: Shop, fault: Fault) -> Fault:
    """Return the fault at the first request of a step."""
    _, method, part = step
    wanted = part.format(commit=shop.commit)

    def play(seen: Seen) -> None:
        if seen.method == method and wanted in seen.path and not seen.call:
            fault(seen)

    return play


def refuse(_: Seen) -> None:
    raise Refused(403)


def assert_written_once(bench: Bench, shop: Shop) -> None:
    """Every thing was written once: no file, tag or object twice."""
    names = [path for path in bench.cloud.written() if path.startswith(f"/{shop.bucket}/")]
    tags = [path for path in bench.registry.written() if "/manifests/" in path and shop.image.name in path]
    assert len(names) == len(set(names))
    assert len(tags) == len(set(tags)) == 2
    assert len(bench.index.written()) == 1
