"""Run a component's image in the Docker daemon as strictly as anybody might: read-only, without capabilities or a network.

It works where its health check says so, or, without one, where it is still running after a while or has ended well.
"""

import argparse
import contextlib
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from lockstep.plugin.building import buildx
from lockstep.plugin.building.making import BuildError, main

_ARCHIVE = {"type": "docker", "dest": "image.tar"}
_STRICT = {
    "read_only": True,
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges"],
    "network_mode": "none",
    "pids_limit": 1024,
}
# The image's own health check, asked every second.
_EAGER = {"interval": 1_000_000_000}
_PATIENCE = 30.0
_SETTLED = 5.0
_TAIL = 10
_TERMINATED = 143


def program(argv: Sequence[str]) -> tuple[Path, dict[str, Any]]:
    """Build and run what `argv` names; return where the report goes, and the report.

    Raises:
        BuildError: the image could not be built for another reason than the sources, or the daemon refuses.
    """
    parser = argparse.ArgumentParser(allow_abbrev=False)
    buildx.options(parser)
    given = parser.parse_args(argv)
    images = buildx.base_images(given)
    if lacking := buildx.lacking(images):
        return given.report, lacking
    from docker import from_env  # noqa: PLC0415 - heavy
    from docker.errors import DockerException  # noqa: PLC0415

    try:
        with contextlib.closing(from_env()) as client:
            sources = buildx.tree(given)
            archive = buildx.build(given, sources, images, _ARCHIVE, platform=_platform(client, given.platform))
            return given.report, {"broken": list(_broken(client, archive))}
    except buildx.FailedError as error:
        return given.report, error.report()
    except DockerException as error:
        raise BuildError(f"the Docker daemon did not run the image: {error}") from error


def _platform(client: Any, platforms: Sequence[str]) -> str:  # noqa: ANN401 - the library has no types
    """Return the daemon's own platform where the image is for it, else the first, which the daemon may emulate."""
    told = client.version()
    own = f"{told['Os']}/{told['Arch']}"
    return next((each for each in platforms if f"{each}/".startswith(f"{own}/")), platforms[0])


def _broken(client: Any, archive: Path) -> Iterator[dict[str, str]]:  # noqa: ANN401 - the library has no types
    with _running(client, archive) as container:
        why = _fault(container)
        if why:
            said = container.logs(tail=_TAIL).decode("utf-8", "replace").strip()
            message = f"read-only and without capabilities the image does not work: {why}\n{said}".strip()
            yield {"rule": "image-trial", "what": "", "message": message}


@contextlib.contextmanager
def _running(client: Any, archive: Path) -> Iterator[Any]:  # noqa: ANN401 - the library has no types
    """Yield a container of the image; both are gone afterwards."""
    with archive.open("rb") as stream:
        (image,) = client.images.load(stream)
    container = None
    try:
        healthcheck = _EAGER if image.attrs["Config"].get("Healthcheck") else None
        container = client.containers.create(image.id, healthcheck=healthcheck, **_STRICT)
        container.start()
        yield container
    finally:
        if container is not None:
            container.remove(force=True, v=True)
        client.images.remove(image.id, force=True)


def _fault(container: Any) -> str:  # noqa: ANN401 - the library has no types
    """Wait until it is known whether the container works; return why it does not, or ""."""
    started = time.monotonic()
    while True:
        container.reload()
        state = container.attrs["State"]
        health = state.get("Health", {}).get("Status", "")
        waited = time.monotonic() - started
        if not state["Running"]:
            return f"it ended with exit code {state['ExitCode']}" if state["ExitCode"] or health else ""
        if health == "healthy" or (not health and waited > _SETTLED):
            return ""
        if health == "unhealthy" or waited > _PATIENCE:
            return "its health check fails"
        time.sleep(0.2)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(_TERMINATED))  # so that no container stays
    sys.exit(main(program, sys.argv[1:]))
