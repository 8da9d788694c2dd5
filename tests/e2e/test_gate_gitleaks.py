"""gitleaks through the real gitleaks and git. Secrets are put together at run time, so that none stands in this repository."""

import base64
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from lockstep import host
from lockstep.gates.gitleaks import GATE
from lockstep.host import Host
from lockstep.model.component import Component, Kind
from lockstep.model.gate import Scan
from lockstep.model.record import RunRecord
from lockstep.plugin import lockstep_secrets
from tests.e2e.gating import Done, copied, run
from tests.e2e.planted import secrets
from tests.engine import running
from tests.engine.running import git, repository, write

pytestmark = pytest.mark.e2e

HISTORY, UNCOMMITTED = GATE.checks
WHOLE = Component(".", ".", Kind.REPOSITORY)
CONFIGURED = Component(".", ".", Kind.REPOSITORY, configured=(("gitleaks", ".gitleaks.toml"),))
CLOUD, OTHER = secrets._CLOUD, secrets._CLOUD[:-2] + "ZQ"
MARKS = {
    "@CLOUD@": CLOUD,
    "@CODE_HOST@": secrets._CODE_HOST,
    "@GATEWAY@": secrets._GATEWAY,
    "@PEM@": secrets._PEM,
}
DRIVER = Path(lockstep_secrets.__file__)
RULES = DRIVER.parents[1] / "rules/gitleaks.toml"
Tool = Callable[[str], tuple[str, ...]]


@pytest.fixture
def tools(tool: Tool) -> Tool:
    return lambda name: (sys.executable,) if name == "lockstep" else tool(name)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return repository(tmp_path / "shop", {"README.md": "# Shop\n", ".gitignore": ".lockstep/\n"})


def commit(root: Path, message: str = "change", **files: str) -> str:
    """Commit files whose names have `_` for `.`; return the commit."""
    write(root, {name.replace("_", "."): text for name, text in files.items()})
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--allow-empty", "--message", message)
    return git(root, "rev-parse", "HEAD")


def key(secret: str = CLOUD) -> str:
    return f"region = ca-central-1\naccess_key_id = {secret}\n"


def history(root: Path, scratch: Path, tools: Tool, component: Component = WHOLE, commits: str = "") -> Done:
    return run(HISTORY, root, component, scratch, tool=tools, history=commits or git(root, "rev-parse", "HEAD"))


def filled(case: str, root: Path) -> None:
    """Copy a case and put secrets in place of its marks."""
    copied(f"gitleaks/{case}", root)
    for path in (each for each in root.rglob("*") if each.is_file() and ".git" not in each.parts):
        text = path.read_text(encoding="utf-8")
        for mark, secret in MARKS.items():
            text = text.replace(mark, secret)
        path.write_text(text, encoding="utf-8")


DIRTY = {
    ("ops/deploy.conf", 3, "aws-access-token"),
    ("ops/releases.md", 3, "github-pat"),
    ("ops/gateway.yaml", 3, "generic-api-key"),
    ("ops/gateway.pem", 1, "private-key"),
}


def test_names_of_secrets_are_no_secrets(shop: Path, tmp_path: Path, tools: Tool) -> None:
    filled("clean", shop)
    new = run(UNCOMMITTED, shop, WHOLE, tmp_path / "new", tool=tools, history=git(shop, "rev-parse", "HEAD"))
    commit(shop)
    old = history(shop, tmp_path / "old", tools)
    assert (new.report.problem, new.places, old.report.problem, old.places) == ("", set(), "", set())


def test_every_secret_is_found_whatever_comments_and_ignore_files_say(shop: Path, tmp_path: Path, tools: Tool) -> None:
    filled("dirty", shop)
    new = run(UNCOMMITTED, shop, WHOLE, tmp_path / "new", tool=tools, history=git(shop, "rev-parse", "HEAD"))
    commit(shop)
    old = history(shop, tmp_path / "old", tools)
    assert (new.places, old.places) == (DIRTY, DIRTY)


def test_a_repository_without_a_commit_is_scanned(tmp_path: Path, tools: Tool) -> None:
    git(tmp_path, "init", "--quiet", "shop")
    filled("dirty", tmp_path / "shop")
    assert run(UNCOMMITTED, tmp_path / "shop", WHOLE, tmp_path / "new", tool=tools).places == DIRTY


