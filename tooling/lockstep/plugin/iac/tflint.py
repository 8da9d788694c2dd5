"""tflint with the rules that it brings for Terraform's language, configured by Lockstep alone.

Report: {"tflint": tflint's own, "unread": [...]}.
"""

import argparse
import sys
from collections.abc import Mapping
from typing import Any

from lockstep.plugin.iac.running import decoded, limited, main, prepared, unread


def lint(options: argparse.Namespace) -> Mapping[str, Any]:
    """Return what tflint says of all folders of the tree."""
    found = prepared(options.tree)
    argv = (
        options.program,
        *("--recursive", f"--config={options.rules / 'tflint.hcl'}", "--format=json", "--no-color"),
        *("--call-module-type=none", "--force", f"--chdir={options.tree}"),
    )
    env = {"TFLINT_DISABLE_VERSION_CHECK": "1", "TFLINT_PLUGIN_DIR": str(options.scratch / "plugins")}
    return {"tflint": decoded(limited(argv, options.tree, env), "tflint"), "unread": unread(found)}


if __name__ == "__main__":
    sys.exit(main(lint, sys.argv[1:]))
