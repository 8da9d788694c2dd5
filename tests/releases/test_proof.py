"""A release is published and brought back only where its evidence holds."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lockstep.config import ReleaseConfig
from lockstep.errors import ConfigError, RefusedError
from lockstep.evidence.asking import Judge
from lockstep.model.artifact import Artifact, ArtifactKind
from lockstep.releases import proof
from tests.engine.running import machine
from tests.evidence import making

WHEEL = Artifact("till", ArtifactKind.WHEEL, "till-1.2.0-py3-none-any.whl", f"sha256:{making.DIGEST}", 7, "any")


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run's folder, with evidence that proves the wheel."""
    folder = tmp_path / "run"
    (folder / "evidence").mkdir(parents=True)
    key = making.cast().ci
    files = {f"{name}.sigstore.json": making.by_key(key, making.gate(name)) for name in making.GATES} | {
        "provenance.sigstore.json": making.by_key(key, making.provenance()),
        "sbom.sigstore.json": making.by_key(key, making.sbom()),
        "signature.json": making.downloaded(key),
    }
    for name, data in files.items():
        (folder / "evidence" / name).write_bytes(data)
    (folder / "run.json").write_bytes(making.RECORD)
    return folder


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    trusts = {
        "version": 1,
        "source": making.SOURCE,
        "builders": [making.BUILDER],
        "signers": [{"name": "ci", "key": making.pem(making.cast().ci)}],
        "gates": {"required": list(making.GATES), "max_age": 24},
    }
    path = tmp_path / "policy.json"
    path.write_text(json.dumps(trusts), encoding="utf-8")
    return path


def by(policy: Path) -> Judge:
    found = proof.judge(policy.parent, ReleaseConfig(policy=policy.name))
    assert found
    return found


def test_evidence_that_holds_lets_the_release_through(run: Path, policy: Path, tmp_path: Path) -> None:
    proof.refuse_unproven(machine(tmp_path / "store"), by(policy), making.COMMIT, [WHEEL], run)


def test_every_broken_link_of_every_artifact_is_named(run: Path, policy: Path, tmp_path: Path) -> None:
    (run / "evidence/lint.sigstore.json").unlink()
    other = Artifact("till", ArtifactKind.IMAGE, "till", f"sha256:{'0' * 64}", 7, "linux/amd64")
    with pytest.raises(RefusedError, match="does not prove the release") as refused:
        proof.refuse_unproven(machine(tmp_path / "store"), by(policy), making.COMMIT, [WHEEL, other], run)
    assert f"{WHEEL.name}: nothing shows that lint passed [missing-gate]" in refused.value.why
    assert "till: " in refused.value.why.replace(WHEEL.name, "")


def test_what_was_proved_does_not_grow_old_in_the_mirror(run: Path, policy: Path, tmp_path: Path) -> None:
    host = machine(tmp_path / "store")
    later = proof.then(host, datetime(2028, 1, 1, tzinfo=UTC))
    assert later.clock.monotonic() == 0.0
    with pytest.raises(RefusedError, match="does not prove"):
        proof.refuse_unproven(later, by(policy), making.COMMIT, [WHEEL], run)
    proof.refuse_unproven(proof.then(later, making.NOW), by(policy), making.COMMIT, [WHEEL], run)


def test_evidence_of_another_commit_proves_nothing(run: Path, policy: Path, tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="does not prove the release") as refused:
        proof.refuse_unproven(machine(tmp_path / "store"), by(policy), "d" * 40, [WHEEL], run)
    why = f"it was built from {making.COMMIT[:12]}, and the release is of dddddddddddd"
    assert refused.value.why == f"{WHEEL.name}: its source is not the commit of the release [other-commit]: {why}"


def test_what_is_not_proved_is_not_released_unless_somebody_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nothing says what a release must prove") as refused:
        proof.judge(tmp_path, ReleaseConfig())
    assert refused.value.remedy.startswith('[release] policy = "FILE"')
    with pytest.raises(ConfigError, match="a policy is named, and nothing is to be proved"):
        proof.judge(tmp_path, ReleaseConfig(policy="policy.toml", unproved=True))
    with pytest.raises(ConfigError, match="cannot read the policy"):
        proof.judge(tmp_path, ReleaseConfig(policy="policy.toml"))
    assert proof.judge(tmp_path, ReleaseConfig(unproved=True)) is None
