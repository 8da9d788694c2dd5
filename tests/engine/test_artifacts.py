"""What actions build, kept by digest and handed out, through runs of the engine."""

import hashlib
import json
from pathlib import Path

import pytest

from lockstep.model.artifact import Artifact, ArtifactKind, Sbom
from lockstep.model.finding import Report
from lockstep.model.gate import Gate, Invocation, Output
from tests.engine.running import check, gate, repository, run, verdicts

# Writes each of the words that follow the folder as a file of its own, named by its digest.
MAKE = """
import hashlib, pathlib, sys
folder = pathlib.Path(sys.argv[1]); folder.mkdir()
for word in sys.argv[2:]:
    (folder / hashlib.sha256(word.encode()).hexdigest()).write_text(word)
"""
MANIFEST = json.dumps({"mediaType": "application/vnd.oci.image.manifest.v1+json", "layers": []})


def digest(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def making(*artifacts: Artifact, words: tuple[str, ...]) -> Gate:
    def argv(given: Invocation) -> tuple[str, ...]:
        return (*given.program("lockstep"), "-c", MAKE, f"{given.scratch}/artifacts", *words)

    def parse(_: Output, __: Invocation) -> Report:
        return Report(artifacts=artifacts)

    return gate(check(argv=argv, parse=parse))


def wheel(text: str = "wheel", name: str = "lamps-1.whl") -> Artifact:
    return Artifact("libs/lamps", ArtifactKind.WHEEL, name, digest(text), len(text), "any")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return repository(tmp_path / "shop", {"services/a/one.txt": "fine\n"})


def test_what_was_built_is_in_the_record_and_in_the_runs_folder(root: Path) -> None:
    record = run(root, making(wheel(), words=("wheel",)))
    assert record.artifacts == (wheel(),)
    assert (root / ".lockstep/latest/artifacts/libs/lamps/lamps-1.whl").read_text() == "wheel"


def test_a_cached_result_still_has_its_files(root: Path) -> None:
    run(root, making(wheel(), words=("wheel",)))
    record = run(root, making(wheel(), words=("wheel",)))
    assert [each.cached for each in record.actions] == [True]
    assert (root / ".lockstep/latest/artifacts/libs/lamps/lamps-1.whl").read_text() == "wheel"


def test_a_result_whose_files_are_gone_is_built_again(root: Path) -> None:
    run(root, making(wheel(), words=("wheel",)))
    kept = root / ".lockstep/cache/cas" / wheel().blobs[0][:2] / wheel().blobs[0]
    kept.unlink()
    record = run(root, making(wheel(), words=("wheel",)))
    assert [each.cached for each in record.actions] == [False]
    assert kept.read_text() == "wheel"


def test_an_image_is_handed_out_as_a_layout(root: Path) -> None:
    image = Artifact("services/a", ArtifactKind.IMAGE, "till", digest(MANIFEST), 9, "linux/amd64", (digest("layer"),))
    run(root, making(image, words=(MANIFEST, "layer")))
    layout = root / ".lockstep/latest/artifacts/services/a/till"
    (named,) = json.loads((layout / "index.json").read_text())["manifests"]
    assert named == {
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "digest": digest(MANIFEST),
        "size": len(MANIFEST),
    }
    assert json.loads((layout / "oci-layout").read_text()) == {"imageLayoutVersion": "1.0.0"}
    blobs = {path.read_text() for path in (layout / "blobs/sha256").iterdir()}
    assert blobs == {MANIFEST, "layer"}


def test_artifacts_may_share_their_files(root: Path) -> None:
    both = (wheel(name="lamps-1.whl"), wheel(name="lamps-2.whl"))
    record = run(root, making(*reversed(both), words=("wheel",)))
    assert record.artifacts == both


def test_sboms_are_kept_and_handed_out_beside(root: Path) -> None:
    sbom = Sbom("libs/lamps", "lamps-1.whl.spdx.json", digest("{}"), 2, wheel().digest)

    def argv(given: Invocation) -> tuple[str, ...]:
        return (*given.program("lockstep"), "-c", MAKE, f"{given.scratch}/artifacts", "wheel", "{}")

    def parse(_: Output, __: Invocation) -> Report:
        return Report(artifacts=(wheel(),), sboms=(sbom,))

    for cached in (False, True):
        record = run(root, gate(check(argv=argv, parse=parse)))
        assert [each.cached for each in record.actions] == [cached]
        assert record.sboms == (sbom,)
        assert (root / ".lockstep/latest/sbom/libs/lamps/lamps-1.whl.spdx.json").read_text() == "{}"


def test_what_is_not_what_its_report_says_is_no_artifact(root: Path) -> None:
    lying = making(wheel(), words=("other",))
    record = run(root, lying)
    assert verdicts(record) == {"words": "errored"}
    assert record.artifacts == ()


def test_a_file_with_other_bytes_than_its_name_says_is_told(root: Path) -> None:
    def argv(given: Invocation) -> tuple[str, ...]:
        code = "import pathlib, sys; pathlib.Path(sys.argv[1]).mkdir(); pathlib.Path(sys.argv[1], sys.argv[2]).touch()"
        return (*given.program("lockstep"), "-c", code, f"{given.scratch}/artifacts", wheel().blobs[0])

    def parse(_: Output, __: Invocation) -> Report:
        return Report(artifacts=(wheel(),))

    record = run(root, gate(check(argv=argv, parse=parse)))
    assert verdicts(record) == {"words": "errored"}
    assert "not what its report says" in record.gates[0].reason


def test_nobody_writes_to_what_is_kept(root: Path) -> None:
    run(root, making(wheel(), words=("wheel",)))
    handed = root / ".lockstep/latest/artifacts/libs/lamps/lamps-1.whl"
    assert handed.stat().st_mode & 0o222 == 0
