"""The verbs through invoke's own program, on files."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from invoke.collection import Collection
from invoke.program import Program

from lockstep.evidence import statements
from lockstep.tasks import evidence
from tests.engine.running import repository, write
from tests.evidence import making

_COMMIT = making.COMMIT
_IMAGE = f"registry.example/shop@sha256:{making.DIGEST}"


class Desk:
    """A folder with a policy, a trusted root and evidence that was made just now, and a terminal in it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys
        self.evidence = folder / "run" / "evidence"
        self.evidence.mkdir(parents=True)
        world = making.world(folder)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        fresh = {
            f"{name}.sigstore.json": making.by_key(making.cast().ci, making.gate(name, finished=now))
            for name in making.GATES
        }
        for name, data in (world.files | fresh).items():
            (self.evidence / name).write_bytes(data)
        (folder / "run" / "run.json").write_bytes(making.RECORD)
        (folder / "trusted_root.json").write_text(json.dumps(making.trusted_root()))
        self.policy(trusted_root="trusted_root.json")

    def policy(self, **changes: Any) -> None:  # noqa: ANN401 - any JSON value
        value = making.world(self.folder).policy | changes
        (self.folder / "policy.json").write_text(json.dumps(value))

    def keys(self) -> tuple[Path, str]:
        """Return a private key's file, and its public half in PEM."""
        key = making.cast().stranger
        encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        path = self.folder / "signing.key"
        path.write_bytes(key.key.private_bytes(encoding, form, serialization.NoEncryption()))
        return path, making.pem(key)

    def say(self, *words: str, policy: str = "policy.json", bundles: str = "run/evidence") -> tuple[int, str]:
        """Return exit code and everything that was printed."""
        program = Program(namespace=Collection.from_module(evidence), version="0")
        more = (f"--policy={policy}", f"--bundles={bundles}") if policy else ()
        code = 0
        try:
            program.run(["inv", *words, *more], exit=True)
        except SystemExit as exit_:
            code = int(exit_.code or 0)
        shown = self._capsys.readouterr()
        return code, shown.out + shown.err


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Desk:
    monkeypatch.chdir(tmp_path)
    return Desk(tmp_path, capsys)


def test_an_image_whose_chain_holds_is_let_pass(desk: Desk) -> None:
    assert desk.say("verify", _IMAGE) == (0, f"the chain holds: 6 documents hold, commit {_COMMIT}\n")


def test_a_commit_is_asked_for_by_its_id(desk: Desk) -> None:
    assert desk.say("verify", _COMMIT)[0] == 0
    assert desk.say("verify", f"gitCommit:{'ab' * 20}")[0] == 1


def test_a_file_is_asked_for_by_its_name(desk: Desk) -> None:
    (desk.folder / "shop.whl").write_bytes(b"other bytes")
    code, shown = desk.say("verify", "shop.whl")
    assert (code, "the SBOM is not its own [other-artifact]" in shown) == (1, True)


def test_a_refusal_names_every_link_with_place_reason_and_remedy(desk: Desk) -> None:
    (desk.evidence / "sbom.intoto.json").unlink()
    (desk.evidence / "trivy.sigstore.json").write_bytes(making.by_key(making.cast().stranger, making.gate("trivy")))
    code, shown = desk.say("verify", _IMAGE)
    assert code == 1
    assert shown.endswith("refused: 3 broken links\n")
    for part in ("[wrong-key]", "[missing-sbom]", "[missing-gate]", "trivy.sigstore.json", "because: ", "mend: "):
        assert part in shown


def test_the_name_of_a_file_cannot_pass_for_what_is_told(desk: Desk) -> None:
    (desk.evidence / "x\n\x1b[2Jthe chain holds").write_bytes(b"")
    code, shown = desk.say("verify", _IMAGE)
    assert (code, "x \\x1b[2Jthe chain holds" in shown, "\x1b" in shown) == (1, True, False)
    (desk.evidence / "\x1b[2J").symlink_to("x")
    code, shown = desk.say("verify", _IMAGE)
    assert (code, "holds what is no plain file" in shown, "\x1b" in shown) == (2, True, False)


