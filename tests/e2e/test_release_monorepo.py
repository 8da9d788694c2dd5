"""A release of a rendered monorepo, as maintainers type it: cut, judged, published, restored, verified; and a hotfix."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.e2e import releasing
from tests.e2e.benching import Bench
from tests.e2e.monorepo import Monorepo
from tests.e2e.planting import Commit, perform
from tests.e2e.releasing import Stores
from tests.engine.running import git
from tests.evidence import making

pytestmark = pytest.mark.e2e

GATES = (
    "lint",
    "types",
    "unit-tests",
    "coverage-threshold",
    "build",
    "gitleaks",
    "trivy",
    "licenses",
    "sbom-provenance",
)
SIGNED = ("provenance", "sbom", "signature")
SETTINGS = """
[release]
policy = "evidence-policy.json"
index = {{ upload = "http://{index}/", simple = "http://{index}/simple/" }}
registry = {{ repository = "{registry}/monorepo", insecure = true }}

[release.mirror]
bucket = "monorepo-mirror"
key = "{key}"
endpoint = "http://{cloud}"
"""


def lockstep(root: Path, *words: str, code: int = 0) -> str:
    """Run lockstep as a program, which ends with a code; return what it printed."""
    argv = (sys.executable, "-c", "from lockstep import cli; cli.main()", *words)
    environ = {**os.environ, **releasing.CREDENTIALS, "LOCKSTEP_EVIDENCE_KEY": str(root.parent / "ci.key")}
    done = subprocess.run(argv, cwd=root, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def cloned(root: Path, stores: Stores) -> None:
    """Let the repository have a remote, a signing key, and a place for its releases."""
    key = making.cast().ci
    (root.parent / "ci.key").write_bytes(releasing.private(key))
    for name, value in {"name": "Ada", "email": "ada@shop.example"}.items():  # who cuts the release
        git(root, "config", f"user.{name}", value)
    git(root, "clone", "--quiet", "--bare", ".", str(root.parent / "origin.git"))
    git(root, "remote", "add", "origin", str(root.parent / "origin.git"))
    toml = root / "lockstep.toml"
    before = toml.read_text(encoding="utf-8")
    toml.write_text(before + SETTINGS.format(**_addresses(stores)), encoding="utf-8")
    own = tomllib.loads(before)["evidence"]
    policy = releasing.policy(source=own["source"], builders=[own["builder"]], gates={"required": GATES})
    (root / "evidence-policy.json").write_text(json.dumps(policy, indent=2) + "\n", encoding="utf-8")
    perform(Commit("feat: releases"), root)
    git(root, "push", "--quiet", "--set-upstream", "origin", "main")


def _addresses(stores: Stores) -> dict[str, str]:
    return {"index": stores.index, "registry": stores.registry, "cloud": stores.cloud, "key": stores.key}


def test_a_monorepo_is_released_and_its_hotfix_needs_the_same_gates(
    monorepo: Monorepo, bench: Bench, tmp_path: Path
) -> None:
    root, stores = monorepo.root, bench.stores
    cloned(root, stores)
    lockstep(root, "release.cut", "--apply", "--push")
    commit = git(root, "rev-parse", "HEAD")
    assert git(root, "ls-remote", "origin", "refs/tags/v0.1.0^{}").split()[0] == commit

    outcome = monorepo.nox("-s", "gates", "--", "--strict", LOCKSTEP_EVIDENCE_KEY=str(root.parent / "ci.key"))
    assert outcome.exit_code == 0, outcome.printed
    lockstep(root, "release.mirror-setup", "--apply")
    printed = lockstep(root, "release.publish", "--apply")
    assert "the release is whole" in printed
    for published in (
        *(f"{stores.registry}/monorepo/orders:{tag}" for tag in (commit, "v0.1.0")),
        *(f"{name}-0.1.0-py3-none-any.whl to the index" for name in ("common", "orders")),
    ):
        assert f"published {published}" in printed

    back = tmp_path / "back"
    lockstep(root, "release.restore", commit, "--into", str(back))
    index = json.loads((back / "release.json").read_text(encoding="utf-8"))
    assert index["build"] == f"v0.1.0+{commit}"
    kept = {each["path"] for each in index["documents"]}
    assert {"run.json", "results.sarif", "junit.xml", "coverage.xml", "sbom/repository.spdx.json"} <= kept
    for artifact in index["artifacts"]:
        label = f"{artifact['name']}-{artifact['digest'][7:19]}"
        assert {f"evidence/{label}.{each}.sigstore.json" for each in SIGNED} <= kept
        words = ("--policy", "evidence-policy.json", "--bundles", str(back / "evidence"))
        assert "the chain holds" in lockstep(root, "evidence.verify", artifact["digest"], *words)

    git(root, "switch", "--quiet", "release/v0.1")
    source = root / "libs/python/common/src/common/__init__.py"
    source.write_text(source.read_text(encoding="utf-8") + "# mended\n", encoding="utf-8")
    perform(Commit("fix: mended"), root)
    git(root, "push", "--quiet", "origin", "release/v0.1")
    assert "v0.1.1 is cut: build version v0.1.1+" in lockstep(root, "release.cut", "--apply", "--push")
    refused = lockstep(root, "release.publish", "--apply", code=6)
    assert "error: the run does not prove v0.1.1" in refused
    assert f"it is about commit {commit[:12]}, and the tag is at {git(root, 'rev-parse', 'HEAD')[:12]}" in refused
    assert "mend: git switch --detach v0.1.1, and nox -s gates -- --strict" in refused
