"""Publishing to real stores, and back: what is there is skipped, nothing is written over, the index is the last."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from lockstep import cli
from tests.e2e import releasing
from tests.e2e.proxying import Proxy, proxied
from tests.e2e.registries import registry
from tests.e2e.releasing import Cloud, Shop, Stores

pytestmark = pytest.mark.e2e

Say = Callable[..., tuple[int, str]]


class Bench(msgspec.Struct, frozen=True):
    """The three stores, each behind a proxy."""

    index: Proxy
    registry: Proxy
    cloud: Proxy
    aws: Cloud

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


@pytest.fixture(scope="module")
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
        yield Bench(first, second, third, aws)


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Say:
    for name, value in releasing.CREDENTIALS.items():
        monkeypatch.setenv(name, value)

    def typed(*words: str) -> tuple[int, str]:
        code = 0
        try:
            cli.main(["lockstep", *words])
        except SystemExit as ended:
            code = int(ended.code or 0)
        shown = capsys.readouterr()
        return code, shown.out + shown.err

    return typed


@pytest.fixture
def shop(
    bench: Bench, say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Shop:
    name = request.node.name.removeprefix("test_").partition("[")[0].replace("_", "x")[:40]
    made = releasing.shop(tmp_path / "shop", bench.stores, name)
    monkeypatch.chdir(made.root)
    assert say("release.mirror-setup", "--apply")[0] == 0
    for proxy in bench.all:
        proxy.seen.clear()
    return made


def test_a_release_goes_everywhere_once_and_comes_back(shop: Shop, say: Say, bench: Bench, tmp_path: Path) -> None:
    code, printed = say("release.publish")
    assert code == 0
    assert "nothing was changed" in printed
    assert not any(proxy.written() for proxy in bench.all)

    code, printed = say("release.publish", "--apply")
    assert code == 0, printed
    assert "the release is whole" in printed
    assert bench.cloud.written()[-1].startswith(f"/{shop.bucket}/shop/releases/{shop.commit}/v1.2.0.json")

    for proxy in bench.all:
        proxy.seen.clear()
    code, printed = say("release.publish", "--apply")
    assert code == 0, printed
    assert printed.splitlines()[-1].startswith("0 steps taken")
    assert not any(proxy.written() for proxy in bench.all)

    for subject in ("v1.2.0", shop.commit, shop.image.digest, shop.wheel.digest):
        target = tmp_path / f"back-{subject[-8:]}"
        code, printed = say("release.restore", subject, "--into", str(target))
        assert code == 0, printed
        back = {each.relative_to(target).as_posix(): each.read_bytes() for each in target.rglob("*") if each.is_file()}
        index = json.loads(back.pop("release.json"))
        assert index["build"] == f"v1.2.0+{shop.commit}"
        layout = f"artifacts/till/{shop.image.name}"
        for name in (f"{layout}/index.json", f"{layout}/oci-layout"):
            back.pop(name)
        assert back == {path: data for path, data in shop.files.items() if path in back}
        assert set(back) >= {"run.json", "evidence/lint.json", f"artifacts/till/{shop.wheel.name}"}