def test_a_file_that_is_no_document_for_its_size_is_not_read(desk: Desk) -> None:
    with (desk.evidence / "large.json").open("wb") as stream:
        stream.truncate(64 * 1024 * 1024 + 1)
    code, shown = desk.say("verify", _IMAGE)
    assert (code, "the evidence holds what is no document" in shown) == (2, True)


def test_the_record_beside_the_evidence_must_be_its_own(desk: Desk) -> None:
    (desk.folder / "run" / "run.json").write_bytes(b"{}\n")
    code, shown = desk.say("verify", _IMAGE)
    assert (code, shown.count("[record-changed]")) == (1, 3)


def test_a_refusal_in_json(desk: Desk) -> None:
    (desk.evidence / "signature.json").unlink()
    code, shown = desk.say("verify", _IMAGE, "--json")
    found = json.loads(shown)
    assert (code, found["holds"], [each["code"] for each in found["chain"]["broken"]]) == (
        1,
        False,
        ["missing-signature"],
    )


def test_what_conftest_can_test_is_printed_and_nothing_judged(desk: Desk) -> None:
    (desk.evidence / "signature.json").unlink()
    code, shown = desk.say("verify", _IMAGE, "--input")
    found = json.loads(shown)
    assert (code, found["chain"]["commit"], found["policy"]["source"]) == (0, _COMMIT, making.SOURCE)


def test_without_a_trusted_root_no_certificate_is_believed(desk: Desk) -> None:
    desk.policy()
    code, shown = desk.say("verify", _IMAGE)
    assert (code, "[untrusted-certificate]" in shown) == (1, True)
    assert desk.say("verify", _IMAGE, "--trusted-root=trusted_root.json")[0] == 0


@pytest.mark.parametrize(
    ("words", "options", "why"),
    [
        (("verify", _IMAGE), {"policy": ""}, "no policy is named"),
        (("verify", _IMAGE), {"policy": "nowhere.toml"}, "cannot read the policy"),
        (("verify", "nowhere.whl"), {}, "there is nothing of that name to verify"),
        (("verify", _IMAGE), {"bundles": "nowhere"}, "cannot read the evidence"),
        (("show", _IMAGE), {"bundles": "run"}, "holds what is no plain file"),
        (("verify", _IMAGE, "--trusted-root=nowhere.json"), {}, "cannot read the trusted root"),
        (("verify", _IMAGE, "--trusted-root=policy.json"), {}, "the trusted root is none"),
    ],
)
def test_what_cannot_be_asked_is_an_error(
    desk: Desk, words: tuple[str, ...], options: dict[str, str], why: str
) -> None:
    code, shown = desk.say(*words, **options)
    assert (code, why in shown) == (2, True)


def test_the_chain_is_shown_as_a_tree(desk: Desk) -> None:
    (desk.evidence / "signature.json").unlink()
    code, shown = desk.say("show", _IMAGE)
    assert code == 0
    assert shown.splitlines()[0] == making.SOURCE
    assert f"`-- + commit {_COMMIT}, tree {making.TREE[:12]}" in shown
    assert "    |-- + lint passed, signed by ci" in shown
    assert f"    `-- ! artifact sha256:{making.DIGEST}" in shown
    assert f"provenance: built by {making.BUILDER}, signed by release" in shown
    assert "SBOM: 1 package, signed by ci" in shown
    assert "! signature is missing: none that can be believed is about it" in shown
    assert f"by hand: lockstep evidence.verify {_IMAGE} --policy policy.json --bundles run/evidence" in shown
    assert "broken: it has no signature (missing-signature)" in shown


