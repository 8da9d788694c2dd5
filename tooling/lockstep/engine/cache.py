"""The local store of results: `ac/` holds action results by key, `cas/` bytes by digest, `last/` the key parts of each action.

The words are those of the Remote Execution API (ActionCache, ContentAddressableStorage). Only results of tools that ran
to their end are stored. A damaged entry is a miss.
"""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import msgspec

from lockstep.host.files import explained, private_folder, tag_cache, write_atomic
from lockstep.model.digests import Digest, of_bytes
from lockstep.model.finding import Report


class ActionResult(msgspec.Struct, frozen=True):
    """What a finished action left: its exit code, the digest of its log in the CAS, its report, and seconds it took."""

    exit_code: int
    log: Digest
    report: Report
    seconds: float


class Last(msgspec.Struct, frozen=True):
    """The parts of an action's key when it last had a result, and how long it took."""

    parts: Mapping[str, str]
    seconds: float


_RESULT = msgspec.json.Decoder(ActionResult)
_LAST = msgspec.json.Decoder(Last)


class Cache(msgspec.Struct, frozen=True):
    """The store in `folder` (absolute)."""

    folder: Path

    def get(self, key: Digest) -> ActionResult | None:
        """Return the result under `key`, or None; its log and all that it built are in the CAS then."""
        result = self._read(key)
        return result if result and all(self.blob(digest).is_file() for digest in _named(result)) else None

    def blobs(self, key: Digest) -> tuple[Digest, ...]:
        """Return the digests of all bytes that the result under `key` names, whether they are there or not."""
        result = self._read(key)
        return _named(result) if result else ()

    def _read(self, key: Digest) -> ActionResult | None:
        try:
            return _RESULT.decode(self.place(key).read_bytes())
        except (OSError, msgspec.DecodeError):
            return None

    def put(self, key: Digest, result: ActionResult) -> None:
        """Store a result; its log must be in the CAS already."""
        tag_cache(self.folder)
        write_atomic(self.place(key), msgspec.json.encode(result))

    def put_blob(self, data: bytes) -> Digest:
        """Store bytes and return their digest."""
        digest = of_bytes(data)
        path = self.blob(digest)
        if not path.is_file():
            write_atomic(path, data)
        return digest

    def put_file(self, digest: Digest, path: Path) -> None:
        """Store a file whose digest the caller knows; it is moved where that can be, and nobody may write to it."""
        target = self.blob(digest)
        if target.is_file():
            return
        with explained("store a file", target):
            target.parent.mkdir(parents=True, exist_ok=True)
            with private_folder(target.parent, ".tmp-") as folder:
                copy = folder / "blob"
                shutil.move(path, copy)
                copy.chmod(0o444)
                os.utime(copy)  # young, so that no other run deletes it before a result names it
                copy.replace(target)

    def blob(self, digest: Digest) -> Path:
        """Return where the bytes with that digest are, if they are."""
        return self.folder / "cas" / digest[:2] / digest

    def last(self, action: str) -> Last | None:
        """Return what is known of the action's last result."""
        try:
            return _LAST.decode(self._last(action).read_bytes())
        except (OSError, msgspec.DecodeError):
            return None

    def remember(self, action: str, last: Last) -> None:
        """Keep the key parts of the action's newest result."""
        write_atomic(self._last(action), msgspec.json.encode(last))

    def lock(self, action: str) -> Path:
        """Return the path of the lock that two runs of the same action share."""
        return self.folder / "locks" / of_bytes(action.encode("utf-8", "surrogateescape"))[:32]

    def place(self, key: Digest) -> Path:
        """Return where the result under `key` is, if there is one."""
        return self.folder / "ac" / key[:2] / f"{key}.json"

    def _last(self, action: str) -> Path:
        return self.folder / "last" / f"{of_bytes(action.encode('utf-8', 'surrogateescape'))[:32]}.json"


def _named(result: ActionResult) -> tuple[Digest, ...]:
    return (result.log, *map(Digest, result.report.blobs))
