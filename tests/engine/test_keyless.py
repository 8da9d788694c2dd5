"""Runs that are signed with certificates: what is left, and what is not where somebody who takes part fails."""

import contextlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from lockstep.errors import ConfigError, LockstepError, RunError
from lockstep.evidence import documents, trust
from lockstep.host.clock import SystemClock
from lockstep.model.gate import Gate
from lockstep.model.record import RunRecord
from tests.engine.running import gate, machine, repository, run
from tests.evidence import authorities, making, serving
from tests.evidence.serving import Issuer
from tests.serving import Asked, Said, Service, served


class Shop(NamedTuple):
    """A repository whose runs are signed with certificates, and a job of the issuer's."""

    root: Path
    issuer: Issuer

    def run(self, environ: Mapping[str, str], *gates: Gate, strict: bool = True, staged: bool = False) -> RunRecord:
        here = msgspec.structs.replace(machine(self.root.parent / "store", **environ), clock=SystemClock())
        return run(self.root, *gates, host=here, strict=strict, staged=staged)

    def job(self) -> dict[str, str]:
        """Return the environment of a job."""
        return {
            "ACTIONS_ID_TOKEN_REQUEST_URL": self.issuer.request_url,
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": serving.REQUEST_TOKEN,
        }

    def left(self) -> list[Path]:
        """Return all files of evidence, hidden ones too."""
        runs = self.root / ".lockstep" / "runs"
        return sorted(path for path in runs.rglob("*") if "evidence" in path.name or "sigstore" in path.name)


@contextlib.contextmanager
def _shop(folder: Path, fulcio: Service, stamping: Service = serving.stamping) -> Iterator[Shop]:
    with serving.issuer() as issuer, served(fulcio) as certifies, served(stamping) as stamps:
        told = f'[evidence.keyless]\nfulcio = "{certifies}"\ntimestamp = "{stamps}"\n'
        yield Shop(repository(folder / "shop", {"a.txt": "fine\n", "lockstep.toml": told}), issuer)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with _shop(tmp_path, serving.certifying()) as found:
        yield found


def test_a_run_is_signed_in_the_name_of_its_job(shop: Shop) -> None:
    record = shop.run(shop.job())
    folder = shop.root / ".lockstep" / "runs" / record.id
    assert [path.name for path in shop.left()] == ["evidence", "words.sigstore.json"]
    (signed,) = documents.read("x", (folder / "evidence" / "words.sigstore.json").read_bytes(), b"")
    (shop.root.parent / "root.json").write_text(json.dumps(making.trusted_root()))
    found = trust.load(shop.root.parent / "root.json").identify(signed)
    assert (found.names, found.issuer) == ((authorities.IDENTITY,), authorities.ISSUER)
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert f"certificate of {authorities.IDENTITY}" in page


def _second_fails() -> Service:
    """Be a timestamp authority that goes down after its first answer."""
    asked: list[None] = []

    def answer(question: Asked) -> Said:
        asked.append(None)
        return serving.stamping(question) if len(asked) == 1 else Said(b"", 503)

    return answer


def test_one_signature_that_cannot_be_had_leaves_no_evidence_at_all(tmp_path: Path) -> None:
    with _shop(tmp_path, serving.certifying(), _second_fails()) as shop:
        with pytest.raises(RunError, match="the timestamp authority refuses"):
            shop.run(shop.job(), gate(), gate(id="more"))
        assert shop.left() == []
        assert not (shop.root / ".lockstep" / "latest").exists()


def test_without_a_certificate_a_run_is_an_error(tmp_path: Path) -> None:
    with _shop(tmp_path, lambda _: Said(b'{"message": "unknown issuer"}', 400)) as shop:
        with pytest.raises(RunError, match="Fulcio gives no certificate") as raised:
            shop.run(shop.job())
        assert ("unknown issuer" in raised.value.why, shop.left()) == (True, [])


def test_without_a_token_a_run_is_refused_before_it_starts(shop: Shop) -> None:
    with pytest.raises(ConfigError, match="the run cannot be signed"):
        shop.run({})
    assert not (shop.root / ".lockstep" / "runs").exists()


def test_a_developer_has_no_token_and_the_run_says_so(shop: Shop) -> None:
    record = shop.run({}, strict=False)
    assert (record.outcome, shop.left()) == ("passed", [])
    assert record.notes[-1] == "nothing is signed: there is no identity token on this machine"
    assert shop.run({}, strict=False, staged=True).notes == ()


@pytest.mark.parametrize("event", [b'{"pull_request": {"head": {"repo": {"fork": false}}}}', b"{}", b"["])
def test_only_a_pull_request_from_a_fork_is_excused(shop: Shop, event: bytes) -> None:
    path = shop.root.parent / "event.json"
    path.write_bytes(event)
    with pytest.raises(ConfigError, match="the run cannot be signed"):
        shop.run({"GITHUB_EVENT_PATH": str(path)})
    path.write_bytes(b'{"pull_request": {"head": {"repo": {"fork": true}}}}')
    record = shop.run({"GITHUB_EVENT_PATH": str(path)})
    assert (record.outcome, shop.left()) == ("passed", [])
    assert record.notes[-1] == "nothing is signed: GitHub gives no identity token to pull requests from forks"


def test_evidence_that_cannot_be_written_leaves_none(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    rename = Path.replace

    def replace(self: Path, target: Path) -> Path:
        if target.name == "evidence":
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(LockstepError, match="write the evidence"):
        shop.run(shop.job())
    assert shop.left() == []