def test_on_a_terminal_the_tree_has_lines(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    code, shown = desk.say("show", _IMAGE)
    assert (code, "└── " in shown, "✔ unit-tests passed, signed by ci" in shown) == (0, True, True)
    assert f"by hand: lockstep evidence.verify {_IMAGE} --policy policy.json --bundles run/evidence" in shown


def test_a_chain_without_a_commit_says_so(desk: Desk) -> None:
    (desk.evidence / "provenance.sigstore.json").unlink()
    assert "! no commit is proven" in desk.say("show", _IMAGE)[1]


def _provenance_by_key(desk: Desk) -> None:
    made = making.by_key(making.cast().ci, making.provenance())
    (desk.evidence / "provenance.sigstore.json").write_bytes(made)


def test_what_a_key_signed_is_checked_by_cosign_alone(desk: Desk) -> None:
    _provenance_by_key(desk)
    bundle = desk.evidence / "provenance.sigstore.json"
    words = "by hand: cosign verify-blob-attestation --key {} --insecure-ignore-tlog --type {} --bundle {} {}"
    digest = f"--digest {making.DIGEST} --digestAlg sha256"
    assert words.format("ci.pub", statements.PROVENANCE, bundle, digest) in desk.say("show", _IMAGE)[1]
    (desk.folder / "keys").mkdir()
    (desk.folder / "keys" / "ci.pem").write_text(making.pem(making.cast().ci))
    signer = {"name": "ci", "key": "keys/ci.pem"}
    desk.policy(signers=[signer])
    assert words.format("keys/ci.pem", statements.PROVENANCE, bundle, digest) in desk.say("show", _IMAGE)[1]


def test_a_gate_that_is_missing_is_in_the_tree(desk: Desk) -> None:
    (desk.evidence / "trivy.sigstore.json").unlink()
    assert "! trivy is missing: no verdict that can be believed is about this commit" in desk.say("show", _IMAGE)[1]


def test_the_chain_is_drawn_into_a_file(desk: Desk) -> None:
    assert desk.say("show", _IMAGE, "--html=chain.html")[0] == 0
    drawn = (desk.folder / "chain.html").read_text(encoding="utf-8")
    assert "every link holds" in drawn
    (desk.evidence / "signature.json").unlink()
    desk.say("show", _IMAGE, "--html=chain.html")
    drawn = (desk.folder / "chain.html").read_text(encoding="utf-8")
    assert "refused: 1 broken link" in drawn
    assert "missing-signature" in drawn


def test_a_file_that_cannot_be_written_is_an_error(desk: Desk) -> None:
    code, shown = desk.say("show", _IMAGE, "--html=policy.json/chain.html")
    assert (code != 0, "cannot write a file" in shown) == (True, True)


def test_the_public_key_of_whoever_signs_is_printed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    private, public = desk.keys()
    monkeypatch.setenv("LOCKSTEP_EVIDENCE_KEY", str(private))
    assert desk.say("public-key", "--key=signing.key", policy="") == (0, public)
    repository(desk.folder, {})
    assert desk.say("public-key", policy="") == (0, public)
    monkeypatch.delenv("LOCKSTEP_EVIDENCE_KEY")
    write(desk.folder, {"lockstep.toml": '[evidence]\nkey = "signing.key"\n'})
    assert desk.say("public-key", policy="") == (0, public)


@pytest.mark.parametrize(
    ("configured", "why"), [("", "nobody is configured"), ("[evidence.keyless]\n", "certificates are for a new key")]
)
def test_who_has_no_key_is_told_so(desk: Desk, monkeypatch: pytest.MonkeyPatch, configured: str, why: str) -> None:
    monkeypatch.delenv("LOCKSTEP_EVIDENCE_KEY", raising=False)
    repository(desk.folder, {"lockstep.toml": configured})
    code, told = desk.say("public-key", policy="")
    assert (code, "there is no key that signs here" in told, why in told) == (2, True, True)
