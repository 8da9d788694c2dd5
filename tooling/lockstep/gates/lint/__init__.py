"""lint: what linters and formatters say of every file that has one, each as the component configures it."""

from lockstep.gates.lint.dockerfiles import HADOLINT, POLICIES
from lockstep.gates.lint.javascript import BIOME, ESLINT
from lockstep.gates.lint.python import BLACK, RUFF, RUFF_FORMAT
from lockstep.gates.lint.shell import SHELLCHECK, SHFMT
from lockstep.gates.lint.surfaces import SURFACES
from lockstep.gates.lint.terraform import TERRAFORM
from lockstep.gates.lint.workflows import ACTIONLINT, ZIZMOR
from lockstep.gates.lint.yaml import YAMLLINT
from lockstep.model.gate import MINUTE, Gate, Stage

GATE = Gate(
    id="lint",
    stage=Stage.STATIC,
    title="Lint",
    remedy="`nox -s lint -- --fix` applies every safe fix; mend by hand what is left, or say in the tool's own "
    "configuration that the rule is not yours",
    timeout=10 * MINUTE,
    checks=(
        RUFF,
        RUFF_FORMAT,
        BLACK,
        SHELLCHECK,
        SHFMT,
        YAMLLINT,
        HADOLINT,
        POLICIES,
        BIOME,
        ESLINT,
        TERRAFORM,
        ACTIONLINT,
        ZIZMOR,
        SURFACES,
    ),
)
