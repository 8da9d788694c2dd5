"""The steps of publishing, in order."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from lockstep import config as configuration
from lockstep.errors import ConfigError, RefusedError
from lockstep.host.bucket import Bucket
from lockstep.model.artifact import Artifact, ArtifactKind
from lockstep.model.digests import of_bytes
from lockstep.releases import assembling, manifest
from lockstep.releases.assembling import Stores
from lockstep.releases.attestation import Attested
from lockstep.releases.holding import Holding, Tag
from lockstep.releases.manifest import Document
from lockstep.releases.mirror import Mirrored
from lockstep.releases.registry import Registry
from lockstep.releases.versions import Version
from tests.engine.running import machine

NOW = datetime(2026, 11, 24, tzinfo=UTC)
DIGESTS = [f"sha256:{character * 64}" for character in "0123456789"]
WHEEL = Artifact("till", ArtifactKind.WHEEL, "till_x-1.2.0-py3-none-any.whl", DIGESTS[0], 7, "any")
SDIST = Artifact("till", ArtifactKind.SDIST, "till_x-1.2.0.tar.gz", DIGESTS[1], 7, "any")
IMAGE = Artifact("till", ArtifactKind.IMAGE, "till", DIGESTS[2], 7, "linux/amd64", (DIGESTS[3], DIGESTS[4]))
RECORD = Document("run.json", DIGESTS[5], 3)
TAG = Tag("till/v1.2.0", "till", Version(1, 2, 0), "c" * 40, "7" * 40, "2026-11-24T12:00:00+00:00")
CONFIG = configuration.parse(b"""
[release]
index = { upload = "https://pypi.shop.example/", simple = "https://pypi.shop.example/simple/" }
registry = { repository = "registry.shop.example/shop/" }
mirror = { bucket = "mirror", prefix = "shop/", key = "alias/shop" }
""").release


def holding(*artifacts: Artifact) -> Holding:
    files = {digest: Path(digest) for digest in DIGESTS[:6]}
    return Holding(
        TAG, "one", "2026-11-24T12:01:00+00:00", artifacts, (RECORD,), files, dict.fromkeys(DIGESTS, Path("layout"))
    )


def steps(tmp_path: Path, *artifacts: Artifact) -> dict[str, object]:
    host = machine(tmp_path / "store")
    stores = Stores(host, Registry(host, (), {}, insecure=False, timeout=5), Bucket("mirror", "key", None))
    made = assembling.steps(holding(*artifacts), CONFIG, stores, NOW)
    assert len({each.name for each in made}) == len(made)
    return {each.name: each.target for each in made}


def test_packages_go_first_then_images_then_the_mirror_and_last_the_index(tmp_path: Path) -> None:
    commit, release = TAG.commit, f"{TAG.commit}/till/v1.2.0/sha256/"
    audit, artifacts = f"s3://mirror/shop/audit/{release}", f"s3://mirror/shop/artifacts/{release}"
    assert list(steps(tmp_path, WHEEL, SDIST, IMAGE)) == [
        f"{WHEEL.name} to the index",
        f"{SDIST.name} to the index",
        f"registry.shop.example/shop/till:{commit}",
        "registry.shop.example/shop/till:v1.2.0",
        f"{audit}{DIGESTS[5][7:]}",
        *(f"{artifacts}{digest[7:]}" for digest in DIGESTS[:5]),
        *(f"s3://mirror/shop/digests/sha256/{digest[7:]}/{commit}/till/v1.2.0" for digest in DIGESTS[:3]),
        f"s3://mirror/shop/releases/{commit}/till/v1.2.0.json",
    ]


def test_what_audits_need_is_locked_and_artifacts_are_not(tmp_path: Path) -> None:
    made = [each for each in steps(tmp_path, WHEEL).values() if isinstance(each, Mirrored | Attested)]
    locked = {each.name.split("/")[1] for each in made if each.retention}
    assert locked == {"audit", "digests", "releases"}
    assert {each.name.split("/")[1] for each in made if not each.retention} == {"artifacts"}


def test_what_is_a_document_and_a_blob_lies_in_both_places(tmp_path: Path) -> None:
    same = msgspec.structs.replace(WHEEL, digest=RECORD.digest)
    [name] = [name for name in steps(tmp_path, same) if "/audit/" in name]
    assert name.replace("/audit/", "/artifacts/") in steps(tmp_path, same)


def test_two_things_of_one_name_are_refused_and_the_same_twice_is_one(tmp_path: Path) -> None:
    twin = msgspec.structs.replace(IMAGE, component="desk")
    assert steps(tmp_path, IMAGE, twin).keys() == steps(tmp_path, IMAGE).keys()
    with pytest.raises(RefusedError, match=r"two things are called registry\.shop\.example/shop/till:c"):
        steps(tmp_path, IMAGE, msgspec.structs.replace(twin, digest=DIGESTS[4]))


def test_releases_share_no_objects_for_each_expires_with_its_own() -> None:
    first, second = (manifest.blob_name("shop/", manifest.ARTIFACTS, f"{TAG.commit}/{tag}", DIGESTS[0]) for tag in "ab")
    assert first != second


def test_the_index_says_what_there_is_and_where_and_is_the_same_for_the_same() -> None:
    index = assembling.index_of(holding(WHEEL, IMAGE), CONFIG)
    assert index.build == f"v1.2.0+{TAG.commit}"
    assert index.places == {
        WHEEL.digest: (f"https://pypi.shop.example/simple/till-x/{WHEEL.name}",),
        IMAGE.digest: (f"registry.shop.example/shop/till:{TAG.commit}", "registry.shop.example/shop/till:v1.2.0"),
    }
    again = assembling.index_of(holding(WHEEL, IMAGE), CONFIG).encoded()
    assert of_bytes(again) == of_bytes(index.encoded())
    assert manifest.decoded(again, "there") == index


@pytest.mark.parametrize(
    ("artifact", "said"), [(WHEEL, "[release.index] upload"), (IMAGE, "[release.registry] repository")]
)
def test_what_has_no_place_to_go_to_is_refused(tmp_path: Path, artifact: Artifact, said: str) -> None:
    nowhere = configuration.parse(b"").release
    host = machine(tmp_path / "store")
    with pytest.raises(ConfigError, match="no place to go to") as refused:
        assembling.steps(holding(artifact), nowhere, Stores(host, None, Bucket("mirror", "key", None)), NOW)
    assert said in refused.value.why
