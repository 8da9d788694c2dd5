"""Who takes part in signing without a key: addresses of lockstep.toml, or of a Sigstore signing config (v0.2).

sigstore-python's own reading of signing configs asks for a transparency log; here a timestamp authority is enough.
"""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from sigstore_models.trustroot.v1 import Service, ServiceConfiguration, ServiceSelector, SigningConfig

from lockstep.config import KeylessConfig
from lockstep.errors import ConfigError

_WHERE = "[evidence.keyless]"
_FORMAT = "application/vnd.dev.sigstore.signingconfig.v0.2+json"
_V1, _V2 = 1, 2


class Log(NamedTuple):
    """A transparency log: its address, and the version of its interface, 1 or 2."""

    url: str
    version: int


class Services(NamedTuple):
    """Addresses: who certifies, and all who are to see each signature. One of the latter tells a time. There is one log at most."""

    fulcio: str
    stampers: tuple[str, ...]
    logs: tuple[Log, ...]


def of(given: KeylessConfig, root: Path, now: datetime) -> Services:
    """Return the services that the repository at `root` signs with.

    Raises:
        ConfigError: they are named twice or not at all, nobody of them tells the time, or the signing config is none.
    """
    named = bool(given.fulcio or given.timestamp or given.rekor)
    if given.signing_config and named:
        raise _wrong("services are named in lockstep.toml and in a signing config", "keep one of them")
    found = (
        _read(root / given.signing_config, now)
        if given.signing_config
        else Services(
            given.fulcio,
            (given.timestamp,) if given.timestamp else (),
            (Log(given.rekor, given.rekor_version),) if given.rekor else (),
        )
    )
    if not found.fulcio:
        raise _wrong("nobody is named who makes certificates", "fulcio, or signing_config")
    if not found.stampers and not any(log.version == _V1 for log in found.logs):
        raise _wrong("nobody is named who tells when a signature was made", "timestamp, or a rekor of version 1")
    if len(found.logs) > 1:
        raise _wrong("several transparency logs are named, and no policy takes more than one entry", "name one")
    return found


def _read(path: Path, now: datetime) -> Services:
    try:
        config = _parsed(path.read_bytes())
        authorities = _chosen(config.ca_urls, {_V1}, None, now)
        stampers = _chosen(config.tsa_urls, {_V1}, config.tsa_config, now)
        logs = _chosen(config.rekor_tlog_urls, {_V1, _V2}, config.rekor_tlog_config, now)
    except OSError as error:
        why = error.strerror or str(error)
        raise ConfigError("cannot read the signing config", where=str(path), why=why) from error
    except ValueError as error:
        why = str(error).partition("\n")[0]
        raise ConfigError(
            "the signing config cannot be used", where=str(path), why=why, remedy="cosign signing-config create"
        ) from error
    return Services(
        next((each.url for each in authorities), ""),
        tuple(each.url for each in stampers),
        tuple(Log(each.url, each.major_api_version) for each in logs),
    )


def _parsed(data: bytes) -> SigningConfig:
    found = SigningConfig.from_json(data)
    if found.media_type != _FORMAT:
        raise ValueError(f"it is of another format than {_FORMAT}")
    return found


def _chosen(
    services: Iterable[Service], versions: set[int], choice: ServiceConfiguration | None, now: datetime
) -> list[Service]:
    """Return the services to use, by the rules of the format: of each operator that which is in use and the newest.

    Raises:
        ValueError: fewer are in use than there must be.
    """
    best: dict[str, Service] = {}
    for each in services:
        known = best.get(each.operator)
        if (
            each.major_api_version in versions
            and _in_use(each, now)
            and (not known or known.major_api_version < each.major_api_version)
        ):
            best[each.operator] = each
    found = list(best.values())
    if choice is None or choice.selector == ServiceSelector.ALL:
        return found
    count = choice.count or 1 if choice.selector == ServiceSelector.EXACT else 1
    if choice.selector == ServiceSelector.EXACT and len(found) < count:
        raise ValueError(f"it asks for {count} services of a kind, and {len(found)} are in use")
    return found[:count]


def _in_use(service: Service, now: datetime) -> bool:
    days = service.valid_for
    return days is None or (days.start <= now and (days.end is None or now < days.end))


def _wrong(why: str, remedy: str) -> ConfigError:
    return ConfigError("signing without a key is not configured", where=_WHERE, why=why, remedy=remedy)
