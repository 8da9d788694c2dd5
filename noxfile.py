"""Every CI stage, local first: `nox -s gates`."""

import nox

nox.options.default_venv_backend = "none"


@nox.session
def tests(session: nox.Session) -> None:
    """Run the test suite."""
    session.run(".venv/bin/python", "-m", "pytest", "-n", "2", "-m", "not e2e", *session.posargs, external=True)
