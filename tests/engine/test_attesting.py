"""Signed evidence beside the record, where a key is configured."""

import base64
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from lockstep.errors import ConfigError
from lockstep.evidence import dsse, statements
from lockstep.evidence.keys import PrivateKey, PublicKey
from lockstep.host import Host
from lockstep.model.artifact import Artifact, ArtifactKind, Sbom
from lockstep.model.digests import of_bytes
from lockstep.model.event import Ended, Event
from lockstep.model.finding import Finding, Location, Report
from lockstep.model.gate import Gate, Invocation
from lockstep.model.record import RunRecord
from lockstep.toolchain import platform, store
from lockstep.toolchain.install import identity, place
from lockstep.toolchain.lock import read as read_lock
from tests.engine.running import check, gate, git, machine, repository, run, write
from tests.engine.test_artifacts import MAKE, digest

_SBOM = '{"spdxVersion":"SPDX-2.3","packages":[]}'
_CONFIG = '[evidence]\nsource = "https://git.example/shop"\n'


def _key(folder: Path) -> tuple[Path, PublicKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    path = folder / "signing.key"
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    path.write_bytes(key.private_bytes(encoding, form, serialization.NoEncryption()))
    return path, PrivateKey(key).public


class Shop:
    """A repository whose runs are signed."""

    def __init__(self, folder: Path) -> None:
        self.root = repository(folder / "shop", {"a.txt": "fine\n", "lockstep.toml": _CONFIG})
        path, self.key = _key(folder)
        self.host: Host = machine(folder / "store", LOCKSTEP_EVIDENCE_KEY=str(path))

    def statements(self, record: RunRecord) -> dict[str, Any]:
        """Return the statements by file name, their signatures checked."""
        folder = self.root / ".lockstep" / "runs" / record.id / "evidence"
        found = {}
        for path in sorted(folder.iterdir()) if folder.exists() else []:
            envelope = json.loads(path.read_bytes())["dsseEnvelope"]
            payload = base64.b64decode(envelope["payload"])
            signature = base64.b64decode(envelope["signatures"][0]["sig"])
            assert self.key.verifies(signature, dsse.pae(statements.PAYLOAD, payload))
            found[path.name] = json.loads(payload)
        return found

    def picture(self, record: RunRecord) -> str:
        """Return the chain of evidence on the run's page, as markup."""
        page = (self.root / ".lockstep" / "runs" / record.id / "report.html").read_text(encoding="utf-8")
        found = re.search(r"<section .*?</section>", page, re.DOTALL)
        assert found
        return found[0]

    def facts(self, record: RunRecord, name: str = "words.sigstore.json") -> dict[str, Any]:
        return dict(self.statements(record)[name]["predicate"]["configuration"][0]["annotations"])


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def test_a_gate_that_passed_leaves_a_signed_verdict_on_commit_and_tree(shop: Shop) -> None:
    record = run(shop.root, host=shop.host)
    found = shop.statements(record)["words.sigstore.json"]
    uri = "git+https://git.example/shop"
    assert found["subject"] == [
        {"name": "commit", "uri": uri, "digest": {"gitCommit": git(shop.root, "rev-parse", "HEAD")}},
        {"name": "tree", "uri": uri, "digest": {"gitTree": git(shop.root, "rev-parse", "HEAD^{tree}")}},
    ]
    assert found["predicate"]["result"] == "PASSED"
    assert found["predicate"]["passedTests"] == [action.id for action in record.actions]
    facts = shop.facts(record)
    written = (shop.root / ".lockstep" / "runs" / record.id / "run.json").read_bytes()
    assert (facts["gate"], facts["dirty"], facts["complete"]) == ("words", False, True)
    assert (facts["record"], facts["run"]) == (of_bytes(written), record.id)


def test_a_gate_that_failed_says_what_is_left(shop: Shop) -> None:
    write(shop.root, {"a.txt": "BAD\n"})
    git(shop.root, "commit", "--all", "--message", "bad")
    record = run(shop.root, host=shop.host)
    predicate = shop.statements(record)["words.sigstore.json"]["predicate"]
    assert (predicate["result"], predicate["failedTests"]) == ("FAILED", [record.actions[0].id])
    assert shop.facts(record)["open"] == {"none": 1}


def test_a_gate_that_did_not_run_to_its_end_leaves_nothing(shop: Shop) -> None:
    broken = gate(check(parse=lambda *_: Report(problem="it cannot be read")), id="broken")
    idle = gate(check(select=lambda *_: False), id="idle")
    lacking = gate(check(parse=lambda *_: Report(lacking="a database")), id="lacking")
    record = run(shop.root, broken, idle, lacking, gate(), host=shop.host)
    assert {str(each.verdict) for each in record.gates} == {"errored", "not-applicable", "unavailable", "passed"}
    assert list(shop.statements(record)) == ["words.sigstore.json"]
    shown = shop.picture(record)
    assert "not broken (errored), idle (not applicable), lacking (unavailable)" in shown
    assert shown.count('href="./evidence/') == 1


def test_uncommitted_changes_are_told(shop: Shop) -> None:
    write(shop.root, {"b.txt": "fine\n"})
    record = run(shop.root, host=shop.host)
    assert shop.facts(record)["dirty"] is True
    assert "changes that are in no commit" in shop.picture(record)


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
def test_a_change_that_git_was_told_not_to_see_is_told(shop: Shop, flag: str) -> None:
    git(shop.root, "update-index", flag, "a.txt")
    write(shop.root, {"a.txt": "fine too\n"})
    record = run(shop.root, host=shop.host)
    assert (record.repository.dirty, shop.facts(record)["dirty"]) == (False, True)


def test_a_change_inside_of_a_submodule_is_told(shop: Shop, tmp_path: Path) -> None:
    inner = repository(tmp_path / "inner", {"b.txt": "fine\n"})
    git(shop.root, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner), "inner")
    git(shop.root, "commit", "--quiet", "--message", "inner")
    assert shop.facts(run(shop.root, host=shop.host))["dirty"] is False
    write(shop.root, {"inner/b.txt": "fine too\n"})
    assert shop.facts(run(shop.root, host=shop.host))["dirty"] is True


