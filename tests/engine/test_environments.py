"""What looks into the environments of all Python components, through runs of the engine."""

import json
from pathlib import Path

from lockstep.model.finding import Report
from lockstep.model.gate import Check, Gate, Invocation, Output, Scope
from tests.engine.running import check, gate, machine, repository, run, verdicts, write

LAMPS = "libs/python/lamps"
MANIFEST = '[project]\nname = "lamps"\nversion = "1"\n'


def looking(seen: list[dict[str, str]]) -> Gate:
    """Return a gate whose check has every interpreter say that it is there, and note down where they are."""

    def argv(given: Invocation) -> tuple[str, ...]:
        return (*given.program("lockstep"), "-c", "import sys; print(sys.argv[1])", given.places["environments"])

    def parse(output: Output, _: Invocation) -> Report:
        found = json.loads(output.stdout)
        assert all(Path(python).is_file() for python in found.values())
        seen.append(found)
        return Report()

    whole: Check = check(argv=argv, parse=parse, scope=Scope.REPOSITORY, freshness=("environments",), exits=(0,))
    return gate(whole)


def test_they_are_made_where_they_are_missing_and_are_part_of_the_key(tmp_path: Path) -> None:
    files = {f"{LAMPS}/pyproject.toml": MANIFEST, "services/a/one.txt": "fine\n"}
    root, seen = repository(tmp_path / "shop", files), list[dict[str, str]]()
    host = machine(tmp_path / "store")
    runs = [run(root, looking(seen), host=host), run(root, looking(seen), host=host)]
    assert [record.actions[0].cached for record in runs] == [False, True]
    assert [list(each) for each in seen] == [[LAMPS]]
    write(root, {f"{LAMPS}/requirements.txt": "# nothing yet\n"})
    assert not run(root, looking(seen), host=host).actions[0].cached
    assert len({each[LAMPS] for each in seen}) == 2


def test_without_python_there_is_nothing_to_make(tmp_path: Path) -> None:
    root, seen = repository(tmp_path / "shop", {"services/a/one.txt": "fine\n"}), list[dict[str, str]]()
    run(root, looking(seen))
    assert seen == [{}]


def test_an_interpreter_that_is_not_here_makes_it_unavailable(tmp_path: Path) -> None:
    files = {
        f"{LAMPS}/pyproject.toml": MANIFEST,
        "one.txt": "fine\n",
        "lockstep.toml": '[python]\nversions = ["3.99"]\n',
    }
    record = run(repository(tmp_path / "shop", files), looking([]))
    assert verdicts(record) == {"words": "unavailable"}
    assert "3.99" in record.gates[0].reason
