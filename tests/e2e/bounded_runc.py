#!/usr/bin/env python3
"""runc for machines that hold back a capability: privileged containers get all but that one.

A daemon runs it in place of runc, with runc's own arguments. What a container or a program in it is to be is in a file, from
which the capabilities that nobody can have here are taken out first.
"""

import json
import os
import sys
from pathlib import Path

# Linux's capabilities by number, capabilities(7) of man-pages 6.03.
NAMES = (
    *("CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP"),
    *("LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER"),
    *("SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE"),
    *("SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP"),
    *("MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF"),
    "CHECKPOINT_RESTORE",
)
_BOUND = "CapBnd:"


def main(argv: list[str]) -> None:
    """Bound what the command line names, and become runc."""
    if "--process" in argv:
        _bound(Path(argv[argv.index("--process") + 1]))
    elif "--bundle" in argv:
        _bound(Path(argv[argv.index("--bundle") + 1], "config.json"))
    os.execvp("runc", ("runc", *argv))  # noqa: S606, S607 - in place of runc, wherever the daemon finds it


def _bound(path: Path) -> None:
    status = Path("/proc/self/status").read_text("utf-8").splitlines()
    bits = int(next(line for line in status if line.startswith(_BOUND)).removeprefix(_BOUND), 16)
    had = {f"CAP_{name}" for number, name in enumerate(NAMES) if bits >> number & 1}
    told = json.loads(path.read_text("utf-8"))
    process = told.get("process", told)  # of a container, or of one more program in it
    wanted = process.get("capabilities") or {}
    process["capabilities"] = {kind: [each for each in names if each in had] for kind, names in wanted.items()}
    path.write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
