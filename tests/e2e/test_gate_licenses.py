"""licenses through real interpreters, lock files and the engine."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from lockstep.gates.licenses import GATE
from lockstep.model.component import Component, Kind
from lockstep.model.finding import Report
from lockstep.model.gate import Check, Gate, LicencePolicy, Settings
from tests.e2e.gating import Done, copied, python_component, run
from tests.engine import running

pytestmark = pytest.mark.e2e

PYTHON, NODE, OTHERS = GATE.checks
FOLDER = "libs/lamps"
POLICY = LicencePolicy(allow=("Apache-2.0", "BSD-3-Clause", "MIT"), development=("GPL-3.0-or-later",))


def ran(check: Check, tmp_path: Path, case: str, policy: LicencePolicy = POLICY) -> Done:
    """Run a check on a case whose folder `site` is what is installed in the component's environment."""
    root = tmp_path / "tree"
    copied(f"licenses/{case}", root, FOLDER)
    python = environment(tmp_path / "env", root / FOLDER / "site")
    settings = Settings(licenses=policy)
    tool = lambda _: (sys.executable,)  # noqa: E731 - one word
    return run(check, root, python_component(FOLDER), tmp_path / "scratch", tool=tool, python=python, settings=settings)


def environment(folder: Path, installed: Path) -> str:
    subprocess.run((sys.executable, "-m", "uv", "venv", "--quiet", "--no-project", str(folder)), check=True)
    (site,) = folder.glob("lib/python*/site-packages")
    shutil.copytree(installed, site, dirs_exist_ok=True)
    shutil.rmtree(installed)
    return str(folder / "bin" / "python")


@pytest.mark.parametrize("check", [PYTHON, NODE], ids=["python", "node"])
def test_clean_is_clean(tmp_path: Path, check: Check) -> None:
    assert ran(check, tmp_path, "clean").report == Report()


def test_each_distribution_is_judged_at_its_place_in_the_lock(tmp_path: Path) -> None:
    done = ran(PYTHON, tmp_path, "dirty")
    assert done.places == {
        (f"{FOLDER}/uv.lock", 5, "not-allowed:GPL-3.0-or-later"),
        (f"{FOLDER}/uv.lock", 15, "unknown"),
        (f"{FOLDER}/uv.lock", 35, "unknown"),
    }
    assert {each.anchor for each in done.report.findings} == {"bulb", "glass", "shade"}


def test_development_has_no_licence_of_its_own_unless_the_policy_says_so(tmp_path: Path) -> None:
    done = ran(PYTHON, tmp_path, "dirty", replace(POLICY, development=()))
    assert (f"{FOLDER}/uv.lock", 10, "not-allowed:GPL-3.0-or-later") in done.places


def test_the_policy_speaks_for_packages_that_do_not(tmp_path: Path) -> None:
    packages = (("bulb", "MIT"), ("glass", "Apache-2.0"), ("shade", "BSD-3-Clause"))
    assert ran(PYTHON, tmp_path, "dirty", replace(POLICY, packages=packages)).report == Report()


def test_packages_of_node_are_judged_at_their_place_in_the_lock(tmp_path: Path) -> None:
    done = ran(NODE, tmp_path, "dirty", replace(POLICY, development=()))
    assert done.places == {
        (f"{FOLDER}/package-lock.json", 17, "unknown"),
        (f"{FOLDER}/package-lock.json", 21, "not-allowed:GPL-3.0-or-later"),
    }


def installed(root: Path, path: str, **manifest: object) -> None:
    running.write(root, {f"web/node_modules/{path}/package.json": json.dumps(manifest)})


def test_pnpm_packages_are_found_where_pnpm_puts_them(tmp_path: Path) -> None:
    lock = "lockfileVersion: '9.0'\n\npackages:\n\n  '@glass/window@2.1.0':\n    resolution: {}\n\n  bulb@1.0.0:\n    resolution: {}\n"
    running.write(tmp_path, {"web/pnpm-lock.yaml": lock})
    installed(
        tmp_path,
        ".pnpm/@glass+window@2.1.0/node_modules/@glass/window",
        name="@glass/window",
        version="2.1.0",
        license="ISC",
    )
    installed(tmp_path, "@glass/window/lib", name="inner", version="1")
    running.write(tmp_path, {"web/node_modules/bulb/package.json": '{"name": "bulb", "version": "1.0'})
    web = Component("web", "web", Kind.NODE_PACKAGE)
    settings = Settings(licenses=POLICY)
    done = run(NODE, tmp_path, web, tmp_path / "scratch", tool=lambda _: (sys.executable,), settings=settings)
    assert done.places == {("web/pnpm-lock.yaml", 5, "not-allowed:ISC")}
    assert done.report.lacking.endswith("not installed beside it are bulb 1.0.0")


def test_a_lock_that_is_cut_in_half_is_never_green(tmp_path: Path) -> None:
    root = tmp_path / "tree"
    copied("licenses/clean", root, "web")
    lock = root / "web" / "package-lock.json"
    os.truncate(lock, lock.stat().st_size // 2)
    web = Component("web", "web", Kind.NODE_PACKAGE)
    done = run(
        NODE, root, web, tmp_path / "scratch", tool=lambda _: (sys.executable,), settings=Settings(licenses=POLICY)
    )
    assert done.report.problem == "web/package-lock.json is no lock that npm writes, or not a whole one"


def only(*checks: Check) -> Gate:
    return replace(GATE, checks=checks)


def lock(licence: str) -> dict[str, str]:
    packages = {"node_modules/bulb": {"version": "1.0.0", "license": licence}}
    return {"web/package-lock.json": json.dumps({"lockfileVersion": 3, "packages": packages}, indent=2)}


def test_a_change_of_policy_acts_at_once(tmp_path: Path) -> None:
    root = running.repository(tmp_path / "shop", lock("MIT"))
    gate = only(NODE)
    assert running.verdicts(running.run(root, gate)) == {"licenses": "passed"}
    running.write(root, {"lockstep.toml": '[licenses]\nallow = ["ISC"]\n'})
    assert running.places(running.run(root, gate)) == ["web/package-lock.json:4"]
    running.write(root, {"lockstep.toml": '[licenses]\nallow = ["ISC"]\npackages = { bulb = "ISC" }\n'})
    assert running.verdicts(running.run(root, gate)) == {"licenses": "passed"}


def test_in_ci_a_change_cannot_allow_its_own_licence(tmp_path: Path) -> None:
    root = running.repository(tmp_path / "shop", lock("MIT"))
    running.git(root, "update-ref", "refs/remotes/origin/main", "HEAD")
    running.write(root, {"lockstep.toml": '[licenses]\nallow = ["GPL-3.0-only"]\n', **lock("GPL-3.0-only")})
    assert running.verdicts(running.run(root, only(NODE))) == {"licenses": "passed"}
    ci = running.machine(tmp_path / "store", CI="true")
    assert running.verdicts(running.run(root, only(NODE), host=ci)) == {"licenses": "failed"}


def test_what_nothing_tells_of_is_unavailable_and_not_remembered(tmp_path: Path) -> None:
    root = running.repository(tmp_path / "shop", {"go.mod": "module shop\n\nrequire bulb.example/bulb v1.0.0\n"})
    for _ in range(2):
        record = running.run(root, only(OTHERS))
        assert running.verdicts(record) == {"licenses": "unavailable"}
        assert "go.mod says nothing of licences" in record.gates[0].reason
        assert not record.actions[0].cached