def test_a_secret_in_an_old_commit_has_its_place_there_and_names_the_commit(
    shop: Path, tmp_path: Path, tools: Tool
) -> None:
    added = commit(shop, old_conf=key())
    git(shop, "rm", "--quiet", "old.conf")
    commit(shop, "gone")
    [found] = history(shop, tmp_path / "old", tools).report.findings
    day = git(shop, "show", "--no-patch", "--format=%ad", "--date=format-local:%Y-%m-%d", added)
    assert (str(found.location), found.anchor) == ("old.conf:2", f"{added}:old.conf:2")
    assert found.message.endswith(f"(commit {added[:10]} of {day})")
    assert found.snippet == ""


def test_only_what_is_added_to_the_newest_commit_counts_as_new(shop: Path, tmp_path: Path, tools: Tool) -> None:
    tip = commit(shop, deploy_conf=key(), link_conf="x")
    write(shop, {"deploy.conf": key() + f"other = {OTHER}\n"})
    new = run(UNCOMMITTED, shop, WHOLE, tmp_path / "new", tool=tools, history=tip)
    assert new.places == {("deploy.conf", 3, "aws-access-token")}


def test_what_a_merge_itself_adds_is_found_even_where_it_settles_a_conflict(
    shop: Path, tmp_path: Path, tools: Tool
) -> None:
    commit(shop, both_conf="a\nb\nc\n")
    git(shop, "checkout", "--quiet", "-b", "side")
    commit(shop, both_conf="a\nside\nc\n")
    git(shop, "checkout", "--quiet", "main")
    commit(shop, both_conf="a\nmain\nc\n")
    subprocess.run(("git", "merge", "--quiet", "side"), cwd=shop, check=False, capture_output=True)  # noqa: S607
    commit(shop, "merge", both_conf=f"a\nkey = {CLOUD}\nc\n", quiet_conf=f"key = {OTHER}\n")
    assert history(shop, tmp_path / "old", tools).places == {
        ("both.conf", 2, "aws-access-token"),
        ("quiet.conf", 1, "aws-access-token"),
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("log.showRoot", "false"),
        ("format.pretty", "oneline"),
        ("color.ui", "always"),
        ("diff.noprefix", "true"),
        ("diff.external", "true"),
        ("log.diffMerges", "off"),
        ("diff.conf.textconv", "true"),
        ("core.bigFileThreshold", "1"),
        ("diff.relative", "true"),
    ],
)
def test_no_setting_of_the_clone_hides_a_commit(tmp_path: Path, tools: Tool, name: str, value: str) -> None:
    shop = repository(tmp_path / "shop", {"first.conf": key(), ".gitattributes": "*.conf diff=conf\n"})
    git(shop, "config", name, value)
    assert history(shop, tmp_path / "old", tools).places == {("first.conf", 2, "aws-access-token")}


@pytest.mark.parametrize("path", [".gitattributes", ".git/info/attributes"])
@pytest.mark.parametrize("attribute", ["-diff", "binary", "export-ignore", "filter=none"])
def test_no_attribute_hides_a_file(tmp_path: Path, tools: Tool, path: str, attribute: str) -> None:
    shop = repository(tmp_path / "shop", {"first.conf": key(), ".gitattributes": ""})
    write(shop, {path: f"*.conf {attribute}\n"})
    commit(shop)
    write(shop, {"second.conf": key(OTHER)})
    new = run(UNCOMMITTED, shop, WHOLE, tmp_path / "new", tool=tools, history=git(shop, "rev-parse", "HEAD"))
    assert history(shop, tmp_path / "old", tools).places == {("first.conf", 2, "aws-access-token")}
    assert ("second.conf", 2, "aws-access-token") in new.places


def test_a_replaced_commit_is_read_as_it_is(shop: Path, tmp_path: Path, tools: Tool) -> None:
    bad = commit(shop, old_conf=key())
    good = git(shop, "rev-parse", "HEAD^")
    git(shop, "replace", "--force", bad, git(shop, "commit-tree", "-p", good, "-m", "harmless", f"{good}^{{tree}}"))
    assert history(shop, tmp_path / "old", tools, commits=bad).places == {("old.conf", 2, "aws-access-token")}