def test_a_change_while_the_gates_ran_is_told(shop: Shop) -> None:
    code = f"import pathlib; pathlib.Path({str(shop.root)!r}, 'c.txt').write_text('fine')"
    assert shop.facts(run(shop.root, gate(check(code)), host=shop.host))["dirty"] is True


def test_a_commit_while_the_gates_ran_is_told(shop: Shop) -> None:
    commit = "'git', '-c', 'user.name=Ada', '-c', 'user.email=ada@shop.example', 'commit', '--allow-empty', '-qm', 'x'"
    code = f"import subprocess; subprocess.run([{commit}], cwd={str(shop.root)!r}, check=True)"
    assert shop.facts(run(shop.root, gate(check(code)), host=shop.host))["dirty"] is True


def test_a_part_of_the_components_is_told(shop: Shop) -> None:
    record = run(shop.root, host=shop.host, components=(".",))
    assert shop.facts(record)["complete"] is False
    assert "Only a part of the components" in shop.picture(record)


def test_what_is_staged_is_no_commit(shop: Shop) -> None:
    facts = shop.facts(run(shop.root, host=shop.host, staged=True))
    assert (facts["complete"], facts["mode"]) == (False, "staged")


def test_a_waived_finding_is_told_with_owner_and_end(shop: Shop) -> None:
    write(shop.root, {"a.txt": "BAD\n"})
    print_ = run(shop.root, host=shop.host).gates[0].findings[0].fingerprint
    waiver = f'[[waiver]]\nfingerprint = "{print_}"\ngate = "words"\nowner = "@shop"\nreason = "known"\nexpires = 2026-12-01\n'
    write(shop.root, {"waivers.toml": waiver})
    git(shop.root, "add", "--all")
    git(shop.root, "commit", "--message", "waived")
    facts = shop.facts(run(shop.root, host=shop.host))
    assert facts["waivers"] == [{"fingerprint": print_, "severity": "none", "owner": "@shop", "expires": "2026-12-01"}]


def _building(passes: bool = True) -> Gate:  # noqa: FBT001, FBT002 - as a test reads
    """Return a gate `build` over the component `.`, whose action has a Dockerfile and a lock file among its inputs."""
    artifact = Artifact(".", ArtifactKind.WHEEL, "lamps-1.whl", digest("wheel"), 5, "any")
    sources = Artifact(".", ArtifactKind.SDIST, "lamps-1.tar.gz", digest("sdist"), 5, "any")
    sboms = (
        Sbom(".", "wheel.spdx.json", digest(_SBOM), len(_SBOM), digest("wheel")),
        Sbom(".", "sources.spdx.json", digest(_SBOM), len(_SBOM)),
    )
    finding = () if passes else (Finding("build", "differs", "it differs", Location("a.txt", 1)),)

    report = Report(finding, artifacts=(artifact, sources), sboms=sboms)
    return _making("wheel", report, "sdist", _SBOM)


