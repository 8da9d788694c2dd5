"""What a run left counts for a release only where it is the release's, whole, and green."""

from pathlib import Path

import msgspec
import pytest

from lockstep.artifacts import layout
from lockstep.errors import RefusedError, RunError
from lockstep.model.artifact import Artifact, ArtifactKind
from lockstep.model.digests import of_bytes
from lockstep.model.record import GateRecord, RepositoryRecord, RunRecord
from lockstep.model.verdict import Verdict
from lockstep.releases import holding
from lockstep.releases.holding import Holding, Tag
from lockstep.releases.versions import Version
from tests.engine.running import git
from tests.releases.cuts import commit, opened, shop

TAG = Tag("v1.2.0", "", Version(1, 2, 0), "c" * 40, "7" * 40, "2026-11-24T12:00:00+00:00")
WHEEL, OLD, ODD = "till-1.2.0-py3-none-any.whl", "till-1.1.0-py3-none-any.whl", "odd.whl"
GATES = ("lint", "types")


def gate(name: str, verdict: Verdict = Verdict.PASSED) -> GateRecord:
    return GateRecord(name, name, "static", verdict, "", "")


def artifact(name: str, data: bytes = b"wheel", component: str = "till") -> Artifact:
    kind = ArtifactKind.WHEEL if name.endswith(".whl") else ArtifactKind.SDIST
    return Artifact(component, kind, name, f"sha256:{of_bytes(data)}", len(data), "any")


GOOD = RunRecord(
    schema_version=1,
    id="one",
    lockstep="0.1.0",
    started="2026-11-24T12:00:00.000+00:00",
    seconds=60.0,
    outcome="passed",
    exit_code=0,
    strict=True,
    repository=RepositoryRecord("shop", TAG.commit, TAG.tree, "main", dirty=False, mode="working-tree"),
    python="3.11.7",
    platform="linux-x86_64",
    cpus=2,
    gates=(gate("lint"), gate("types", Verdict.NOT_APPLICABLE)),
    actions=(),
    artifacts=(artifact(WHEEL),),
    complete=True,
)


def run(folder: Path, record: RunRecord, data: bytes = b"wheel") -> Path:
    for each in record.artifacts:
        path = folder / "artifacts" / each.component / each.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (folder / "evidence").mkdir(parents=True, exist_ok=True)
    (folder / "evidence/lint.sigstore.json").write_bytes(b"{}")
    (folder / "logs").mkdir(exist_ok=True)
    (folder / "logs/lint.txt").write_bytes(b"fine\n")
    (folder / "run.json").write_bytes(msgspec.json.encode(record))
    return folder


def hold(folder: Path, record: RunRecord, tag: Tag = TAG) -> Holding:
    return holding.hold(run(folder, record), tag, GATES)


def test_a_green_run_of_the_commit_holds_the_release(tmp_path: Path) -> None:
    held = hold(tmp_path, GOOD)
    assert held.artifacts == GOOD.artifacts
    assert [each.path for each in held.documents] == ["run.json", "evidence/lint.sigstore.json", "logs/lint.txt"]
    assert held.proved == "2026-11-24T12:01:00+00:00"
    assert set(held.files) == {each.digest for each in held.artifacts} | {each.digest for each in held.documents}


def change(**fields: object) -> RunRecord:
    return msgspec.structs.replace(GOOD, **fields)