def test_messages_names_and_file_names_do_not_confuse_the_reader(shop: Path, tmp_path: Path, tools: Tool) -> None:
    message = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,9 +1,9 @@\n\ncommit 0\n"
    git(shop, "config", "user.name", "Ida <x")
    names = ("with space.conf", "ü.conf", 'quo"te.conf', "tab\t.conf", "new\nline.conf", "-dash.conf")
    write(shop, {name: f"{key()}no end of line" for name in names})
    (shop / "plain.conf").write_bytes(key().encode().replace(b"\n", b"\r\n"))
    subprocess.run(("git", "add", "--all"), cwd=shop, check=True)  # noqa: S607
    subprocess.run(
        ("git", "-c", "user.email=a@b.example", "-c", "user.name=Ida <x", "commit", "--quiet", "-m", message),  # noqa: S607
        cwd=shop,
        check=True,
    )
    done = history(shop, tmp_path / "old", tools)
    assert {path for path, _, _ in done.places} == {*names, "plain.conf"}, done


def test_archives_in_the_history_are_left_unread_and_nothing_else_with_them(
    shop: Path, tmp_path: Path, tools: Tool
) -> None:
    for number in range(3):
        commit(shop, **{f"{number}_conf": key(), f"{number}_txt": "plums\n" * 100_000})
        for name in (f"{number}.zip", f"a log {number}.tar.gz", f"plum-{number}-py3-none-any.whl"):
            (shop / name).write_bytes(b"PK\0\0" + name.encode())
        commit(shop)
    done = history(shop, tmp_path / "old", tools)
    assert done.places == {(f"{number}.conf", 2, "aws-access-token") for number in range(3)}, done


def test_worktrees_and_submodules_are_no_obstacle(shop: Path, tmp_path: Path, tools: Tool) -> None:
    inner = repository(tmp_path / "inner", {"inner.conf": key()})
    git(shop, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner), "inner")
    commit(shop, old_conf=key())
    git(shop, "worktree", "add", "--quiet", "-b", "other", str(tmp_path / "other"))
    assert history(tmp_path / "other", tmp_path / "old", tools).places == {("old.conf", 2, "aws-access-token")}


def test_a_history_that_git_cannot_read_is_never_green(shop: Path, tmp_path: Path, tools: Tool) -> None:
    commit(shop, old_conf=key())
    commit(shop, old_conf="")
    blob = git(shop, "rev-parse", "HEAD^:old.conf")
    (shop / ".git/objects" / blob[:2] / blob[2:]).unlink()
    done = history(shop, tmp_path / "old", tools)
    assert done.output.exit_code not in HISTORY.exits
    assert b"the history was not read to its end" in done.output.stderr


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("cat >/dev/null; echo 'scanned ~12 bytes' >&2; echo '[]' > {report}", "gitleaks read 12 bytes of changes"),
        ("echo 'scanned ~0 bytes' >&2; echo '[]' > {report}", "gitleaks read 0 bytes of changes"),
        ("git log; echo 'ERR [git] fatal: no' >&2; exit 0", "did not get to its end"),
        ("kill -9 $$", "did not get to its end (exit code -9)"),
        ("exit 1", "did not get to its end (exit code 1)"),
    ],
)
def test_a_gitleaks_that_did_not_read_everything_is_not_believed(
    shop: Path, tmp_path: Path, script: str, why: str
) -> None:
    fake = tmp_path / "gitleaks"
    fake.write_text("#!/bin/sh\n" + script.format(report=tmp_path / "old/found.json") + "\n", encoding="utf-8")
    fake.chmod(0o755)
    done = history(shop, tmp_path / "old", lambda name: (str(fake if name == "gitleaks" else sys.executable),))
    assert why in done.output.stderr.decode()
    assert done.output.exit_code == lockstep_secrets.FAILED


class Scanned(NamedTuple):
    """What a scan with a memory found (file and line), and how many commits it read."""

    found: set[tuple[str, int]]
    read: int