def _making(blob: str, report: Report, *blobs: str) -> Gate:
    """Return a gate `build` that makes these blobs and reports that."""

    def argv(given: Invocation) -> tuple[str, ...]:
        return (*given.program("lockstep"), "-c", MAKE, f"{given.scratch}/artifacts", blob, *blobs)

    return gate(check(argv=argv, parse=lambda *_: report, select=lambda *_: True, id="distributions"), id="build")


def _builder(shop: Shop) -> None:
    write(
        shop.root,
        {
            "lockstep.toml": f'{_CONFIG}builder = "https://ci.example/builder"\n',
            "Dockerfile": f"FROM registry.example/base:1@sha256:{'ba' * 32}\nFROM loose\n",
            "uv.lock": "version = 1\n",
        },
    )
    git(shop.root, "add", "--all")
    git(shop.root, "commit", "--message", "build")


def test_what_was_built_has_provenance_and_a_signature(shop: Shop) -> None:
    _builder(shop)
    record = run(shop.root, _building(), host=shop.host)
    found = shop.statements(record)
    name, sources = f"lamps-1.whl-{digest('wheel')[7:19]}", f"lamps-1.tar.gz-{digest('sdist')[7:19]}"
    said = {f"{each}.{kind}" for each in (name, sources) for kind in ("provenance", "sbom", "signature")}
    assert set(found) == {f"{each}.sigstore.json" for each in ("build", *said)}
    assert found[f"{name}.sbom.sigstore.json"]["predicate"] == {"spdxVersion": "SPDX-2.3", "packages": []}
    provenance = found[f"{name}.provenance.sigstore.json"]
    assert provenance["subject"] == [{"name": "lamps-1.whl", "digest": {"sha256": digest("wheel")[7:]}}]
    definition = provenance["predicate"]["buildDefinition"]
    assert definition["externalParameters"]["component"] == "."
    source, *others = definition["resolvedDependencies"]
    assert source["digest"]["gitCommit"] == git(shop.root, "rev-parse", "HEAD")
    assert (source["uri"], source["annotations"]) == ("git+https://git.example/shop@refs/heads/main", {"dirty": False})
    commit = git(shop.root, "rev-parse", "HEAD")
    lock = f"git+https://git.example/shop@{commit}#uv.lock"
    assert {"name": "uv.lock", "uri": lock, "digest": {"sha256": of_bytes(b"version = 1\n")}} in others
    told = {each["name"]: each for each in others}
    assert set(told) == {"lockstep", "setuptools", "build-constraints.txt", "uv.lock"}
    assert told["lockstep"]["uri"].startswith("pkg:pypi/lockstep-ci@")
    assert told["setuptools"]["uri"].startswith("pkg:pypi/setuptools@")
    assert len(told["build-constraints.txt"]["digest"]["sha256"]) == 64
    assert definition["externalParameters"]["source"] == source["uri"]
    assert definition["internalParameters"]["platform"] == record.platform
    assert provenance["predicate"]["runDetails"]["metadata"]["invocationId"] == record.id


def test_a_backend_has_the_version_that_the_nearest_constraints_give(shop: Shop) -> None:
    _builder(shop)
    manifest = '[build-system]\nrequires = ["hatchling>=1.2", "hatch-vcs"]\n'
    write(shop.root, {"pyproject.toml": manifest, "build-constraints.txt": "hatchling==1.27.0\n"})
    git(shop.root, "add", "--all")
    git(shop.root, "commit", "--message", "backend")
    found = shop.statements(run(shop.root, _building(), host=shop.host))
    provenance = found[f"lamps-1.whl-{digest('wheel')[7:19]}.provenance.sigstore.json"]
    others = provenance["predicate"]["buildDefinition"]["resolvedDependencies"][1:]
    told = {each["name"]: each["uri"] for each in others}
    assert told["hatchling"] == "pkg:pypi/hatchling@1.27.0"
    assert told["hatch-vcs"] == "pkg:pypi/hatch-vcs"
    assert told["build-constraints.txt"].endswith("#build-constraints.txt")


