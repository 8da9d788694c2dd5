"""Node programs with their whole tree pinned: npm is a stand-in here, tests/e2e/test_gate_contract_checks.py has the real one."""

import base64
import hashlib
import json
import subprocess
from pathlib import Path

import msgspec
import pytest

from lockstep.model.digests import of_bytes
from lockstep.toolchain import archives
from lockstep.toolchain.lock import ToolEntry
from lockstep.toolchain.providers import npm_tree
from lockstep.toolchain.site import Site, SourceError
from lockstep.toolchain.sources import NpmTreeSource
from tests.engine.running import machine

BYTES = b"a tarball"
DIGEST = hashlib.sha512(BYTES).digest()
INTEGRITY = f"sha512-{base64.b64encode(DIGEST).decode()}"
LAMP = {"version": "1.0.0", "integrity": INTEGRITY, "resolved": "https://shop.example/lamp.tgz", "license": "MIT"}
TREE = {"lockfileVersion": 3, "packages": {"": {"dependencies": {"lamp": "1.0.0"}}, "node_modules/lamp": LAMP}}
# Notes its words and the tree, installs one script, keeps one tarball in its cache, and locks what it is asked to.
NPM = f"""#!/bin/sh
echo "$@" >> "$TMPDIR/words"
cp package-lock.json "$TMPDIR/tree" 2>/dev/null
mkdir -p node_modules/lamp && echo lit > node_modules/lamp/index.js
case "$*" in
  *package-lock-only*) printf '%s' '{json.dumps(TREE)}' > package-lock.json ;;
esac
while [ $# -gt 0 ]; do
  if [ "$1" = --cache ]; then
    mkdir -p "$2/_cacache/content-v2/sha512/{DIGEST.hex()[:2]}/{DIGEST.hex()[2:4]}"
    printf '%s' '{BYTES.decode()}' > "$2/_cacache/content-v2/sha512/{DIGEST.hex()[:2]}/{DIGEST.hex()[2:4]}/{DIGEST.hex()[4:]}"
  fi
  shift
done
"""


class Bench:
    """A site with stand-ins for npm and node, and an entry whose tree is written beside its lock."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name, text in {"npm": NPM, "node": '#!/bin/sh\nexec cat "$1"\n'}.items():
            program = folder / "programs" / name
            program.parent.mkdir(exist_ok=True)
            program.write_text(text, encoding="utf-8")
            program.chmod(0o755)
        for name in ("tool", "scratch"):
            (folder / name).mkdir()

    def site(self, bundle: Path | None = None) -> Site:
        return Site(
            host=machine(self.folder / "store"),
            platform="linux-x86_64",
            folder=self.folder / "tool",
            scratch=self.folder / "scratch",
            tell=lambda _fraction, _detail: None,
            program=lambda name: (str(self.folder / "programs" / name),),
            bundle=bundle,
        )

    def source(self, tree: object = TREE, digest: str = "") -> tuple[ToolEntry, NpmTreeSource]:
        data = msgspec.json.encode(tree)
        (self.folder / "lamp.json").write_bytes(data)
        source = NpmTreeSource(
            package="lamp@{version}",
            tree="lamp.json",
            digest=digest or f"sha256:{of_bytes(data)}",
            member="node_modules/lamp/index.js",
        )
        return ToolEntry("1.0.0", "MIT", "lamp", (source,), name="lamp", folder=str(self.folder)), source

    def noted(self, name: str) -> str:
        return (self.folder / "scratch" / name).read_text(encoding="utf-8")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_the_tree_is_installed_and_the_program_starts_on_the_node_beside_npm(bench: Bench) -> None:
    assert npm_tree.fetch(bench.site(), *bench.source()) == ("bin/lamp",)
    done = subprocess.run((str(bench.folder / "tool/bin/lamp"),), capture_output=True, text=True, check=True)
    assert done.stdout == "lit\n"
    assert "--ignore-scripts" in bench.noted("words")
    manifest = json.loads((bench.folder / "tool/package.json").read_text())
    assert manifest["dependencies"] == {"lamp": "1.0.0"}


def test_a_bundle_holds_the_tarballs_and_needs_no_network(bench: Bench) -> None:
    entry, source = bench.source()
    npm_tree.collect(bench.site(), entry, source)
    bundle = bench.folder / "tool"
    assert (bundle / "files" / archives.blob_name(INTEGRITY)).read_bytes() == BYTES
    other = bench.folder / "other"
    other.mkdir()
    npm_tree.fetch(msgspec.structs.replace(bench.site(bundle), folder=other), entry, source)
    assert "--offline" in bench.noted("words").splitlines()[-1]
    taken = json.loads(bench.noted("tree"))["packages"]["node_modules/lamp"]["resolved"]
    assert Path(taken.removeprefix("file:")).read_bytes() == BYTES
    assert json.loads((other / "package-lock.json").read_text()) == TREE


def test_a_tree_of_another_digest_is_refused(bench: Bench) -> None:
    with pytest.raises(SourceError, match="wrong digest") as caught:
        npm_tree.fetch(bench.site(), *bench.source(digest=f"sha256:{'0' * 64}"))
    assert caught.value.refused


def test_a_package_without_a_digest_is_refused(bench: Bench) -> None:
    loose = {"packages": {"": {"dependencies": {}}, "node_modules/lamp": {"version": "1.0.0", "integrity": "sha1-x"}}}
    with pytest.raises(SourceError, match="node_modules/lamp has no digest") as caught:
        npm_tree.fetch(bench.site(), *bench.source(loose))
    assert caught.value.refused


def test_a_tree_without_the_program_or_no_tree_at_all_is_an_error(bench: Bench) -> None:
    entry, source = bench.source()
    with pytest.raises(SourceError, match="it holds no other"):
        npm_tree.fetch(bench.site(), entry, msgspec.structs.replace(source, member="other"))
    with pytest.raises(SourceError, match="cannot read"):
        npm_tree.fetch(bench.site(), entry, msgspec.structs.replace(source, tree="none.json"))


def test_a_tree_is_locked_without_addresses(bench: Bench) -> None:
    made = json.loads(npm_tree.compiled(bench.site(), "lamp@1.0.0"))
    assert made["packages"] == {
        "": {"dependencies": {"lamp": "1.0.0"}},
        "node_modules/lamp": {"version": "1.0.0", "integrity": INTEGRITY},
    }
