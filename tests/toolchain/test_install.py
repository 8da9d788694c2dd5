"""Sources in their order, whole tools only, one error for all that was tried."""

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lockstep.errors import RunError, ToolError
from lockstep.host.files import CACHEDIR_TAG, locked
from lockstep.host.process import Completed
from lockstep.model.event import Preparing
from lockstep.toolchain import store
from lockstep.toolchain.lock import platform
from tests.toolchain.servers import Server, hang, sha256, tar
from tests.toolchain.yards import NOWHERE, Yard, entry, release, said

OTHER = b"#!/bin/sh\necho other\n"


def test_the_first_source_whose_bytes_verify_wins(yard: Yard) -> None:
    wrong = release(f"{yard.server.url}/vendor/other", sha256(b"what the lock pins"))
    yard.server.answers["/vendor/other"] = OTHER
    yard.write(entry(wrong, yard.vendor(), yard.wheels()))
    assert said(yard.provide("lamp")["lamp"]) == "lamp"
    assert yard.server.asked_for("/simple/lamp/") == 0
    assert any("the vendor's release" in told and "wrong digest" in told for told in yard.details)


def test_a_wrong_digest_is_refused_with_source_expected_and_got_and_nothing_stays(yard: Yard) -> None:
    yard.server.answers["/vendor/lamp"] = OTHER
    yard.write(entry(release(f"{yard.server.url}/vendor/lamp", sha256(b"pinned"))))
    with pytest.raises(ToolError) as caught:
        yard.provide("lamp")
    error = caught.value
    assert error.what == "lamp 1.0.0 cannot be had"
    assert error.why == (
        f"the vendor's release: {yard.server.url}/vendor/lamp has the wrong digest: "
        f"expected {sha256(b'pinned')}, got {sha256(OTHER)}"
    )
    assert "do not use" in error.remedy
    assert yard.left() == []


def test_where_no_source_is_reachable_one_error_names_them_all_and_what_would_help(yard: Yard) -> None:
    yard.write(entry(yard.wheels(), yard.npm(), yard.go(), release(f"{NOWHERE}/lamp", sha256(b""))))
    yard.cut_off()
    del yard.environ["LOCKSTEP_RELEASE_MIRROR"]
    with pytest.raises(ToolError) as caught:
        yard.provide("lamp")
    labels = [line.strip().split(":")[0] for line in caught.value.why.splitlines()]
    assert labels == [
        "the Python package index",
        "the npm registry",
        "the Go module proxy",
        "the vendor's release",
    ]
    for setting in ("UV_DEFAULT_INDEX", "NPM_CONFIG_REGISTRY", "GOPROXY", "LOCKSTEP_RELEASE_MIRROR", "--bundle"):
        assert setting in caught.value.remedy
    assert yard.left() == []
    assert yard.heard[-1] == Preparing("lamp 1.0.0", 1.0, "not to be had")


def test_several_tools_that_cannot_be_had_are_one_error(yard: Yard) -> None:
    yard.write(
        entry(release(f"{NOWHERE}/lamp", sha256(b""))),
        entry(release(f"{NOWHERE}/torch", sha256(b"")).replace("lamp.", "torch."), name="torch"),
        entry('[[fan.sources]]\nkind = "machine"\nprogram = "no-such-program"\n', name="fan"),
    )
    with pytest.raises(ToolError) as caught:
        yard.provide("lamp", "torch", "fan")
    assert caught.value.what == "3 tools cannot be had: lamp, torch, fan"
    assert "lamp 1.0.0 cannot be had" in caught.value.why
    assert "has no fan on PATH" in caught.value.why
    assert caught.value.remedy.count("LOCKSTEP_RELEASE_MIRROR") == 1
    assert "put the program on PATH" in caught.value.remedy