def test_a_manifest_that_cannot_be_read_names_no_backend(shop: Shop) -> None:
    _builder(shop)
    write(shop.root, {"pyproject.toml": "[build-system\n"})
    git(shop.root, "add", "--all")
    git(shop.root, "commit", "--message", "backend")
    found = shop.statements(run(shop.root, _building(), host=shop.host))
    provenance = found[f"lamps-1.whl-{digest('wheel')[7:19]}.provenance.sigstore.json"]
    others = provenance["predicate"]["buildDefinition"]["resolvedDependencies"][1:]
    assert "setuptools" in {each["name"] for each in others}


_MANIFEST = '{"mediaType":"application/vnd.oci.image.manifest.v1+json"}'


def test_an_image_has_its_base_images_and_arguments_and_no_backend(shop: Shop) -> None:
    _builder(shop)
    write(
        shop.root,
        {"lockstep.toml": (shop.root / "lockstep.toml").read_text() + '[component.".".build.arguments]\nA = "1"\n'},
    )
    git(shop.root, "commit", "--all", "--message", "arguments")
    made = Artifact(".", ArtifactKind.IMAGE, "till", digest(_MANIFEST), len(_MANIFEST), "linux/amd64")

    def argv(given: Invocation) -> tuple[str, ...]:
        return (*given.program("lockstep"), "-c", MAKE, f"{given.scratch}/artifacts", _MANIFEST)

    report = Report(artifacts=(made,))
    imaging = gate(check(argv=argv, parse=lambda *_: report, select=lambda *_: True, id="image"), id="build")
    found = shop.statements(run(shop.root, imaging, host=shop.host))
    provenance = found[f"till-{digest(_MANIFEST)[7:19]}.provenance.sigstore.json"]
    definition = provenance["predicate"]["buildDefinition"]
    assert definition["externalParameters"]["arguments"] == {"A": "1"}
    (base,) = [each for each in definition["resolvedDependencies"] if each.get("uri", "").startswith("pkg:oci/")]
    pin = "ba" * 32
    assert base["uri"] == f"pkg:oci/base@sha256%3A{pin}?repository_url=registry.example/base&tag=1"
    assert base["digest"] == {"sha256": pin}
    assert "setuptools" not in {each["name"] for each in definition["resolvedDependencies"]}


def _listing() -> Gate:
    """Return a gate `sbom-provenance` that leaves a document about the repository in two notations."""
    both = (_SBOM, '{"bomFormat":"CycloneDX","specVersion":"1.6"}')
    names = ("repository.spdx.json", "repository.cdx.json")
    documents = tuple(Sbom(".", name, digest(each), len(each)) for name, each in zip(names, both, strict=True))

    def argv(given: Invocation) -> tuple[str, ...]:
        return (*given.program("lockstep"), "-c", MAKE, f"{given.scratch}/artifacts", *both)

    return gate(check(argv=argv, parse=lambda *_: Report(sboms=documents)), id="sbom-provenance")


def test_what_the_lock_files_bring_in_is_said_of_commit_and_tree(shop: Shop) -> None:
    record = run(shop.root, _listing(), host=shop.host)
    found = shop.statements(record)
    spdx, cyclonedx = found["repository.sbom.sigstore.json"], found["repository.cyclonedx.sigstore.json"]
    assert [list(each["digest"]) for each in spdx["subject"]] == [["gitCommit"], ["gitTree"]]
    assert (spdx["predicateType"], cyclonedx["predicateType"]) == (statements.SPDX[0], statements.CYCLONEDX)
    assert cyclonedx["subject"] == spdx["subject"]
    assert all(
        f'href="./evidence/repository.{kind}.sigstore.json"' in shop.picture(record) for kind in ("sbom", "cyclonedx")
    )


def test_of_a_tree_that_is_no_commits_nothing_is_said(shop: Shop) -> None:
    write(shop.root, {"b.txt": "fine\n"})
    assert list(shop.statements(run(shop.root, _listing(), host=shop.host))) == ["sbom-provenance.sigstore.json"]


