"""What a component has installed with npm or pnpm, and when that vouches for nothing."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from lockstep.plugin import lockstep_eslint
from lockstep.plugin.lockstep_node import LackingError, installed


@pytest.fixture
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return a stand-in for Node.js, the only program on the path; the working directory is empty."""
    program = tmp_path / "bin" / "node"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    (tmp_path / "tree").mkdir()
    monkeypatch.chdir(tmp_path / "tree")
    return str(program)


def lock(path: str, **versions: str) -> None:
    """Write what npm writes: a lock, or its copy of what is installed."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    packages = {f"node_modules/{name}": {"version": version} for name, version in versions.items()}
    Path(path).write_text(json.dumps({"packages": {"": {}, **packages}}), encoding="utf-8")


def install(folder: str, name: str = "eslint") -> None:
    script = Path(folder, "node_modules", name, "bin", f"{name}.js")
    script.parent.mkdir(parents=True)
    script.write_text("", encoding="utf-8")


def eslint() -> list[str]:
    return installed("web/package.json", "eslint", "bin/eslint.js")


def test_the_script_is_the_one_installed_nearest(node: str) -> None:
    install(".")
    lock("package-lock.json", eslint="10.0.0")
    lock("node_modules/.package-lock.json", eslint="10.0.0")
    assert eslint() == [node, "node_modules/eslint/bin/eslint.js"]
    install("web")
    assert eslint() == [node, "web/node_modules/eslint/bin/eslint.js"]


def test_what_pnpm_installed_counts_where_it_kept_the_same_lock(node: str) -> None:
    install("web")
    Path("web/pnpm-lock.yaml").write_text("lockfileVersion: 9\n", encoding="utf-8")
    Path("web/node_modules/.pnpm").mkdir()
    kept = Path("web/node_modules/.pnpm/lock.yaml")
    with pytest.raises(LackingError, match=r"another set of packages .*pnpm install --frozen-lockfile"):
        eslint()
    kept.write_text("lockfileVersion: 9\n", encoding="utf-8")
    assert eslint() == [node, "web/node_modules/eslint/bin/eslint.js"]


def test_a_package_that_is_not_among_those_installed_is_nothing(node: str) -> None:
    install("web", "other")
    lock("web/package-lock.json")
    assert node
    assert eslint() == []


@pytest.mark.usefixtures("node")
def test_packages_that_the_lock_does_not_name_vouch_for_nothing() -> None:
    with pytest.raises(LackingError, match=r"no package-lock\.json or pnpm-lock.yaml says what web/package.json is"):
        eslint()
    lock("web/package-lock.json", eslint="10.0.0")
    with pytest.raises(LackingError, match=r"what web/package-lock.json names is not installed \(npm ci\)"):
        eslint()
    install("web")
    lock("web/node_modules/.package-lock.json", eslint="9.0.0")
    with pytest.raises(LackingError, match=r"web/node_modules holds another eslint than web/package-lock\.json names"):
        eslint()


@pytest.mark.usefixtures("node")
def test_optional_packages_may_be_missing() -> None:
    install("web")
    lock("web/package-lock.json", eslint="10.0.0", other="1.0.0")
    lock("web/node_modules/.package-lock.json", eslint="10.0.0")
    with pytest.raises(LackingError, match="another other than"):
        eslint()
    named = Path("web/package-lock.json")
    named.write_text(
        named.read_text(encoding="utf-8").replace('"1.0.0"', '"1.0.0", "optional": true'), encoding="utf-8"
    )
    assert eslint()


def test_without_node_nothing_can_be_told(node: str) -> None:
    Path(node).unlink()
    with pytest.raises(LackingError, match=r"Node\.js is not on this machine"):
        eslint()


def test_eslint_that_cannot_be_started_ends_with_86_and_says_why(node: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert lockstep_eslint.main(["web", "--format=json"]) == 86
    assert "says what web/package.json is" in capsys.readouterr().err
    install("web", "other")
    lock("web/package-lock.json")
    assert node
    assert lockstep_eslint.main(["web", "--format=json"]) == 86
    assert capsys.readouterr().err == (
        "ESLint is configured for web but not installed (npm install --save-dev eslint)\n"
    )


def test_eslint_is_become_in_the_components_folder(node: str) -> None:
    install("web")
    lock("web/package-lock.json")
    Path(node).write_text('#!/bin/sh\nprintf "%s\\n" "$PWD" "$@"\nexit 7\n', encoding="utf-8")
    command = (sys.executable, lockstep_eslint.__file__, "web", "--format=json", "--", "a.js")
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    web = Path.cwd() / "web"
    script = str(web / "node_modules/eslint/bin/eslint.js")
    assert (done.returncode, done.stdout.splitlines()) == (7, [str(web), script, "--format=json", "--", "a.js"])
