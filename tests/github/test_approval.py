"""Approvals: the label and the review of an owner, from a service on loopback that answers as GitHub's API does."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from lockstep.errors import RunError
from lockstep.github.approval import LABEL, Approvals, approver
from lockstep.host.web import get_json
from tests.engine.running import machine
from tests.serving import Asked, Said, served

OWNERS = {"CODEOWNERS": b"* @org/platform\n/schemas/ @ada @org/data\n/free/\n"}
PULL = "/repos/shop/lamps/pulls/7"


def pull(*labels: str, sha: str = "abc") -> dict[str, Any]:
    return {"number": 7, "user": {"login": "eve"}, "head": {"sha": sha}, "labels": [{"name": each} for each in labels]}


def review(login: str, state: str = "APPROVED", commit: str = "abc") -> dict[str, Any]:
    return {"user": {"login": login}, "state": state, "commit_id": commit}


class Service:
    """The answers by path, the tokens that came, and where it is."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.tokens: set[str] = set()
        self.url = ""


@pytest.fixture
def service() -> Iterator[Service]:
    state = Service()

    def answer(asked: Asked) -> Said:
        state.tokens.add(asked.authorization)
        found = state.answers.get(asked.path)
        if isinstance(found, int):
            return Said(b"", found, elsewhere=f"{state.url}/elsewhere")
        return Said(found if isinstance(found, bytes) else json.dumps(found).encode(), 404 if found is None else 200)

    with served(answer) as state.url:
        yield state


def approvals(service: Service, tmp_path: Path, event: object = None, **environ: str) -> Approvals:
    path = tmp_path / "event.json"
    path.write_bytes(msgspec.json.encode({"pull_request": pull(LABEL)} if event is None else event))
    given = {"GITHUB_EVENT_PATH": str(path), "GITHUB_API_URL": service.url, "GITHUB_REPOSITORY": "shop/lamps"}
    return Approvals({**given, "GITHUB_TOKEN": "t0ken", **environ}, OWNERS.get)


def answering(service: Service, reviews: list[Any], *labels: str, sha: str = "abc") -> None:
    service.answers = {PULL: pull(*(labels or (LABEL,)), sha=sha), f"{PULL}/reviews?per_page=100&page=1": reviews}


PATH = "schemas/openapi/orders.yaml"


def test_an_owner_who_approved_the_newest_commit_lets_it_pass(service: Service, tmp_path: Path) -> None:
    answering(service, [review("Ada")])
    assert approvals(service, tmp_path).of(PATH) == "@Ada"
    assert service.tokens == {"Bearer t0ken"}


def test_a_member_of_a_team_that_owns_it_counts(service: Service, tmp_path: Path) -> None:
    answering(service, [review("bob")])
    assert approvals(service, tmp_path).of(PATH) == ""
    service.answers["/orgs/org/teams/data/memberships/bob"] = {"state": "pending"}
    assert approvals(service, tmp_path).of(PATH) == ""
    service.answers["/orgs/org/teams/data/memberships/bob"] = {"state": "active"}
    assert approvals(service, tmp_path).of(PATH) == "@bob"
    assert approvals(service, tmp_path).of("README.md") == ""


@pytest.mark.parametrize(
    "reviews",
    [
        [],
        [review("ada", commit="old")],
        [review("ada"), review("ada", "CHANGES_REQUESTED")],
        [review("ada"), review("ada", "DISMISSED")],
        [review("ada", "COMMENTED")],
        [review("mallory")],
        [{**review("ada"), "user": None}],
        [{"nothing": 1}],
    ],
)
def test_nobody_else_lets_it_pass(service: Service, tmp_path: Path, reviews: list[Any]) -> None:
    answering(service, reviews)
    assert approvals(service, tmp_path).of(PATH) == ""


def test_a_comment_after_an_approval_takes_nothing_back(service: Service, tmp_path: Path) -> None:
    answering(service, [review("ada"), review("ada", "COMMENTED")])
    assert approvals(service, tmp_path).of(PATH) == "@ada"


def test_the_author_cannot_approve(service: Service, tmp_path: Path) -> None:
    answering(service, [review("eve")])
    found = approvals(service, tmp_path)
    assert found.of(PATH) == ""
    assert Approvals({}, lambda _: b"* @eve").of(PATH) == ""


def test_the_label_is_asked_for_and_read_as_it_is_now(service: Service, tmp_path: Path) -> None:
    answering(service, [review("ada")], "bug")
    assert approvals(service, tmp_path).of(PATH) == ""
    answering(service, [review("ada")])
    assert approvals(service, tmp_path, {"pull_request": pull()}).of(PATH) == "@ada"


def test_a_pull_request_that_has_moved_on_is_not_this_one(service: Service, tmp_path: Path) -> None:
    answering(service, [review("ada", commit="new")], sha="new")
    assert approvals(service, tmp_path).of(PATH) == ""


def test_a_path_without_an_owner_has_nobody_to_approve_it(service: Service, tmp_path: Path) -> None:
    answering(service, [review("ada")])
    assert approvals(service, tmp_path).of("free/api.yaml") == ""


def test_many_reviews_are_read_to_the_end(service: Service, tmp_path: Path) -> None:
    answering(service, [review("mallory")] * 100)
    service.answers[f"{PULL}/reviews?per_page=100&page=2"] = [review("ada")]
    assert approvals(service, tmp_path).of(PATH) == "@ada"


@pytest.mark.parametrize(
    "environ", [{"GITHUB_TOKEN": ""}, {"GITHUB_EVENT_PATH": ""}, {"GITHUB_EVENT_PATH": "/none"}, {"GITHUB_API_URL": ""}]
)
def test_without_what_it_takes_nothing_is_approved(
    service: Service, tmp_path: Path, environ: Mapping[str, str]
) -> None:
    answering(service, [review("ada")])
    assert approvals(service, tmp_path, **environ).of(PATH) == ""


@pytest.mark.parametrize("answer", [403, 500, 302, b"<html>", {"number": "x"}])
def test_a_service_that_does_not_answer_approves_nothing(service: Service, tmp_path: Path, answer: object) -> None:
    service.answers = {PULL: answer, "/elsewhere": pull(LABEL)}
    assert approvals(service, tmp_path).of(PATH) == ""


def test_an_event_of_no_pull_request_approves_nothing(service: Service, tmp_path: Path) -> None:
    answering(service, [review("ada")])
    assert approvals(service, tmp_path, {"ref": "refs/heads/main"}).of(PATH) == ""


def test_outside_of_github_nothing_is_approved(tmp_path: Path) -> None:
    assert approver(machine(tmp_path))(OWNERS.get)(PATH) == ""


def test_a_token_is_sent_by_https_alone() -> None:
    with pytest.raises(RunError, match="https"):
        get_json("http://shop.example/x", "t0ken")


def test_a_service_that_is_not_there_is_an_error() -> None:
    with pytest.raises(RunError, match="did not answer"):
        get_json("http://127.0.0.1:9/x", "")