def test_what_was_built_is_on_the_page_with_its_documents_and_the_command_that_checks_it(shop: Shop) -> None:
    _builder(shop)
    shown = shop.picture(run(shop.root, _building(), host=shop.host))
    name = f"lamps-1.whl-{digest('wheel')[7:19]}"
    links = [f'href="./evidence/{name}.{kind}.sigstore.json"' for kind in ("provenance", "sbom", "signature")]
    assert all(link in shown for link in links)
    assert (
        "cosign verify-blob-attestation --key signing.pub --insecure-ignore-tlog --type https://slsa.dev/provenance/v1 "
        f"--bundle evidence/{name}.provenance.sigstore.json artifacts/lamps-1.whl<"
    ) in shown
    assert shop.key.id in shown


def test_an_image_is_checked_as_its_manifest_and_what_has_no_sbom_is_told(shop: Shop) -> None:
    _builder(shop)
    manifest = '{"mediaType":"application/vnd.oci.image.manifest.v1+json"}'
    image = Artifact(".", ArtifactKind.IMAGE, "lamps", digest(manifest), len(manifest), "linux/amd64")
    shown = shop.picture(run(shop.root, _making(manifest, Report(artifacts=(image,))), host=shop.host))
    assert f" artifacts/lamps/blobs/sha256/{digest(manifest)[7:]}<" in shown
    assert "nothing lists what it consists of: the gate sbom-provenance is not part of this run" in shown


def test_a_build_that_failed_has_no_provenance(shop: Shop) -> None:
    _builder(shop)
    record = run(shop.root, _building(passes=False), host=shop.host)
    assert set(shop.statements(record)) == {"build.sigstore.json"}
    assert "Nothing is signed about artifacts: the gate build is failed." in shop.picture(record)


def test_without_a_builders_name_there_is_no_provenance(shop: Shop) -> None:
    record = run(shop.root, _building(), host=shop.host)
    assert set(shop.statements(record)) == {"build.sigstore.json"}
    assert "Nothing is signed about artifacts: no builder is configured" in shop.picture(record)
    assert "sha256sum artifacts/lamps-1.whl<" in shop.picture(record)


def test_a_build_without_artifacts_and_a_run_without_a_build_say_so(shop: Shop) -> None:
    record = run(shop.root, gate(check(select=lambda *_: False), id="build"), host=shop.host)
    assert "Nothing was built: the gate build is not-applicable." in shop.picture(record)
    assert "Nothing was built: the gate build is not part of this run." in shop.picture(run(shop.root, host=shop.host))


class _Impatient(list[Event]):
    """Whoever hears that something has ended, and interrupts the run."""

    def append(self, event: Event) -> None:
        if isinstance(event, Ended):
            raise KeyboardInterrupt


def test_a_run_that_was_interrupted_leaves_nothing(shop: Shop) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(shop.root, host=shop.host, heard=_Impatient())
    (folder,) = (shop.root / ".lockstep" / "runs").iterdir()
    assert (folder / "run.json").exists()
    assert not (folder / "evidence").exists()
    assert "Nothing is signed: the run was interrupted." in (folder / "report.html").read_text(encoding="utf-8")


def test_without_a_commit_there_is_nothing_to_be_evidence_of(shop: Shop, tmp_path: Path) -> None:
    root = tmp_path / "unborn"
    root.mkdir()
    git(root, "init", "--quiet")
    write(root, {"a.txt": "fine\n"})
    record = run(root, host=shop.host)
    folder = root / ".lockstep" / "runs" / record.id
    assert not (folder / "evidence").exists()
    assert "there is no commit yet that it could be about" in (folder / "report.html").read_text(encoding="utf-8")


def test_the_key_may_stand_in_the_configuration(shop: Shop, tmp_path: Path) -> None:
    write(shop.root, {"lockstep.toml": f'{_CONFIG}key = "../signing.key"\n'})
    record = run(shop.root, host=machine(tmp_path / "store"))
    assert list(shop.statements(record)) == ["words.sigstore.json"]


