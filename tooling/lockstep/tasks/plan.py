"""`plan`, `explain` and `affected`: what would run, and why. They change nothing."""

import json
from collections import Counter
from pathlib import Path

from invoke.context import Context
from invoke.tasks import task

from lockstep import host
from lockstep.report.words import plural
from lockstep.tasks._answers import print_text, told

TOP_LEVEL = True


@task(help={"gate": "only this gate", "since": "only components affected since this revision", "as_json": "print JSON"})
def plan(_: Context, gate: str = "", since: str = "", as_json: bool = False) -> None:  # noqa: FBT001, FBT002 - invoke's way
    """Show which actions would run, which are in the cache, and why."""
    from lockstep import gates  # noqa: PLC0415
    from lockstep.engine import explain  # noqa: PLC0415

    rows = told(lambda: explain.plan(host.system(), Path.cwd(), gates.discover(), gate, since))
    if as_json:
        print_text(json.dumps([row.as_dict() for row in rows], indent=2))
        return
    width = max((len(row.action) for row in rows), default=0)
    for row in rows:
        first, *more = row.why.splitlines() or [""]
        print_text(f"{row.action:<{width}}  {row.state:<6}  {first}")
        for line in more:
            print_text(f"{'':<{width}}  {'':<6}  {line}")
    states = Counter(row.state for row in rows)
    absent = f", {states['absent']} that cannot run here" if states["absent"] else ""
    print_text(f"{plural(len(rows), 'action')}: {states['run']} to run, {states['cached']} in the cache{absent}")


@task(help={"action": "an action's id, as `plan` prints it"})
def explain(_: Context, action: str) -> None:
    """Say which input makes an action's key differ from its last result's."""
    from lockstep import gates  # noqa: PLC0415
    from lockstep.engine import explain as explaining  # noqa: PLC0415

    for line in told(lambda: explaining.explain(host.system(), Path.cwd(), gates.discover(), action)):
        print_text(line)


@task(help={"since": "the revision to compare with (default: the configured base)", "staged": "compare the index"})
def affected(_: Context, since: str = "", staged: bool = False) -> None:  # noqa: FBT001, FBT002 - invoke's way
    """List the components that changed, and those that depend on them."""
    from lockstep.engine import explain as explaining  # noqa: PLC0415

    for name in told(lambda: explaining.affected(host.system(), Path.cwd(), since, staged=staged)):
        print_text(name)
