"""Steps that look before they write: whatever happens between two of them, a second try completes."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.errors import RefusedError, RunError
from lockstep.releases import publishing
from lockstep.releases.publishing import Journal, Row, State, Step

NAMES = ("wheel", "image:commit", "image:v1", "mirror", "index")


class Killed(BaseException):
    """The process ended here."""


class Store:
    """What is there, how often each was written, and the moments at which the process is killed."""

    def __init__(self, *fatal: int) -> None:
        self.there: dict[str, str] = {}
        self.writes: list[str] = []
        self._moment = 0
        self._fatal = set(fatal)

    def pass_(self) -> None:
        self._moment += 1
        if self._moment in self._fatal:
            raise Killed


class Place:
    def __init__(self, store: Store, name: str, digest: str) -> None:
        self._store, self._name, self._digest = store, name, digest

    def look(self) -> str:
        self._store.pass_()
        return self._store.there.get(self._name, "")

    def put(self) -> None:
        self._store.pass_()
        assert self._name not in self._store.there
        self._store.there[self._name] = self._digest
        self._store.writes.append(self._name)
        self._store.pass_()


def steps(store: Store, digest: str = "d" * 64) -> tuple[Step, ...]:
    return tuple(Step(name, digest, Place(store, name, digest)) for name in NAMES)


def published(store: Store) -> None:
    made = steps(store)
    publishing.publish(made, publishing.survey(made), lambda _: store.pass_())


@given(st.lists(st.integers(1, 40), max_size=6))
def test_killed_at_any_moments_the_next_try_completes_and_nothing_is_written_twice(moments: list[int]) -> None:
    store = Store(*moments)
    for _ in range(len(moments) + 1):
        with contextlib.suppress(Killed):
            published(store)
            break
        assert "index" not in store.there or set(store.there) == set(NAMES)
    assert store.writes == list(NAMES)


def test_where_one_thing_is_there_with_other_bytes_nothing_is_written() -> None:
    store = Store()
    store.there["image:v1"] = "e" * 64
    with pytest.raises(RefusedError, match="never written over") as refused:
        published(store)
    assert refused.value.why == "image:v1 is there with other bytes than dddddddddddd"
    assert store.writes == []


def test_a_survey_says_what_each_step_finds() -> None:
    store = Store()
    store.there |= {"wheel": "d" * 64, "mirror": "e" * 64}
    states = [row.state for row in publishing.survey(steps(store))]
    assert states == [State.THERE, State.ABSENT, State.ABSENT, State.OTHER, State.ABSENT]


@pytest.mark.parametrize("kept", ["", "e" * 64])
def test_a_store_that_does_not_keep_what_it_is_given_is_not_believed(kept: str) -> None:
    class Forgetful(Place):
        def put(self) -> None:
            store.there[NAMES[0]] = kept

    store = Store()
    bad = (Step(NAMES[0], "d" * 64, Forgetful(store, NAMES[0], "d" * 64)), *steps(store)[1:])
    with pytest.raises(RunError, match="wheel was written, and"):
        publishing.publish(bad, [Row(each.name, each.digest, State.ABSENT) for each in bad], lambda _: None)
    assert store.writes == []


def test_a_journal_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    assert publishing.remembered(path) is None
    path.write_bytes(b'{"run": "runs/one", "tak')
    assert publishing.remembered(path) is None
    path.write_bytes(b'{"run": "runs/one", "taken": ["wheel"]}')
    assert publishing.remembered(path) == Journal("runs/one", ("wheel",))
