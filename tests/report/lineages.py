"""Lineages to draw: of a run that signed much, of a chain that a policy refuses, of nothing, of hostile text."""

from datetime import UTC, datetime, timedelta

from lockstep.model.lineage import Flaw, Lineage, Product, Proof, Standing
from tests.report.records import HOSTILE

NOW = datetime(2026, 2, 11, 9, 15, 12, tzinfo=UTC)
GATES = (
    *("lint", "types", "unit-tests", "coverage-threshold", "build", "gitleaks"),
    *("codeql", "trivy", "iac-scan", "licenses", "contract-checks", "sbom-provenance"),
)
COMPONENTS = 10


def signed() -> Lineage:
    """12 gates, of which one has no verdict, and 30 artifacts, of which one has no SBOM."""
    return Lineage(
        source="https://git.example/orchard",
        commit="9f" * 20,
        tree="4b" * 20,
        drawn=NOW,
        gates=tuple(_gate(name) for name in GATES),
        products=tuple(_product(number, kind) for number in range(COMPONENTS) for kind in ("wheel", "sdist", "image")),
        branch="main",
        sources=(Proof("SBOM", Standing.SIGNED, place="evidence/repository.sbom.sigstore.json"),),
        signer="key sha256:" + "5d" * 32,
        lacking=("Only gates that passed or failed leave evidence: not `trivy` (unavailable).",),
    )


def _gate(name: str) -> Proof:
    if name == "trivy":
        return Proof(name, Standing.ABSENT, verdict="unavailable", ended=NOW)
    verdict = "failed" if name == "codeql" else "passed"
    return Proof(name, Standing.SIGNED, place=f"evidence/{name}.sigstore.json", verdict=verdict, ended=NOW)


def _product(number: int, kind: str) -> Product:
    name = f"part{number}-1.0-{kind}"
    names = ("provenance", "SBOM", "signature")
    proofs = [Proof(each, Standing.SIGNED, place=f"evidence/{name}.{each}.sigstore.json") for each in names]
    if (number, kind) == (3, "sdist"):
        proofs[1] = Proof("SBOM", Standing.ABSENT, why="nothing lists what it consists of")
    digest = "sha256:" + f"{number:02x}" * 32
    return Product(name, digest, tuple(proofs), kind, f"services/part{number}", 12_345, f"sha256sum artifacts/{name}")


def refused() -> Lineage:
    """A chain that a policy refuses: a gate that failed, one that is missing, an artifact without a signature."""
    ran = NOW - timedelta(hours=30)
    gates = (
        Proof("lint", Standing.VERIFIED, "", "e/lint.json", "ci", verdict="passed", ended=NOW - timedelta(hours=2)),
        Proof("types", Standing.BROKEN, "", "e/types.json", "ci", "its result is FAILED", verdict="failed", ended=ran),
        Proof("trivy", Standing.MISSING, why="no verdict that can be believed is about this commit"),
    )
    proofs = (
        Proof("provenance", Standing.VERIFIED, "built by https://ci.example/b", "e/p.json", "ci", seen=NOW),
        Proof("SBOM", Standing.VERIFIED, "3 packages", "e/s.json", "ci"),
        Proof("signature", Standing.MISSING, why="none that can be believed is about it"),
    )
    flaws = (
        Flaw("failed-gate", "types did not pass", "e/types.json", "its result is FAILED", "nox -s types"),
        Flaw("no-evidence", "there is no evidence", "", "the folder holds no file"),
    )
    product = Product("shop.whl", "sha256:" + "ab" * 32, proofs, command="cosign verify-blob-attestation shop.whl")
    return Lineage(
        "https://git.example/shop", "c0" * 20, "7e" * 20, NOW, gates, (product,), policy="policy.toml", flaws=flaws
    )


def holding() -> Lineage:
    """A chain that a policy accepts."""
    gate = Proof("lint", Standing.VERIFIED, "", "e/lint.json", "ci", verdict="passed", ended=NOW - timedelta(days=9))
    return Lineage("https://git.example/shop", "c0" * 20, "", NOW, (gate,), (), policy="policy.toml")


def bare(policy: str = "") -> Lineage:
    """Nothing is there at all."""
    lacking = ("Nothing is signed: no signing key is configured (`[evidence] key`).",)
    return Lineage("shop", "", "", NOW, (), (), policy=policy, lacking=lacking)


def hostile() -> Lineage:
    """Every text is an attack."""
    proof = Proof(HOSTILE, Standing.SIGNED, HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, NOW)
    product = Product(HOSTILE, HOSTILE, (proof, proof), HOSTILE, HOSTILE, 1, HOSTILE)
    flaw = Flaw(HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE)
    return Lineage(
        HOSTILE,
        HOSTILE,
        HOSTILE,
        NOW,
        (proof,),
        (product,),
        HOSTILE,
        "",
        HOSTILE,
        (HOSTILE, "@@RUN@@"),
        (flaw,),
        (proof,),
    )