@pytest.fixture
def scan(shop: Path, tmp_path: Path, tool: Tool) -> Callable[..., Scanned]:
    """Return a function that scans the shop's newest commit with one memory."""
    runs = iter(range(100))

    def scanned(*more: str) -> Scanned:
        scratch = tmp_path / f"scan-{next(runs)}"
        scratch.mkdir()
        report = scratch / "report.json"
        argv: tuple[str, ...] = (sys.executable, str(DRIVER), f"--gitleaks={tool('gitleaks')[0]}")
        tip = git(shop, "rev-parse", "HEAD")
        argv += (
            f"--scratch={scratch}",
            f"--report={report}",
            f"--rules={RULES}",
            f"--cache={tmp_path / 'memory'}",
            f"--commits={tip}",
            *more,
        )
        done = subprocess.run(argv, cwd=shop, capture_output=True, check=False)
        assert done.returncode in {0, 1}, done.stderr
        read = done.stderr.partition(b" commits scanned")[0].rpartition(b" ")[2]
        places = {(each["File"], each["StartLine"]) for each in json.loads(report.read_bytes())}
        return Scanned(places, int(read or 0))

    return scanned


def test_only_new_commits_are_read_and_old_findings_stay(shop: Path, scan: Callable[..., Scanned]) -> None:
    commit(shop, old_conf=key())
    assert scan() == ({("old.conf", 2)}, 2)
    assert scan() == ({("old.conf", 2)}, 0)
    commit(shop, new_conf=key(OTHER))
    assert scan() == ({("old.conf", 2), ("new.conf", 2)}, 1)


def test_findings_of_commits_that_are_gone_are_forgotten(shop: Path, scan: Callable[..., Scanned]) -> None:
    commit(shop, old_conf=key())
    commit(shop, new_conf=key(OTHER))
    assert scan().found == {("old.conf", 2), ("new.conf", 2)}
    git(shop, "reset", "--quiet", "--hard", "HEAD^")
    commit(shop, fine_conf="x\n")
    assert scan() == ({("old.conf", 2)}, 1)
    git(shop, "checkout", "--quiet", "--orphan", "fresh")
    git(shop, "rm", "--quiet", "-r", "-f", ".")
    commit(shop, README_md="fresh\n")
    assert scan() == (set(), 1)


def test_another_configuration_reads_everything_again(shop: Path, scan: Callable[..., Scanned]) -> None:
    commit(shop, old_conf=key())
    assert scan().read == 2
    write(shop, {".gitleaks.toml": '[extend]\npath = "gitleaks-base.toml"\n', "gitleaks-base.toml": ALLOWING})
    assert scan("--config=.gitleaks.toml") == (set(), 2)
    write(shop, {"gitleaks-base.toml": "[extend]\nuseDefault = true\n"})
    assert scan("--config=.gitleaks.toml") == ({("old.conf", 2)}, 2)


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"identity": 1}', "null"])
def test_a_damaged_memory_is_no_memory(shop: Path, tmp_path: Path, scan: Callable[..., Scanned], damage: str) -> None:
    commit(shop, old_conf=key())
    scan()
    (tmp_path / "memory/scanned.json").write_text(damage, encoding="utf-8")
    assert scan() == ({("old.conf", 2)}, 2)


ALLOWING = f"""
[extend]
useDefault = true
[[allowlists]]
regexes = ['''^{CLOUD[:8]}''']
"""


def test_the_repositorys_configuration_says_what_is_no_secret(shop: Path, tmp_path: Path, tools: Tool) -> None:
    commit(shop, _gitleaks_toml=ALLOWING, old_conf=key())
    assert history(shop, tmp_path / "old", tools, CONFIGURED).report.findings == ()


def test_a_configuration_that_extends_the_default_keeps_lockstep_s_rules(
    shop: Path, tmp_path: Path, tools: Tool
) -> None:
    commit(shop, _gitleaks_toml=ALLOWING, old_conf=key(), _netrc=f"machine shop.example login ida password {WORD}\n")
    assert history(shop, tmp_path / "old", tools, CONFIGURED).places == {(".netrc", 1, "lockstep-netrc")}