def stood(**fields: object) -> RunRecord:
    return change(repository=msgspec.structs.replace(GOOD.repository, **fields))


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (stood(commit="d" * 40), "it is about commit dddddddddddd, and the tag is at cccccccccccc"),
        (stood(commit=""), "it is about commit none, and the tag is at cccccccccccc"),
        (stood(tree="8" * 40), "it is about tree 888888888888, and the tag's is 777777777777"),
        (stood(dirty=True), "its files were not those of the commit"),
        (stood(mode="staged"), "its files were not those of the commit"),
        (change(outcome="incomplete"), "it ended incomplete"),
        (change(complete=False), "it saw only a part of the components, or of the history"),
        (change(gates=(gate("lint"),)), "it did not run types"),
        (change(gates=(gate("lint"), gate("types", Verdict.UNAVAILABLE))), "types is unavailable"),
        (change(gates=(gate("lint", Verdict.ERRORED), gate("types"))), "lint is errored"),
        (change(artifacts=()), "it built nothing"),
        (change(artifacts=(artifact(OLD),)), f"{OLD} is of version 1.1.0, and the release is 1.2.0"),
        (change(artifacts=(artifact("till-1.1.0.tar.gz"),)), "is of version 1.1.0, and the release is 1.2.0"),
        (change(artifacts=(artifact(ODD),)), "Invalid wheel filename"),
    ],
)
def test_a_run_that_proves_something_else_is_refused(tmp_path: Path, record: RunRecord, said: str) -> None:
    with pytest.raises(RefusedError, match=r"the run does not prove v1\.2\.0") as refused:
        hold(tmp_path, record)
    assert said in refused.value.why


def test_all_reasons_are_told_at_once(tmp_path: Path) -> None:
    record = change(outcome="failed", gates=(), artifacts=())
    with pytest.raises(RefusedError) as refused:
        hold(tmp_path, record)
    assert len(refused.value.why.splitlines()) == 3


def test_a_component_is_released_alone(tmp_path: Path) -> None:
    both = change(artifacts=(artifact(WHEEL), artifact("desk-9.0.0-py3-none-any.whl", component="desk")))
    own = msgspec.structs.replace(TAG, component="till", name="till/v1.2.0")
    assert [each.name for each in hold(tmp_path, both, own).artifacts] == [WHEEL]
    with pytest.raises(RefusedError) as refused:
        hold(tmp_path, both, msgspec.structs.replace(own, component="none"))
    assert refused.value.why == "it built nothing of none"


def test_an_artifact_that_is_not_what_the_record_says_is_an_error(tmp_path: Path) -> None:
    run(tmp_path, GOOD, b"other")
    with pytest.raises(RunError, match="not what the run's record says"):
        holding.hold(tmp_path, TAG, GATES)
    (tmp_path / "artifacts/till" / WHEEL).unlink()
    with pytest.raises(RunError, match="cannot read what is to be published"):
        holding.hold(tmp_path, TAG, GATES)


@pytest.mark.parametrize(("started", "why"), [("2026-11-24T12:00:00", "has no zone"), ("today", "cannot be read")])
def test_a_record_that_does_not_tell_when_is_an_error(tmp_path: Path, started: str, why: str) -> None:
    with pytest.raises(RunError, match=why):
        hold(tmp_path, change(started=started))


def image(folder: Path, **marks: bytes) -> RunRecord:
    """Put an image into the folder of a run; `marks` stand in place of a file of its layout."""
    manifest = b'{"mediaType":"application/vnd.oci.image.manifest.v1+json"}'
    made = Artifact("till", ArtifactKind.IMAGE, "till", f"sha256:{of_bytes(manifest)}", len(manifest), "linux/amd64")
    own = folder / "artifacts/till/till"
    (own / "blobs/sha256").mkdir(parents=True)
    (own / "blobs/sha256" / of_bytes(manifest)).write_bytes(manifest)
    for name, content in layout.marks(manifest).items():
        (own / name).write_bytes(marks.get(name.partition(".")[0], content))
    record = change(artifacts=(made,))
    (folder / "run.json").write_bytes(msgspec.json.encode(record))
    return record


def test_an_image_is_held_with_its_layout(tmp_path: Path) -> None:
    record = image(tmp_path)
    assert holding.hold(tmp_path, TAG, GATES).layouts == {record.artifacts[0].digest: tmp_path / "artifacts/till/till"}


def test_an_image_without_a_manifest_is_an_error(tmp_path: Path) -> None:
    record = image(tmp_path)
    made = msgspec.structs.replace(record.artifacts[0], digest=f"sha256:{of_bytes(b'{}')}")
    (tmp_path / "artifacts/till/till/blobs/sha256" / of_bytes(b"{}")).write_bytes(b"{}")
    (tmp_path / "run.json").write_bytes(msgspec.json.encode(change(artifacts=(made,))))
    with pytest.raises(RunError, match="an image has no manifest"):
        holding.hold(tmp_path, TAG, GATES)