def test_one_that_fails_does_not_keep_the_others_from_being_installed(yard: Yard) -> None:
    yard.write(
        entry(yard.vendor()), entry(release(f"{NOWHERE}/t", sha256(b"")).replace("lamp.", "torch."), name="torch")
    )
    with pytest.raises(ToolError, match="torch"):
        yard.provide("lamp", "torch")
    assert yard.left() == [yard.folder("lamp").name]


def test_a_tool_is_installed_once(yard: Yard) -> None:
    yard.write(entry(yard.vendor()))
    assert yard.provide("lamp") == yard.provide("lamp", "lamp")
    assert yard.server.asked_for("/vendor/lamp") == 1


def test_the_store_says_that_it_is_a_cache(yard: Yard) -> None:
    yard.write(entry(yard.vendor()))
    yard.provide("lamp")
    for folder in (yard.store, yard.store / "tools"):
        assert (folder / CACHEDIR_TAG).read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55\n")


@pytest.mark.parametrize("inner", ["", "tools"])
def test_a_folder_that_holds_other_things_is_not_taken_for_a_store(yard: Yard, inner: str) -> None:
    yard.write(entry(yard.vendor()))
    foreign = yard.store / inner / "holiday"
    foreign.mkdir(parents=True)
    if inner:
        (yard.store / CACHEDIR_TAG).touch()
    with pytest.raises(ToolError, match="holds holiday"):
        yard.provide("lamp")
    assert not (foreign.parent / CACHEDIR_TAG).exists()


def test_a_damaged_program_is_noticed_on_use_and_installed_anew(yard: Yard) -> None:
    yard.write(entry(yard.vendor()))
    program = Path(yard.provide("lamp")["lamp"][0])
    status = program.stat()
    program.chmod(0o755)
    program.write_bytes(b"#!/bin/sh\necho evil\n")
    os.utime(program, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert said(yard.provide("lamp")["lamp"]) == "lamp"
    assert "installed anew: bin/lamp has changed" in yard.details
    assert yard.server.asked_for("/vendor/lamp") == 2


@pytest.mark.parametrize("harm", ["missing", "longer", "not-executable", "unlinked", "no-manifest", "garbage", "other"])
def test_whatever_is_wrong_with_an_installed_tool_it_is_installed_anew(yard: Yard, harm: str) -> None:
    yard.write(entry(yard.wheels()))
    program = Path(yard.provide("lamp")["lamp"][0])
    folder = yard.folder("lamp")
    manifest = folder / "lockstep-tool.json"
    module = next(folder.glob("lib/python*/site-packages/lamp.py"))
    for path in (manifest, module):
        path.chmod(0o644)
    match harm:
        case "missing":
            module.unlink()
        case "longer":
            module.write_text("print('evil')")
        case "not-executable":
            program.chmod(0o444)
        case "unlinked":
            (folder / "bin" / "python").unlink()
            (folder / "bin" / "python").symlink_to("/no/such/python")
        case "no-manifest":
            manifest.unlink()
        case "garbage":
            manifest.write_bytes(b'{"name": "\xff"}')
        case _:
            manifest.write_text(manifest.read_text().replace('"identity":"', '"identity":"0'))
    assert said(yard.provide("lamp")["lamp"]) == "lamp 1.0.0"
    assert yard.left() == [folder.name]


def test_a_file_that_cannot_be_looked_at_is_damage(yard: Yard) -> None:
    yard.write(entry(yard.wheels()))
    yard.provide("lamp")
    library = yard.folder("lamp") / "lib"
    library.rename(library.with_name("elsewhere"))
    library.write_text("no folder")
    assert said(yard.provide("lamp")["lamp"]) == "lamp 1.0.0"
    assert any("cannot be read: Not a directory" in told for told in yard.details)


def test_a_killed_install_leaves_nothing_that_counts_and_the_next_one_clears_it(yard: Yard) -> None:
    yard.write(entry(yard.vendor()))
    program = yard.server.answers["/vendor/lamp"]
    began = threading.Event()

    def begin(handler: object) -> None:
        began.set()
        hang(handler)  # type: ignore[arg-type]

    yard.server.answers["/vendor/lamp"] = begin
    process = yard.process("tools.install", "--tool", "lamp")
    assert began.wait(30)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    (half,) = yard.left()
    assert half.startswith(".tmp-lamp-")
    yard.server.answers["/vendor/lamp"] = program
    assert said(yard.provide("lamp")["lamp"]) == "lamp"
    assert yard.left() == [yard.folder("lamp").name]


def test_two_processes_that_install_the_same_tool_at_once_do_the_work_once(yard: Yard) -> None:
    yard.write(entry(yard.vendor()))
    program = yard.server.answers["/vendor/lamp"]
    assert isinstance(program, bytes)
    go_on = threading.Event()

    def slow(handler: object) -> None:
        go_on.wait(30)
        handler.send_response(200)  # type: ignore[attr-defined]
        handler.end_headers()  # type: ignore[attr-defined]
        handler.wfile.write(program)  # type: ignore[attr-defined]

    yard.server.answers["/vendor/lamp"] = slow
    processes = [yard.process("tools.install", "--tool", "lamp") for _ in range(2)]
    go_on.set()
    for process in processes:
        printed, _ = process.communicate(timeout=60)
        assert process.returncode == 0, printed
    assert yard.server.asked_for("/vendor/lamp") == 1


def test_threads_that_install_the_same_tool_at_once_do_the_work_once(yard: Yard) -> None:
    yard.write(entry(yard.vendor()))
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: yard.provide("lamp")["lamp"], range(4)))
    assert len(set(found)) == 1
    assert yard.server.asked_for("/vendor/lamp") == 1


