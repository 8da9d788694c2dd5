"""Seven that only building shows: three of packages, four of images."""

from tests.e2e.planted.paths import DOCKERFILE, LIB, SERVICE, SERVICE_SRC
from tests.e2e.planting import Append, Defect, Edit, Replace, Write

_MANIFEST = f"{LIB}/pyproject.toml"


def _package(name: str, rule: str, *edits: Edit) -> Defect:
    return Defect(id=f"build-{name}", gate="build", path=_MANIFEST, rule=rule, edits=edits)


def _image(name: str, rule: str, *edits: Edit) -> Defect:
    return Defect(id=f"build-{name}", gate="build", path=DOCKERFILE, rule=rule, edits=edits)


BUILDING = (
    _package(
        "unknown-backend",
        "build-fails",
        Replace(_MANIFEST, 'build-backend = "hatchling.build"', 'build-backend = "hatchling.bild"'),
    ),
    _package("missing-readme", "build-fails", Replace(_MANIFEST, 'readme = "README.md"', 'readme = "docs/README.md"')),
    _package(
        "clock-in-archives",
        "not-reproducible",
        Append(_MANIFEST, "\n[tool.hatch.build]\nreproducible = false\n"),
    ),
    _image(
        "missing-source", "build-fails", Replace(DOCKERFILE, f"COPY {SERVICE}/src/ ./", f"COPY {SERVICE}/sources/ ./")
    ),
    _image(
        "runs-as-root",
        "image-root",
        Replace(DOCKERFILE, "USER 10001:10001", "ARG ACCOUNT=0\nUSER ${ACCOUNT}:10001"),
    ),
    _image(
        "credentials-in-a-layer",
        "image-secret",
        Write(f"{SERVICE_SRC}/.netrc", "machine packages.northwind.example login orders\n"),
    ),
    _image(
        "token-in-a-label",
        "image-secret",
        Replace(DOCKERFILE, "EXPOSE 8080", "LABEL deploy-token=open-harbour\nEXPOSE 8080"),
    ),
)
