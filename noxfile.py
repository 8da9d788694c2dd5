"""Every CI stage, local first: `nox -s gates`."""

import sys

import nox

from lockstep import sessions

nox.needs_version = ">=2026.10.20"
nox.options.error_on_external_run = True

sessions.register(__file__)


@nox.session(venv_backend="none", default=False)
def bench(session: nox.Session) -> None:
    """Ratios against the raw tools and peers, side by side in one run."""
    session.run(sys.executable, "-m", "benchmarks", *session.posargs, external=True)


@nox.session(venv_backend="none", default=False)
def docs(session: nox.Session) -> None:
    """Write anew what is generated from the gates: pages, workflow and hooks."""
    session.run(sys.executable, "-m", "invoke", "github.surfaces", "--apply", external=True)
