"""Files that others can guess or change, and files that they cannot."""

import os
import stat
import tempfile
from pathlib import Path
from tempfile import mktemp


def temporary():
    # ruleid: lockstep-python-insecure-tempfile
    first = tempfile.mktemp(suffix=".txt")
    # ruleid: lockstep-python-insecure-tempfile
    second = mktemp()
    # ok: lockstep-python-insecure-tempfile
    third = tempfile.mkstemp()
    # ok: lockstep-python-insecure-tempfile
    fourth = tempfile.NamedTemporaryFile()
    return first, second, third, fourth


def predictable(name, text):
    # ruleid: lockstep-python-predictable-temp-path
    with open("/tmp/report.txt", "w") as file:
        file.write(text)
    # ruleid: lockstep-python-predictable-temp-path
    Path("/var/tmp/report.txt").write_text(text)
    # ruleid: lockstep-python-predictable-temp-path
    open(f"/tmp/report-{name}.txt", "wb").close()
    # ok: lockstep-python-predictable-temp-path
    with open("/tmp/report.txt") as file:
        text = file.read()
    # ok: lockstep-python-predictable-temp-path
    with open("/srv/report.txt", "w") as file:
        file.write(text)
    with tempfile.TemporaryDirectory() as folder:
        # ok: lockstep-python-predictable-temp-path
        Path(folder, "report.txt").write_text(text)


def permissions(path, file: Path):
    # ruleid: lockstep-python-world-writable-file
    os.chmod(path, 0o777)
    # ruleid: lockstep-python-world-writable-file
    file.chmod(0o666)
    # ruleid: lockstep-python-world-writable-file
    os.chmod(path, stat.S_IRUSR | stat.S_IWOTH)
    # ruleid: lockstep-python-world-writable-file
    os.makedirs(path, exist_ok=True, mode=0o777)
    # ruleid: lockstep-python-world-writable-file
    os.umask(0)
    # ok: lockstep-python-world-writable-file
    os.chmod(path, 0o755)
    # ok: lockstep-python-world-writable-file
    file.chmod(0o640)
    # ok: lockstep-python-world-writable-file
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    # ok: lockstep-python-world-writable-file
    os.umask(0o077)


def read_mask():
    # ok: lockstep-python-world-writable-file
    mask = os.umask(0)
    os.umask(mask)
    return mask
