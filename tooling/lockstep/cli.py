"""`lockstep` on the command line: invoke's own Program over the same collection as `tasks.py`."""

from invoke.program import Program

from lockstep import __version__
from lockstep.tasks import namespace

program = Program(name="Lockstep", binary="lockstep", namespace=namespace, version=__version__)


def main() -> None:
    """Run the program."""
    program.run()
