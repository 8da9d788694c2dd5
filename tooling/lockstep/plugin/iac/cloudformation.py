"""cfn-lint over CloudFormation templates, the CDK's output among them, configured by Lockstep alone.

Report: {"cfn_lint": cfn-lint's own, "unread": [...]}.
"""

import argparse
import glob
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lockstep.plugin.iac.running import ScanError, decoded, last, limited, main, prepared, unread
from lockstep.plugin.iac.sources import Kind

# cfn-lint's own script, except that no garbage is looked for among all that it loads: that takes a third of a short run.
_START = """\
import gc, sys
gc.disable()
from cfnlint.runner import main
gc.freeze()
gc.enable()
sys.exit(main())
"""


def lint(options: argparse.Namespace) -> Mapping[str, Any]:
    """Return what cfn-lint says of all templates."""
    found = prepared(options.tree)
    templates = found.of(Kind.CLOUDFORMATION)
    if not templates:
        return {"cfn_lint": [], "unread": unread(found)}
    config = options.scratch / "cfnlintrc.yaml"
    config.write_text("{}\n", "utf-8")
    fixed = (f"--config-file={config}", "--format=json", "--non-zero-exit-code=none")
    python = str(Path(options.program).with_name("python"))
    done = limited((python, "-P", "-c", _START, *fixed, "--", *map(glob.escape, templates)), options.tree)
    if done.exit_code:
        raise ScanError(f"cfn-lint ended with exit code {done.exit_code}: {last(done.stderr)}")
    return {"cfn_lint": decoded(done, "cfn-lint"), "unread": unread(found)}


if __name__ == "__main__":
    sys.exit(main(lint, sys.argv[1:]))
