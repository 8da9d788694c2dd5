"""What comes back from a mirror that cannot be believed."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from lockstep.errors import RefusedError, RunError
from lockstep.host.bucket import Bucket
from lockstep.model.digests import of_bytes
from lockstep.releases import manifest, restoring
from lockstep.releases.manifest import Document, Index
from lockstep.releases.restoring import Release

WRITTEN = datetime(2026, 11, 24, 12, tzinfo=UTC)
DATA = b"{}\n"
DIGEST = f"sha256:{of_bytes(DATA)}"
INDEX = Index(
    "",
    "1.2.0",
    "v1.2.0+c",
    "v1.2.0",
    "c" * 40,
    "7" * 40,
    "t",
    "2026-11-24T12:01:00Z",
    "one",
    (),
    (Document("run.json", DIGEST, 3),),
    {},
)


class Store:
    """An S3 client that has `objects`, as far as a bucket asks for them."""

    def __init__(self, objects: dict[str, bytes]) -> None:
        self._objects = objects

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, object]:  # noqa: N803 - the client's own names
        data = self._objects[Key]

        class Body:
            def iter_chunks(self, _: int) -> list[bytes]:
                return [data[:1], data[1:]]

            def read(self) -> bytes:
                return data

        return {"Body": Body(), "LastModified": WRITTEN}

    def get_paginator(self, _: str) -> "Store":
        return self

    def paginate(self, *, Bucket: str, Prefix: str) -> list[dict[str, object]]:  # noqa: N803
        return [{"Contents": [{"Key": name} for name in self._objects if name.startswith(Prefix)]}, {}]


def bucket(index: Index = INDEX, more: dict[str, bytes] | None = None) -> Bucket:
    blob = manifest.blob_name("", manifest.AUDIT, f"{index.commit}/{index.tag}", DIGEST)
    name = manifest.index_name("", index.commit, index.tag)
    return Bucket("mirror", "key", Store({name: index.encoded(), blob: DATA, **(more or {})}))


def release(index: Index = INDEX) -> Release:
    return Release(index, index.encoded())


def accept(_: Path) -> None:
    """Believe it."""


def test_a_release_comes_back_whole(tmp_path: Path) -> None:
    [found] = restoring.find(bucket(), "", INDEX.commit, None)
    assert found == release()
    assert restoring.restore(bucket(), "", found, tmp_path / "back", accept, thaw=False) == 1
    assert (tmp_path / "back/run.json").read_bytes() == DATA
    assert [each.name for each in tmp_path.iterdir()] == ["back"]


def test_what_a_killed_restore_left_is_cleared_away(tmp_path: Path) -> None:
    left = tmp_path / ".back.partial"
    (left / "artifacts").mkdir(parents=True)
    (left / "run.json").write_bytes(b"{")
    restoring.restore(bucket(), "", release(), tmp_path / "back", accept, thaw=False)
    assert [each.name for each in tmp_path.iterdir()] == ["back"]
    assert sorted(each.name for each in (tmp_path / "back").iterdir()) == ["release.json", "run.json"]


def test_two_do_not_restore_into_the_same_folder(tmp_path: Path) -> None:
    def another(_: Path) -> None:
        restoring.restore(bucket(), "", release(), tmp_path / "back", accept, thaw=False)

    with pytest.raises(RefusedError, match="another process is writing there"):
        restoring.restore(bucket(), "", release(), tmp_path / "back", another, thaw=False)
    assert list(tmp_path.iterdir()) == []


def test_an_artifact_leads_only_to_releases_that_have_it() -> None:
    digest = f"sha256:{'1' * 64}"
    pointer = manifest.pointer_name("", digest, INDEX.commit, INDEX.tag)
    with pytest.raises(RefusedError, match=f"v1.2.0 has no artifact {digest}"):
        restoring.find(bucket(more={pointer: b"v1.2.0"}), "", digest, None)
    begun = manifest.pointer_name("", digest, INDEX.commit, "v1.3.0")
    with pytest.raises(RefusedError, match="no release of"):
        restoring.find(bucket(more={begun: b"v1.3.0"}), "", digest, None)


@pytest.mark.parametrize("path", ["../out", "/tmp/out", "a/../../out"])  # noqa: S108 - a path of an attacker
def test_an_index_that_leads_out_of_its_folder_is_refused(tmp_path: Path, path: str) -> None:
    index = msgspec.structs.replace(INDEX, documents=(Document(path, DIGEST, 3),))
    with pytest.raises(RunError, match="leads out of its folder"):
        restoring.restore(bucket(index), "", release(index), tmp_path / "back", accept, thaw=False)
    assert list(tmp_path.iterdir()) == []


def test_what_is_refused_does_not_stay(tmp_path: Path) -> None:
    def refuse(_: Path) -> None:
        raise RefusedError("the evidence does not prove the release")

    with pytest.raises(RefusedError, match="does not prove"):
        restoring.restore(bucket(), "", release(), tmp_path / "back", refuse, thaw=False)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="is there already"):
        restoring.restore(bucket(), "", release(), tmp_path, accept, thaw=False)


def test_another_commit_has_no_release() -> None:
    with pytest.raises(RefusedError, match="no release of"):
        restoring.find(bucket(), "", "e" * 40, None)


def test_a_tag_means_its_own_release_and_no_other_of_its_commit() -> None:
    other = release(msgspec.structs.replace(INDEX, tag="till/v1.2.0"))
    both = (release(), other)
    assert restoring.tagged(both, INDEX.commit) == both
    assert restoring.tagged(both, "till/v1.2.0") == (other,)
    with pytest.raises(RefusedError, match=r"the mirror has no release v1\.3\.0") as refused:
        restoring.tagged(both, "v1.3.0")
    assert refused.value.why == "what it has of that commit is v1.2.0, till/v1.2.0"
