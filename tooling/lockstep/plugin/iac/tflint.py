"""tflint with the rules that it brings for Terraform's language, configured by Lockstep alone.

Report: {"tflint": tflint's own, "severities": {rule: severity}, "unread": [...]}.
"""

import argparse
import posixpath
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from lockstep.plugin.iac.running import NEAR, decoded, limited, main, prepared, severities, unread
from lockstep.plugin.iac.sources import Kind


def lint(options: argparse.Namespace) -> Mapping[str, Any]:
    """Return what tflint says of all folders of the tree, and how severe its rules are; by itself it passes over hidden ones."""
    found = prepared(options.tree)
    hidden = {posixpath.dirname(path) for path in found.of(Kind.TERRAFORM) if f"/{path}".count("/.")}
    runs = [_run(options, ("--recursive",)), *(_run(options, (f"--chdir={folder}",)) for folder in sorted(hidden))]
    said = {part: _all(run[part] for run in runs) for part in ("issues", "errors")}
    return {"tflint": said, "severities": severities(options.rules, "tflint"), "unread": unread(found)}


def _run(options: argparse.Namespace, where: tuple[str, ...]) -> Any:  # noqa: ANN401 - tflint's own
    fixed = (
        f"--config={options.rules / 'tflint.hcl'}",
        "--format=json",
        "--no-color",
        "--call-module-type=none",
        "--force",
    )
    env = {**NEAR, "TFLINT_DISABLE_VERSION_CHECK": "1", "TFLINT_PLUGIN_DIR": str(options.scratch / "plugins")}
    return decoded(limited((options.program, *where, *fixed), options.tree, env), "tflint")


def _all(parts: Iterable[list[Any] | None]) -> list[Any]:
    return [each for part in parts for each in part or ()]


if __name__ == "__main__":
    sys.exit(main(lint, sys.argv[1:]))