def test_a_configuration_that_extends_nothing_stands_alone(shop: Path, tmp_path: Path, tools: Tool) -> None:
    own = "[[rules]]\nid = 'own'\nregex = '''OWN-[0-9]+'''\n"
    commit(shop, _gitleaks_toml=own, old_conf=f"{key()}OWN-17\n")
    assert history(shop, tmp_path / "old", tools, CONFIGURED).places == {("old.conf", 3, "own")}


WORD = "Kw8Tn1_Bp6Jd3"
HEX = "".join(f"{(number * 37 + 11) % 251:02x}" for number in range(24))
SEED = "SU" + "".join("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[number * 7 % 32] for number in range(56))
LETTERS = "".join("q7Xv2Lm9Zr4KwTn1Bp6Jd3Hs5Fy0cG8eUaQ"[number * 12 % 35] for number in range(64))
SHIPPED = {
    "orders.py": (f'url = "amqp://orders:{WORD}@queue.shop.cloud:5672"\n', "lockstep-url-credentials"),
    "ask.http": (f"GET /orders\nAuthorization: Bearer {HEX}\n", "lockstep-authorization-header"),
    "recorded.yml": (f"headers:\n  - Bearer {HEX}\n", "lockstep-authorization-header"),
    "key.json": (f'{{"kty": "EC", "crv": "P-256", "d": "{LETTERS[:43]}"}}\n', "lockstep-jwk-private-key"),
    "seed.conf": (f"nats {SEED}\n", "lockstep-nkey-seed"),
    "id.ppk": (
        "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nPublic-Lines: 1\nAAAA\nPrivate-Lines: 1\nAAAA\n",
        "lockstep-putty-private-key",
    ),
    "Shop.java": (f'    String dbPassword = "{WORD}";\n', "lockstep-password"),
    ".env": (f"SMTP_PASSWORD={WORD}\n", "lockstep-password-in-configuration"),
    "shop.cs": (f"Server=db.shop.cloud;User Id=sa;Password={WORD};\n", "lockstep-connection-string"),
    "roles.sql": (f"CREATE USER shop WITH PASSWORD '{WORD}';\n", "lockstep-sql-password"),
    ".netrc": (f"machine shop.cloud login ida password {WORD}\n", "lockstep-netrc"),
    ".pgpass": (f"db.shop.cloud:5432:orders:ida:{WORD}\n", "lockstep-pgpass"),
    "config/master.key": (f"{HEX[:32]}\n", "lockstep-rails-master-key"),
    "push.sh": (f"docker login registry.shop.cloud -u ida -p {WORD}\n", "lockstep-login-command"),
    "dump.sh": (f"mysqldump -u ida --password={WORD} orders\n", "lockstep-password-option"),
    "start.sh": (f"docker run -e MYSQL_PASSWORD={WORD} db\n", "lockstep-password-option"),
    "hub.txt": (f"dckr_pat_{LETTERS[:27]}\n", "lockstep-service-token"),
}
# The same, where nothing is given away.
HARMLESS = {
    "orders.py": 'a = "amqp://user:password@host"\nb = "redis://:$PASSWORD@cache"\nc = f"pg://{user}:{word}@db"\n'
    f'd = "postgresql://shop:{WORD}@localhost:5432/shop"\ne = "https://shop.example:8443/@ida"\n',
    "ask.http": "Authorization: Bearer $TOKEN\nAuthorization: Bearer YOUR_TOKEN_GOES_HERE_PLEASE\n",
    "key.json": f'{{"kty": "EC", "x": "{LETTERS[:43]}"}}\n',
    "Shop.java": 'String password = "password1";\nString passwordField = "user_password_2";\npwd = "$OLDPWD/shop2"\n',
    "tests/login.py": f'PASSWORD = "{WORD}"\nURL = "https://ida:{WORD}@shop.cloud"\n',
    ".env": "SMTP_PASSWORD=${SMTP_PASSWORD_2}\nDB_PASSWORD=changeme1\nAPI_PASSWORD=\nPASSWORD_FILE=/run/secrets/db1\n",
    "shop.yaml": "password: !vault shop/db1\npassword_policy: at-least-12-characters\nsecret_key: SHOP_SECRET_1\n",
    "shop.cs": "Server=db;User Id=sa;Password={password};\n",
    "roles.sql": "CREATE USER shop WITH PASSWORD '${password}';\nSELECT identified FROM users;\n",
    ".netrc": "machine shop.cloud login ida password $TOKEN\n",
    "push.sh": 'docker login -u ida -p "$WORD" shop.cloud\ndocker login --password-stdin\n',
    "dump.sh": 'mysqldump --password="$WORD" orders\ndocker run -e MYSQL_PASSWORD=$WORD2 db\nask --password-file=/run/a1\n',
    "master.key": f"{HEX[:32]}\n",
}


def test_lockstep_s_own_rules_find_what_gitleaks_leaves_out(shop: Path, tmp_path: Path, tools: Tool) -> None:
    write(shop, {path: text for path, (text, _) in SHIPPED.items()})
    commit(shop)
    found = history(shop, tmp_path / "old", tools).places
    assert {(path, rule) for path, (_, rule) in SHIPPED.items()} <= {(path, rule) for path, _, rule in found}


def test_lockstep_s_own_rules_leave_placeholders_and_tests_alone(shop: Path, tmp_path: Path, tools: Tool) -> None:
    write(shop, HARMLESS)
    commit(shop)
    assert {each for each in history(shop, tmp_path / "old", tools).places if "lockstep-" in each[2]} == set()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[extend", ".gitleaks.toml cannot be read"),
        ('[extend]\npath = "gone.gitleaks.toml"\n', "gone.gitleaks.toml cannot be read"),
        (
            '[extend]\npath = "base.toml"\n',
            ".gitleaks.toml extends base.toml; extended files are called *gitleaks*.toml",
        ),
        ('[extend]\npath = "../gitleaks.toml"\n', "lie in the repository"),
        ('[extend]\npath = ".gitleaks.toml"\n', ".gitleaks.toml extends itself"),
        ("[[rules]]\nid = 'x'\nregex = '''('''\n", "did not get to its end"),
        ("extend = { useDefault = true }\n", "write `useDefault = true` on a line of its own below [extend]"),
    ],
)
def test_a_configuration_that_cannot_be_meant_is_an_error(
    shop: Path, tmp_path: Path, tools: Tool, text: str, why: str
) -> None:
    write(shop, {".gitleaks.toml": text, "base.toml": ""})
    done = history(shop, tmp_path / "old", tools, CONFIGURED)
    assert why in done.output.stderr.decode()
    assert done.output.exit_code not in HISTORY.exits


