"""`plan` and `explain` say what would run, and which input makes the key differ."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.engine import explain
from lockstep.errors import ConfigError
from lockstep.model.gate import Gate
from tests.engine.running import check, gate, machine, repository, run, write

KNOWN: dict[str, Gate] = {"words": gate()}
ONE = "words:grep:services/a"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return repository(tmp_path / "shop", {"services/a/one.txt": "fine\n", "libs/python/b/two.txt": "fine\n"})


def told(shop: Path, action: str = ONE) -> tuple[str, ...]:
    return explain.explain(machine(shop.parent / "store"), shop, KNOWN, action)


def test_an_action_that_never_ran_says_so(shop: Path) -> None:
    assert "never had a result" in told(shop)[1]


def test_a_cached_action_names_its_key(shop: Path) -> None:
    record = run(shop)
    key = next(each.key for each in record.actions if each.id == ONE)
    assert told(shop) == (f"{ONE}: in the cache under {key}",)


def test_every_differing_file_is_named(shop: Path) -> None:
    run(shop)
    write(shop, {"services/a/one.txt": "other\n", "services/a/new.txt": "new\n"})
    assert told(shop) == (
        f"{ONE}: would run",
        "  changed argv",
        "  new file services/a/new.txt",
        "  changed file services/a/one.txt",
    )


def test_a_lost_result_is_told(shop: Path) -> None:
    run(shop)
    for path in (shop / ".lockstep/cache/ac").rglob("*.json"):
        path.unlink()
    assert "its stored result is gone" in told(shop)[1]


def test_an_unknown_action_is_refused(shop: Path) -> None:
    with pytest.raises(ConfigError, match="no action is called nope"):
        told(shop, "nope")


def test_the_plan_shows_states_and_reasons(shop: Path) -> None:
    run(shop)
    write(shop, {"services/a/one.txt": "other\n"})
    rows = explain.plan(machine(shop.parent / "store"), shop, KNOWN, "", "")
    assert [(row.action, row.state) for row in rows] == [("words:grep:libs/python/b", "cached"), (ONE, "run")]
    assert rows[1].why == "changed file services/a/one.txt"
    narrowed = explain.plan(machine(shop.parent / "store"), shop, KNOWN, "words", "HEAD")
    assert [row.as_dict()["action"] for row in narrowed] == [ONE]


def test_affected_lists_components(shop: Path) -> None:
    write(shop, {"services/a/one.txt": "other\n"})
    host = machine(shop.parent / "store")
    assert explain.affected(host, shop, "HEAD", staged=False) == ("services/a",)
    assert explain.affected(host, shop, "", staged=True) == ()


@given(st.dictionaries(st.text(), st.text()), st.dictionaries(st.text(), st.text()))
def test_equal_parts_have_no_differences_and_unequal_ones_have_some(
    before: dict[str, str], now: dict[str, str]
) -> None:
    assert bool(explain.differences(before, now)) == (before != now)


def test_an_action_that_cannot_run_here_says_why(shop: Path) -> None:
    write(
        shop,
        {
            "services/a/pyproject.toml": "[project]\nname = 'a'\nversion = '1'\n",
            "lockstep.toml": '[python]\nversions = ["3.99"]\n',
        },
    )
    known = {"words": gate(check(python=True, per_version=True))}
    host = machine(shop.parent / "store")
    [row] = explain.plan(host, shop, known, "", "")
    assert (row.action, row.state) == (f"{ONE}@3.99", "absent")
    [line] = explain.explain(host, shop, known, f"{ONE}@3.99")
    assert line.startswith(f"{ONE}@3.99: cannot run here: ")
    assert "3.99" in line


def test_many_differences_are_counted(shop: Path) -> None:
    run(shop)
    write(shop, {f"services/a/{n}.txt": "new\n" for n in range(9)})
    rows = explain.plan(machine(shop.parent / "store"), shop, KNOWN, "words", "")
    assert next(row.why for row in rows if row.action == ONE).endswith("; new file services/a/1.txt and 7 more")