def test_a_key_that_is_not_there_is_an_error_before_anything_runs(shop: Shop, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot read the signing key"):
        run(shop.root, host=machine(tmp_path / "store", LOCKSTEP_EVIDENCE_KEY="nowhere.key"))
    assert not (shop.root / ".lockstep" / "runs").exists()


def test_without_a_key_nothing_is_signed_and_nothing_loaded(tmp_path: Path) -> None:
    root = repository(tmp_path / "shop", {"a.txt": "fine\n"})
    code = (
        "import sys; from pathlib import Path; from tests.engine.running import machine, run\n"
        f"record = run(Path({str(root)!r}), host=machine(Path({str(tmp_path / 'store')!r})))\n"
        "print(record.outcome, sorted(each for each in sys.modules if 'cryptography' in each or 'lockstep.evidence' in each))"
    )
    done = subprocess.run((sys.executable, "-c", code), capture_output=True, text=True, check=True)
    assert done.stdout == "passed []\n"
    assert not list(root.glob(".lockstep/runs/*/evidence"))
    (page,) = root.glob(".lockstep/runs/*/report.html")
    assert "Nothing is signed: no signing key is configured" in page.read_text(encoding="utf-8")


_TOOLS = """
[shell]
version = "5"
licence = "MIT"
program = "sh"

[[shell.sources]]
kind = "machine"
program = "sh"

[lamp]
version = "1.2.0"
licence = "MIT"
program = "lamp"

[[lamp.sources]]
"""
_HEX, _LONG = "ab" * 32, "A" * 86
_SOURCES = {
    "pkg:npm/%40home/lamp-here@1.2.0": (
        "the npm registry",
        f"""kind = "npm"\npackage = "@home/lamp-{{name}}@{{version}}"\nmember = "lamp"
        [lamp.sources.platforms.{platform()}]\ndigest = "sha512-{_LONG}=="\nname = "here"\n""",
        f"sha512-{_LONG}==",
    ),
    "pkg:npm/lamp@1.2.0": (
        "the npm registry",
        f'kind = "npm-tree"\npackage = "lamp@{{version}}"\ntree = "t.json"\ndigest = "sha256:{_HEX}"\nmember = "lamp"\n',
        f"sha256:{_HEX}",
    ),
    "pkg:pypi/lamp-bin@1.2.0": (
        "the Python package index",
        f'kind = "pypi"\npackage = "lamp-bin==1.2.0"\nrequirements = "r.txt"\ndigest = "sha256:{_HEX}"\n',
        f"sha256:{_HEX}",
    ),
    "pkg:golang/lamp.example/lamp@v1.2.0": (
        "the Go module proxy",
        f'kind = "go"\nmodule = "lamp.example/lamp@v{{version}}"\ndigest = "h1:{"A" * 43}="\n',
        f"h1:{'A' * 43}=",
    ),
    "pkg:generic/lamp@1.2.0": (
        "the vendor's release",
        f"""kind = "release"\nurl = "https://lamp.example/lamp"
        [lamp.sources.platforms.{platform()}]\ndigest = "sha256:{_HEX}"\n""",
        f"sha256:{_HEX}",
    ),
}


@pytest.mark.parametrize("purl", _SOURCES)
def test_tools_are_the_packages_that_they_came_as_with_the_digest_of_what_ran(shop: Shop, purl: str) -> None:
    label, source, pin = _SOURCES[purl]
    _builder(shop)
    text = (shop.root / "lockstep.toml").read_text() + '[tools]\nlock = "tools.toml"\n'
    write(shop.root, {"tools.toml": _TOOLS + source, "lockstep.toml": text})
    git(shop.root, "add", "--all")
    git(shop.root, "commit", "--message", "tools")
    entry = read_lock(shop.root / "tools.toml")["lamp"]
    folder = place(shop.host, entry, platform())
    write(folder, {"bin/lamp": "#!/bin/sh\n"})
    (folder / "bin/lamp").chmod(0o755)
    files, links = store.record(folder, ("bin/lamp",))
    made = store.Manifest(
        *("lamp", "1.2.0", identity(entry, platform()), platform(), label, ("bin/lamp",), files, links)
    )
    (folder / store.MANIFEST).write_bytes(msgspec.json.encode(made))
    (building,) = _building().checks
    with_tools = msgspec.structs.replace(building, tools=("lockstep", "shell", "lamp"))
    found = shop.statements(run(shop.root, gate(with_tools, id="build"), host=shop.host))
    provenance = found[f"lamps-1.whl-{digest('wheel')[7:19]}.provenance.sigstore.json"]
    told = {each["name"]: each for each in provenance["predicate"]["buildDefinition"]["resolvedDependencies"]}
    assert told["lamp"]["uri"] == purl
    assert told["lamp"]["digest"] == {"sha256": of_bytes(b"#!/bin/sh\n")}
    assert told["lamp"]["annotations"]["pin"] == pin
    assert (told["shell"]["uri"], "digest" in told["shell"]) == ("pkg:generic/shell@5", False)
