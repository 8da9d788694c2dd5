"""The chain of evidence as a picture: what it says, and what it must not say."""

import re
from html.parser import HTMLParser

import msgspec
import pytest

from lockstep.model.lineage import Lineage
from lockstep.report import html
from lockstep.report.lineage import section
from tests.report import lineages, records

_VOID = {"path", "meta"}


class Words(HTMLParser):
    """The text of a page, and whether each element is closed by its own end."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.text: list[str] = []
        self.links: list[str] = []
        self._open: list[str] = []
        self.feed(markup)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _VOID:
            self._open.append(tag)
        self.links += [value or "" for name, value in attrs if name == "href"]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Have nothing to close."""

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def words(lineage: Lineage) -> str:
    return " ".join(" ".join(Words(section(lineage)).text).split())


def test_many_gates_and_artifacts_are_all_there_with_how_to_check_them() -> None:
    found = words(lineages.signed())
    assert all(name in found for name in lineages.GATES)
    assert found.count("sha256sum artifacts/") == 3 * lineages.COMPONENTS
    assert "10 wheels, 10 source distributions, 10 images" in found
    assert "10 passed, 1 failed, 1 unavailable" in found
    assert "12.3 kB" in found


def test_what_was_signed_is_not_called_verified() -> None:
    found = words(lineages.signed()).replace("It has verified nothing", "")
    assert "verified" not in found
    assert "not signed : SBOM nothing lists what it consists of" in found
    assert "trivy unavailable, not signed" in found


def test_what_was_signed_is_linked_beside_the_page() -> None:
    links = Words(section(lineages.signed())).links
    assert "./evidence/lint.sigstore.json" in links
    assert "./evidence/repository.sbom.sigstore.json" in links
    assert len(links) == 1 + 11 + 3 * 30 - 1


def test_a_policys_answer_is_told_link_by_link_with_its_age() -> None:
    found = words(lineages.refused())
    assert "held against policy.toml on 2026-02-11 09:15 UTC : refused: 2 broken links" in found
    assert "lint passed, verified, signed by ci, 2.0 hours old" in found
    assert "types failed, broken, signed by ci, 30.0 hours old" in found
    assert "trivy missing" in found
    assert "missing : signature none that can be believed is about it" in found
    assert "types did not pass failed-gate its result is FAILED at e/types.json Mend: nox -s types" in found


def test_a_chain_that_holds_says_so() -> None:
    found = words(lineages.holding())
    assert "every link holds" in found
    assert "9 days old" in found


def test_what_is_not_there_is_said() -> None:
    assert "No commit yet" in words(lineages.bare())
    assert "no signing key is configured" in words(lineages.bare())
    assert "There is no evidence of this run." in words(lineages.bare())
    assert "No commit is proven" in words(lineages.bare("policy.toml"))


def test_an_artifact_of_which_nothing_is_said_is_not_signed() -> None:
    product = msgspec.structs.replace(lineages.signed().products[0], proofs=(), component=".")
    found = words(msgspec.structs.replace(lineages.signed(), products=(product,)))
    assert "(root) part0-1.0-wheel wheel, 12.3 kB, sha256:000000000000… not signed Digest" in found


@pytest.mark.parametrize(
    ("size", "shown"), [(1, "1 byte"), (999, "999 bytes"), (1_500_000, "1.5 MB"), (5 * 10**12, "5000.0 GB")]
)
def test_sizes_are_told_in_units(size: int, shown: str) -> None:
    one = lineages.signed().products[0]
    products = (msgspec.structs.replace(one, size=size),)
    assert shown in words(msgspec.structs.replace(lineages.signed(), products=products))


def test_hostile_text_stays_text() -> None:
    found = section(lineages.hostile())
    assert "<script" not in found
    assert "<!--" not in found
    Words(found)
    page = html.render(records.hostile(), lineages.hostile()).decode()
    assert page.count("@@RUN@@") == 1
    assert page.count("</script>") == 2


def test_alone_it_is_a_whole_page_without_a_script() -> None:
    page = html.alone(lineages.refused()).decode()
    assert page.startswith("<!doctype html>")
    assert "<script" not in page
    assert "@@" not in page
    assert re.search(r"style-src 'sha256-[^']+'", page)
    assert "Chain of evidence" in Words(page).text
