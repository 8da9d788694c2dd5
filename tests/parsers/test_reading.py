"""What every parser rests on: lines, and names that tools print in their own way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.model.finding import Finding, Location, Report
from lockstep.parsers.reading import agreed, lines, misnamed, named, relative

LATIN = "a/caf\udce9.py"


def at(path: str) -> Report:
    return Report(findings=(Finding("tool", "rule", "it is wrong", Location(path, 3)),))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", []),
        (b"\n", [""]),
        (b"a\nb", ["a", "b"]),
        (b"a\r\nb\n", ["a\r", "b"]),
        (b"x\x0cy\n", ["x\x0cy"]),
        ("x\u2028y\n".encode(), ["x\u2028y"]),
        (b"caf\xe9\n", ["caf\udce9"]),
    ],
)
def test_only_a_line_feed_ends_a_line(data: bytes, expected: list[str]) -> None:
    assert lines(data) == expected


@pytest.mark.parametrize("printed", ["a/caf\ufffd.py", "a/caf\ufffd\ufffd\ufffd.py", r"a/caf\udce9.py", LATIN])
def test_a_name_that_is_not_utf8_is_known_again(printed: str) -> None:
    (finding,) = named(at(printed), ("a/x.py", LATIN)).findings
    assert finding.location == Location(LATIN, 3)


@pytest.mark.parametrize("files", [("a/x.py",), (LATIN, "a/caf\udce8.py"), ("b/caf\udce9.py",)])
def test_a_name_that_may_mean_none_or_several_stays_as_it_was_printed(files: tuple[str, ...]) -> None:
    assert named(at("a/caf\ufffd.py"), files) == at("a/caf\ufffd.py")


def test_only_files_whose_names_are_not_utf8_cannot_be_handed_over() -> None:
    (finding,) = misnamed("biome", ("a/naïve.js", LATIN))
    assert (finding.tool, finding.rule, finding.location) == ("biome", "file-name", Location(LATIN, 1))


@pytest.mark.parametrize(
    ("path", "base", "expected"),
    [
        ("/tree/a.py", "", "a.py"),
        ("./a.py", "", "a.py"),
        ("../b.py", "web", "b.py"),
        ("/elsewhere/a.py", "", "/elsewhere/a.py"),
        ("/treehouse/a.py", "", "/treehouse/a.py"),
        ("/tree", "", "."),
    ],
)
def test_paths_are_relative_to_the_root(path: str, base: str, expected: str) -> None:
    assert relative(path, "/tree", base) == expected


def test_exit_code_and_findings_have_to_agree() -> None:
    assert agreed(Report(), 0, "tool") == Report()
    assert agreed(at("a.py"), 1, "tool") == at("a.py")
    assert agreed(at("a.py"), 0, "tool").problem == "tool ended with exit code 0 but reported 1 findings"
    assert agreed(Report(), 2, "tool", b"no\nsuch rule\n").problem == (
        "tool ended with exit code 2 but reported no finding: no such rule"
    )


@given(st.binary(max_size=40).map(lambda data: data.decode("utf-8", "surrogateescape")), st.text(max_size=40))
def test_naming_never_raises(path: str, printed: str) -> None:
    assert len(named(at(printed), (path, LATIN)).findings) == 1
