"""Biome over JavaScript and TypeScript, or the component's own ESLint where it has configured that and not Biome."""

from lockstep.model import targets
from lockstep.model.component import Component, FileEntry
from lockstep.model.finding import Report
from lockstep.model.gate import Check, Invocation, Output
from lockstep.parsers import biome, configured, eslint

_LOCKS = ("package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml")
_SUFFIXES = (".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx")


def _is_script(entry: FileEntry) -> bool:
    return targets.ends(entry, _SUFFIXES)


def _by_biome(component: Component, entry: FileEntry) -> bool:
    chosen = component.configuration("biome") or not component.configuration("eslint")
    return bool(chosen) and _is_script(entry)


def _by_eslint(component: Component, entry: FileEntry) -> bool:
    return bool(component.configuration("eslint")) and _is_script(entry)


def _biome(invocation: Invocation, *options: str) -> tuple[str, ...]:
    """Return Biome's command line. It runs in the component's folder and looks for its configuration from there."""
    config = (
        ()
        if invocation.component.configuration("biome")
        else (f"--config-path={invocation.data}/rules/biome-default.json",)
    )
    handed = targets.local(invocation, targets.files(targets.utf8(invocation))) or (invocation.report("tmp"),)
    return (*invocation.program("biome"), "check", *options, *config, "--no-errors-on-unmatched", "--", *handed)


def _biome_check(invocation: Invocation) -> tuple[str, ...]:
    return _biome(invocation, "--reporter=sarif", "--max-diagnostics=none")


def _biome_fix(invocation: Invocation) -> tuple[str, ...]:
    return _biome(invocation, "--write")


def _read_biome(output: Output, invocation: Invocation) -> Report:
    return biome.read(
        output.stdout,
        output.stderr,
        output.exit_code,
        files=invocation.files,
        root=invocation.root,
        base=invocation.component.path,
    )


def _eslint(invocation: Invocation, *options: str) -> tuple[str, ...]:
    driver = (*invocation.program("lockstep"), f"{invocation.data}/plugin/lockstep_eslint.py")
    handed = targets.local(invocation, targets.files(invocation))
    return (*driver, invocation.component.path, "--no-warn-ignored", *options, "--", *handed)


def _eslint_check(invocation: Invocation) -> tuple[str, ...]:
    return _eslint(invocation, "--format=json")


def _eslint_fix(invocation: Invocation) -> tuple[str, ...]:
    return _eslint(invocation, "--fix")


def _read_eslint(output: Output, invocation: Invocation) -> Report:
    return eslint.read(output.stdout, output.stderr, output.exit_code, root=invocation.root)


BIOME = Check(
    id="biome",
    title="Biome finds no error in JavaScript and TypeScript",
    remedy="`nox -s lint -- --fix`; `// biome-ignore RULE: why` where it is wrong",
    tools=("biome",),
    select=_by_biome,
    argv=_biome_check,
    parse=_read_biome,
    context=(*configured.CANDIDATES["biome"], ".editorconfig", ".gitignore", "package.json"),
    in_component=True,
    fix=_biome_fix,
    fix_order=20,
)

ESLINT = Check(
    id="eslint",
    title="the component's own ESLint finds nothing",
    remedy="`nox -s lint -- --fix`; `// eslint-disable-next-line RULE -- why` where it is wrong",
    tools=("lockstep", "npm"),  # Node.js comes with npm
    select=_by_eslint,
    argv=_eslint_check,
    parse=_read_eslint,
    exits=(0, 1, eslint.LACKING),
    context=(*configured.CANDIDATES["eslint"], "package.json", "tsconfig.json", *_LOCKS),
    whole=True,
    fix=_eslint_fix,
    fix_order=10,
)
