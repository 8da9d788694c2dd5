"""`terraform validate` in every folder that holds Terraform, with providers from a folder or not at all.

Report: {"folders": [{"folder", "diagnostics": Terraform's own, "lacking": [sentence, ...]}], "unread": [...]}.
"""

import argparse
import json
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lockstep.plugin.iac.running import NEAR, Done, ScanError, decoded, last, limited, main, prepared, unread
from lockstep.plugin.iac.sources import walk

# A provider's own process holds the description of everything that its cloud has.
_GIGABYTES = 3
_QUIET = {
    "CHECKPOINT_DISABLE": "1",
    "TF_IN_AUTOMATION": "1",
    "TF_INPUT": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "TF_REGISTRY_CLIENT_TIMEOUT": "5",
    "TF_REGISTRY_DISCOVERY_RETRY": "0",
}
# Summaries of what `init` cannot fetch, in Terraform's and OpenTofu's words.
_LACKING = ("Failed to query", "Failed to download", "Failed to install", "Failed to resolve", "Error accessing remote")
# Providers are known by the registry that would serve them; both serve the same.
_HOSTS = ("registry.terraform.io", "registry.opentofu.org")
# A module that is handed its providers says so, and cannot be run by itself.
_HANDED = "Provider configuration not present"


def validate(options: argparse.Namespace) -> Mapping[str, Any]:
    """Return what Terraform says of each folder."""
    terraform = (path for path in walk(options.tree) if path.endswith((".tf", ".tf.json", ".tofu")))
    found = prepared(options.tree, tuple(terraform))
    config = _configuration(options.scratch, options.providers)
    return {"folders": [_folder(options, name, config) for name in options.folder], "unread": unread(found)}


def _configuration(scratch: Path, providers: str) -> Path:
    """Return a CLI configuration in which providers come from that folder alone; from nowhere if there is none."""
    mirror = scratch / "providers"
    mirror.mkdir()
    hosts = {path.name: path for path in Path(providers).iterdir() if path.is_dir()} if providers else {}
    for one, other in (_HOSTS, _HOSTS[::-1]):
        if one in hosts and other not in hosts:
            hosts[other] = hosts[one]
    for host, folder in hosts.items():
        shutil.copytree(folder, mirror / host, copy_function=_linked)
    made = scratch / "terraform.rc"
    text = f"provider_installation {{\n  filesystem_mirror {{\n    path = {json.dumps(str(mirror))}\n  }}\n}}\n"
    made.write_text(text, "utf-8")
    return made


def _linked(source: str, target: str) -> None:
    Path(target).symlink_to(source)


def _folder(options: argparse.Namespace, name: str, config: Path) -> Mapping[str, Any]:
    cwd = options.tree / name
    env = {**_QUIET, **NEAR, "TF_CLI_CONFIG_FILE": str(config), "TF_DATA_DIR": str(options.scratch / "data" / name)}
    begun = limited((options.program, "init", "-backend=false", "-json"), cwd, env, _GIGABYTES)
    told = list(_diagnostics(begun))
    lacking = [_sentence(each) for each in told if str(each.get("summary", "")).startswith(_LACKING)]
    wrong = [each for each in told if not str(each.get("summary", "")).startswith(_LACKING)]
    if begun.exit_code and not told:
        raise ScanError(f"terraform init in {name} ended with exit code {begun.exit_code}: {last(begun.stderr)}")
    if not begun.exit_code:
        wrong = _validated(options.program, cwd, env)
    elif any(each.get("range") for each in wrong):
        wrong = [each for each in wrong if each.get("range")]  # the others introduce these, or follow from them
    return {"folder": name, "diagnostics": wrong, "lacking": lacking}


def _diagnostics(done: Done) -> Iterator[Mapping[str, Any]]:
    for line in done.stdout.splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict) and event.get("diagnostic", {}).get("severity") == "error":
            yield event["diagnostic"]


def _sentence(diagnostic: Mapping[str, Any]) -> str:
    """Return the first paragraph: what follows are places on this machine, and what programs in between said."""
    said = str(diagnostic.get("detail") or diagnostic.get("summary")).split("\n\n")[0]
    return " ".join(said.split(": error downloading")[0].split())


def _validated(program: str, cwd: Path, env: Mapping[str, str]) -> list[Mapping[str, Any]]:
    report = decoded(limited((program, "validate", "-json"), cwd, env, _GIGABYTES), "terraform validate")
    handed = any("configuration_aliases" in path.read_text("utf-8", "replace") for path in cwd.glob("*.tf"))
    return [each for each in report["diagnostics"] if not (handed and each["summary"] == _HANDED)]


if __name__ == "__main__":
    sys.exit(main(validate, sys.argv[1:]))