def test_the_machines_own_program_is_used_where_it_has_one(yard: Yard, tmp_path: Path) -> None:
    own = tmp_path / "bin" / "lamp"
    own.parent.mkdir()
    own.write_text("#!/bin/sh\necho own\n")
    own.chmod(0o755)
    yard.write(entry('[[lamp.sources]]\nkind = "machine"\nprogram = "lamp"\n', yard.vendor()))
    assert said(yard.provide("lamp")["lamp"]) == "lamp"
    yard.environ["PATH"] = f"{own.parent}:{yard.environ['PATH']}"
    assert yard.provide("lamp")["lamp"] == (str(own),)


def test_an_entry_may_stand_for_another(yard: Yard) -> None:
    both = (
        '[[torch.sources]]\nkind = "machine"\nprogram = "no-torch"\n[[torch.sources]]\nkind = "tool"\ntool = "lamp"\n'
    )
    yard.write(entry(yard.vendor()), entry(both, name="torch"))
    assert said(yard.provide("torch")["torch"]) == "lamp"


def test_a_maker_that_cannot_be_had_is_the_sources_reason(yard: Yard) -> None:
    npm = entry('[[npm.sources]]\nkind = "machine"\nprogram = "no-such-npm"\n', name="npm")
    yard.write(npm, entry(yard.npm()))
    with pytest.raises(ToolError) as caught:
        yard.provide("lamp")
    assert "needs npm, but npm 1.0.0 cannot be had" in caught.value.why


def test_a_store_that_cannot_be_written_is_one_clear_error(yard: Yard) -> None:
    yard.store.write_text("a file")
    yard.write(entry(yard.vendor()))
    with pytest.raises(RunError, match="cannot make the store of tools"):
        yard.provide("lamp")


def test_a_program_that_is_not_in_the_package_is_named(yard: Yard) -> None:
    yard.write(entry(yard.wheels()).replace('program = "lamp"', 'program = "torch"'))
    with pytest.raises(ToolError, match="it holds no bin/torch"):
        yard.provide("lamp")


