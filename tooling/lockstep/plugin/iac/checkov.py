"""checkov over everything that it reads, without its maker's service and without anything from the tree that configures it.

Report: {"checkov": [checkov's own, one for each framework], "severities": {rule: severity}, "unread": [...]}.
"""

import argparse
import sys
from collections.abc import Mapping
from typing import Any

from lockstep.plugin.iac.running import ScanError, decoded, last, limited, main, prepared, severities, unread
from lockstep.plugin.iac.sources import Kind

_FRAMEWORKS = {
    Kind.TERRAFORM: "terraform",
    Kind.PLAN: "terraform_plan",
    Kind.KUBERNETES: "kubernetes",
    Kind.CLOUDFORMATION: "cloudformation",
}
_ALONE = ("--skip-download", "--compact", "--soft-fail", "--output=json")


def scan(options: argparse.Namespace) -> Mapping[str, Any]:
    """Return what checkov says, and how severe the rules are that it names."""
    found = prepared(options.tree)
    frameworks = [name for kind, name in _FRAMEWORKS.items() if found.of(kind)]
    reports = _reports(options, frameworks) if frameworks else []
    return {"checkov": reports, "severities": severities(options.rules, "checkov"), "unread": unread(found)}


def _reports(options: argparse.Namespace, frameworks: list[str]) -> list[Any]:
    config = options.scratch / "checkov.yaml"
    config.write_text("{}\n", "utf-8")
    argv = (options.program, f"--config-file={config}", *_ALONE, "--directory=.", "--framework", *frameworks)
    # Hidden folders and some others are passed over by default; no folder is called `/`.
    env = {"CKV_IGNORE_HIDDEN_DIRECTORIES": "false", "CKV_IGNORED_DIRECTORIES": "/", "LOG_LEVEL": "ERROR"}
    done = limited(argv, options.tree, env)
    if done.exit_code not in {0, 1}:
        raise ScanError(f"checkov ended with exit code {done.exit_code}: {last(done.stderr)}")
    report = decoded(done, "checkov")
    return report if isinstance(report, list) else [report]


if __name__ == "__main__":
    sys.exit(main(scan, sys.argv[1:]))