# Through the engine: which scans there are, and what is left behind.


@pytest.fixture
def machine(tool: Tool) -> Host:
    tool("gitleaks")
    return running.machine(host.system().store)


def ran(root: Path, machine: Host, *, staged: bool = False, scan: Scan = Scan.HISTORY) -> RunRecord:
    return running.run(root, GATE, host=machine, staged=staged, scan=scan)


def places(record: RunRecord) -> set[str]:
    return {str(finding.location) for gate in record.gates for finding in gate.findings}


def actions(record: RunRecord) -> set[str]:
    return {action.check for action in record.actions}


def test_history_and_uncommitted_work_are_scanned_and_cached(shop: Path, machine: Host) -> None:
    commit(shop, old_conf=key())
    write(shop, {"new.conf": key(OTHER)})
    record = ran(shop, machine)
    assert (record.outcome, actions(record)) == ("failed", {"history", "uncommitted"})
    assert places(record) == {"old.conf:2", "new.conf:2"}
    assert all(action.cached for action in ran(shop, machine).actions)


def test_files_that_nobody_else_checks_are_scanned_too(shop: Path, machine: Host) -> None:
    write(shop, {"lockstep.toml": '[repository]\nexclude = ["cases/**"]\n', "cases/new.conf": key()})
    assert places(ran(shop, machine)) == {"cases/new.conf:2"}