def test_a_tool_that_is_in_an_archive(yard: Yard) -> None:
    data = tar({"lamp-1.0.0/bin/lamp": b"#!/bin/sh\necho packed\n"}, "w:xz")
    yard.write(entry(yard.vendor(data, path="/v/lamp-1.0.0-x.tar.xz", member="lamp-{version}/bin/{name}")))
    with pytest.raises(ToolError, match=r"does not hold lamp-1\.0\.0/bin/x"):
        yard.provide("lamp")
    yard.write(entry(yard.vendor(data, path="/v/lamp-1.0.0-x.tar.xz", member="lamp-{version}/bin/lamp")))
    assert said(yard.provide("lamp")["lamp"]) == "packed"


def test_a_mirror_may_stand_for_every_vendor(yard: Yard, server: Server) -> None:
    yard.write(entry(release("https://vendor.example/get/lamp-{version}", sha256(OTHER))))
    server.answers["/mirror/vendor.example/get/lamp-1.0.0"] = OTHER
    yard.environ["LOCKSTEP_RELEASE_MIRROR"] = f"{server.url}/mirror/"
    assert said(yard.provide("lamp")["lamp"]) == "other"


def test_a_platform_that_the_lock_has_no_digest_for(yard: Yard) -> None:
    other = "macos-arm64" if platform().startswith("linux") else "linux-arm64"
    yard.write(entry(yard.vendor().replace(platform(), other), yard.npm().replace(platform(), other)))
    with pytest.raises(ToolError) as caught:
        yard.provide("lamp")
    assert caught.value.why.count(f"the lock has no digest for {platform()}") == 2


def test_a_bug_is_not_taken_for_a_source_that_fails(yard: Yard) -> None:
    def broken(_: object) -> Completed:
        raise ZeroDivisionError

    yard.write(entry(yard.wheels()))
    yard.processes.answers["uv"] = broken
    with pytest.raises(ZeroDivisionError):
        yard.provide("lamp")


def test_an_interrupt_ends_the_installers(yard: Yard) -> None:
    cancelled = threading.Event()

    def wait(_: object) -> Completed:
        time.sleep(0.5)  # until the main thread has started this one and waits for it
        os.kill(os.getpid(), signal.SIGINT)
        assert cancelled.wait(30)
        return Completed(-15, b"", b"", failure="cancelled")

    yard.write(entry(yard.wheels()))
    yard.processes.answers["uv"] = wait
    yard.processes.cancel = cancelled.set  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        yard.provide("lamp")
    assert yard.left() == []


def test_an_interrupt_is_not_kept_waiting_by_a_server_that_says_nothing(yard: Yard) -> None:
    yard.write(entry(yard.vendor()))
    began = threading.Event()

    def begin(handler: object) -> None:
        began.set()
        hang(handler)  # type: ignore[arg-type]

    yard.server.answers["/vendor/lamp"] = begin
    process = yard.process("tools.install", "--tool", "lamp")
    assert began.wait(30)
    process.send_signal(signal.SIGINT)
    printed, _ = process.communicate(timeout=30)
    assert process.returncode not in {0, None}
    assert "Traceback" not in printed
    assert yard.left() == []


def test_an_interrupt_is_not_kept_waiting_by_another_process_at_work(yard: Yard) -> None:
    yard.write(entry(yard.vendor()))
    yard.provide("lamp")
    folder = yard.folder("lamp")
    (folder / "lockstep-tool.json").unlink()
    with locked(store.lock_of(folder)):
        process = yard.process("tools.install", "--tool", "lamp")
        interrupted = threading.Timer(2, process.send_signal, (signal.SIGINT,))
        interrupted.start()
        process.communicate(timeout=30)
    assert process.returncode not in {0, None}


def test_a_full_disk_is_said_to_be_one(yard: Yard) -> None:
    yard.write(entry(yard.vendor(b"x" * 3_000_000)))
    process = yard.process("tools.install", "--tool", "lamp", limit=2048)
    printed, _ = process.communicate(timeout=60)
    assert process.returncode == 5
    assert "error: cannot install lamp 1.0.0\n  at: " in printed
    assert "because: File too large" in printed
    assert yard.left() == []