def test_a_layout_that_leads_elsewhere_is_an_error(tmp_path: Path) -> None:
    other = layout.marks(b'{"mediaType":"x"}')["index.json"]
    mixed = other[:-1] + b',"Manifests":[]}'  # programs in Go read this as well
    for number, marks in enumerate(({"index": other}, {"index": mixed}, {"index": b"{"}, {"oci-layout": b"{}"})):
        image(tmp_path / str(number), **marks)
        with pytest.raises(RunError, match="an image's layout is not as the run left it"):
            holding.hold(tmp_path / str(number), TAG, GATES)
    (tmp_path / "0/artifacts/till/till/index.json").unlink()
    with pytest.raises(RunError, match="cannot read what is to be published"):
        holding.hold(tmp_path / "0", TAG, GATES)


def test_a_folder_without_a_run_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="there is no run"):
        holding.hold(tmp_path, TAG, GATES)
    for data in (b"{", b'{"\xff": 1}'):
        (tmp_path / "run.json").write_bytes(data)
        with pytest.raises(RunError, match="record of the run cannot be read"):
            holding.hold(tmp_path, TAG, GATES)


def test_links_among_the_documents_are_left_out(tmp_path: Path) -> None:
    run(tmp_path, GOOD)
    (tmp_path / "evidence/stray").symlink_to("/etc/passwd")
    assert "evidence/stray" not in {each.path for each in holding.hold(tmp_path, TAG, GATES).documents}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return shop(tmp_path / "shop", "feat: open")


def test_the_release_is_the_tag_of_head(root: Path) -> None:
    git(root, "tag", "--annotate", "--message", "v1.2.0", "v1.2.0")
    git(root, "tag", "other")
    found = holding.tag_of(opened(root), "", "repository")
    assert (found.name, found.version) == ("v1.2.0", Version(1, 2, 0))
    assert (found.commit, found.tree) == (git(root, "rev-parse", "HEAD"), git(root, "rev-parse", "HEAD^{tree}"))
    assert found.component == ""
    assert holding.tag_of(opened(root), "v1.2.0", "component").component == "."
    commit(root, "docs: later")
    assert holding.tag_of(opened(root), "v1.2.0", "repository") == found


def test_a_component_has_no_release_where_it_has_no_versions(root: Path) -> None:
    git(root, "tag", "--annotate", "--message", "x", "till/v1.2.0")
    with pytest.raises(RefusedError, match="HEAD is no release"):
        holding.tag_of(opened(root), "", "repository")
    with pytest.raises(RefusedError, match=r"till/v1\.2\.0 is not the tag of a release") as refused:
        holding.tag_of(opened(root), "till/v1.2.0", "repository")
    assert refused.value.why == "it is no release's"
    assert holding.tag_of(opened(root), "", "component").component == "till"


def test_what_is_no_release_is_refused(root: Path) -> None:
    with pytest.raises(RefusedError, match="HEAD is no release"):
        holding.tag_of(opened(root), "", "repository")
    git(root, "tag", "v1.0.0")
    with pytest.raises(RefusedError) as refused:
        holding.tag_of(opened(root), "", "repository")
    assert refused.value.why == "it is not annotated"
    with pytest.raises(RefusedError) as refused:
        holding.tag_of(opened(root), "v9.9.9", "repository")
    assert refused.value.why == "there is no such tag"
    git(root, "tag", "--annotate", "--message", "x", "latest")
    with pytest.raises(RefusedError) as refused:
        holding.tag_of(opened(root), "latest", "repository")
    assert refused.value.why == "it is no release's"
    git(root, "tag", "v2.0.0")
    with pytest.raises(RefusedError, match=r"several releases: v1\.0\.0, v2\.0\.0"):
        holding.tag_of(opened(root), "", "repository")