def test_staged_bytes_alone_are_scanned_in_staged_mode(shop: Path, machine: Host) -> None:
    commit(shop, old_conf=key())
    write(shop, {"staged.conf": key(), "unstaged.conf": key()})
    git(shop, "add", "staged.conf")
    write(shop, {"staged.conf": "mended but not staged\n"})
    record = ran(shop, machine, staged=True)
    assert (actions(record), places(record)) == ({"uncommitted"}, {"staged.conf:2"})


def test_a_range_leaves_out_what_the_base_has(shop: Path, machine: Host) -> None:
    commit(shop, old_conf=key())
    git(shop, "update-ref", "refs/remotes/origin/main", "HEAD")
    commit(shop, new_conf=key(OTHER))
    assert places(ran(shop, machine, scan=Scan.RANGE)) == {"new.conf:2"}
    git(shop, "update-ref", "refs/remotes/origin/main", "HEAD")
    record = ran(shop, machine, scan=Scan.RANGE)
    assert (record.outcome, [action.cached for action in record.actions]) == ("passed", [False])


def test_a_range_without_its_base_is_unavailable(shop: Path, machine: Host) -> None:
    record = ran(shop, machine, scan=Scan.RANGE)
    assert running.verdicts(record) == {"gitleaks": "unavailable"}
    assert "origin/main is not in this clone" in record.gates[0].reason


def test_a_repository_with_no_commit_has_no_history_to_scan(tmp_path: Path, machine: Host) -> None:
    git(tmp_path, "init", "--quiet", "shop")
    write(tmp_path / "shop", {"new.conf": key()})
    record = ran(tmp_path / "shop", machine)
    assert (actions(record), places(record)) == ({"uncommitted"}, {"new.conf:2"})


def test_what_is_new_in_a_shallow_clone_is_scanned_and_its_history_is_unavailable(
    shop: Path, tmp_path: Path, machine: Host
) -> None:
    commit(shop)
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{shop}", "clone")
    write(tmp_path / "clone", {"new.conf": key()})
    record = ran(tmp_path / "clone", machine)
    assert {action.check: str(action.verdict) for action in record.actions} == {
        "history": "unavailable",
        "uncommitted": "failed",
    }


@pytest.mark.parametrize("environ", [{"GITLEAKS_CONFIG": "/dev/null"}, {"GITLEAKS_CONFIG_TOML": "title = ''"}])
def test_nobodys_own_configuration_counts(shop: Path, machine: Host, environ: Mapping[str, str]) -> None:
    commit(shop, old_conf=key())
    own = msgspec.structs.replace(machine, environ={**machine.environ, **environ})
    assert places(ran(shop, own)) == {"old.conf:2"}


def test_a_waiver_accepts_a_secret_by_its_commit(shop: Path, machine: Host) -> None:
    commit(shop, old_conf=key())
    [finding] = ran(shop, machine).gates[0].findings
    write(
        shop,
        {
            "waivers.toml": f'[[waiver]]\ngate = "gitleaks"\nfingerprint = "{finding.fingerprint}"\n'
            'owner = "ida"\nreason = "revoked"\nexpires = 2026-12-01\n'
        },
    )
    assert ran(shop, machine).outcome == "passed"
    git(shop, "mv", "old.conf", "moved.conf")
    commit(shop, "moved")
    assert ran(shop, machine).outcome == "passed"
    commit(shop, again_conf=key())
    assert places(ran(shop, machine)) == {"again.conf:2"}


def test_no_secret_is_left_in_any_file(shop: Path, machine: Host) -> None:
    encoded = base64.b64encode(key().encode()).decode()
    commit(shop, old_conf=key(), encoded_conf=encoded)
    write(shop, {"new.conf": key(OTHER), "hook.conf": secrets._PEM})
    git(shop, "add", "--all")
    assert ran(shop, machine, staged=True).outcome == "failed"
    assert places(ran(shop, machine)) == {
        "old.conf:2",
        "encoded.conf:1",
        "new.conf:2",
        "hook.conf:1",
    }
    state = shop / ".lockstep"
    kept = [path for path in state.rglob("*") if path.is_file() and not path.is_symlink()]
    assert any(path.name == "report.html" for path in kept)
    for secret in (CLOUD, OTHER, secrets._BODY.splitlines()[2], encoded[8:60]):
        assert [path for path in kept if secret.encode() in path.read_bytes()] == []
