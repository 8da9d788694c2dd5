"""Carrying out a plan: a commit, a tag and a release branch, so that an interruption can be taken up or taken back.

First the objects are made, which nobody sees; then what is about to happen is noted down (the journal); then the working
tree follows, the branches, and last the tag. Each step looks first, so the whole can be done again from the note.
"""

from pathlib import Path

import msgspec

from lockstep.errors import RefusedError, RunError
from lockstep.host.files import exclusive_folder, keep_from_git, locked, write_atomic
from lockstep.host.git import Git, said
from lockstep.releases import changelog, remotes
from lockstep.releases.planning import Plan
from lockstep.workspace.files import STATE

_HEADS, _TAGS = "refs/heads/", "refs/tags/"
_NONE = "0" * 40
_RESTORE = (
    "--literal-pathspecs",
    "restore",
    "--staged",
    "--worktree",
    "--pathspec-from-file=-",
    "--pathspec-file-nul",
)


class Cut(msgspec.Struct, frozen=True):
    """A release on its way: where the branches were ("" for one that is made), and the commit that they move to.

    remote: where it is to be pushed; "" for nowhere.
    """

    tag: str
    branch: str
    old: str
    new: str
    release_branch: str
    release_old: str
    annotation: str
    files: dict[str, str]
    remote: str = ""


def pending(git: Git) -> Cut | None:
    """Return the release whose cutting was interrupted, or None.

    Raises:
        RunError: the note cannot be read.
    """
    path = _journal(git)
    if not path.is_file():
        return None
    try:
        return msgspec.json.decode(path.read_bytes(), type=Cut)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RunError(
            "what is known of an interrupted release cannot be read", where=str(path), why=str(error)
        ) from error


def cut(git: Git, plan: Plan, remote: str = "") -> Cut:
    """Cut the release that was planned. One that is to be pushed to a remote stays pending until it is (`push`).

    Raises:
        WorkspaceError: git refuses.
        RefusedError: another was interrupted, or a file was changed meanwhile.
    """
    keep_from_git(git.root / STATE)
    with locked(git.root / STATE / "release" / "lock"):
        if pending(git):
            raise RefusedError(
                "another release was interrupted", remedy="lockstep release.cut --apply, or --abort --apply"
            )
        made = _noted(git, plan, remote)
        write_atomic(_journal(git), msgspec.json.encode(made))
        finish(git, made)
    return made


def finish(git: Git, made: Cut) -> None:
    """Take every step that is not taken yet.

    Raises:
        WorkspaceError: git refuses.
        RefusedError: a file was changed meanwhile, or a branch or the tag is at something else.
    """
    _switch(git, made, made.new)
    moves = [_move(git, made.branch, made.new, made.old)]
    if made.release_branch:
        moves.append(_move(git, made.release_branch, made.new, made.release_old))
    git.run("update-ref", "--stdin", stdin="".join(moves).encode())
    if git.commit_of(_TAGS + made.tag) != made.new:
        git.run(
            "tag", "--annotate", "--cleanup=whitespace", "--file=-", made.tag, made.new, stdin=made.annotation.encode()
        )
    if not made.remote:
        _journal(git).unlink(missing_ok=True)


def push(git: Git, made: Cut) -> None:
    """Push a release that is cut: its branches and its tag, all or none. What the remote has already is no error.

    Raises:
        RefusedError: the remote does not take it; it stays pending.
    """
    command = push_command(made.remote, made)
    done = git.try_run(*command)
    if done.exit_code:
        raise RefusedError(
            f"{made.remote} did not take the release; it is cut here",
            why=said(done.stderr) or done.failure,
            remedy="lockstep release.cut --apply tries again, --abort --apply takes it back",
        )
    _journal(git).unlink(missing_ok=True)


def take_back(git: Git, made: Cut) -> None:
    """Undo every step that was taken.

    Raises:
        WorkspaceError: git refuses, or the remote does not answer.
        RefusedError: a file was changed meanwhile, a branch is at something else, or the remote has the release.
    """
    if made.remote and made.tag in remotes.ask(git, made.remote).tags:
        raise RefusedError(
            f"{made.remote} has {made.tag}", why="a tag never moves", remedy="lockstep release.cut --apply finishes it"
        )
    if git.commit_of(_TAGS + made.tag) == made.new:
        git.run("tag", "--delete", made.tag)
    _switch(git, made, made.old)
    moves = [_move(git, made.branch, made.old, made.new)]
    if made.release_branch:
        moves.append(_move(git, made.release_branch, made.release_old, made.new))
    git.run("update-ref", "--stdin", stdin="".join(moves).encode())
    _journal(git).unlink(missing_ok=True)


def push_command(remote: str, made: Cut) -> tuple[str, ...]:
    """Return the arguments of git that push all of it or nothing."""
    own = [_HEADS + made.branch, *((_HEADS + made.release_branch,) if made.release_branch else ()), _TAGS + made.tag]
    return ("push", "--atomic", remote, *(f"{ref}:{ref}" for ref in own))


def _journal(git: Git) -> Path:
    return git.root / STATE / "release" / "cut.json"


def _noted(git: Git, plan: Plan, remote: str) -> Cut:
    release_branch, release_old = plan.release_branch, git.commit_of(_HEADS + plan.release_branch)
    if release_old and git.try_run("merge-base", "--is-ancestor", release_old, plan.commit).exit_code:
        release_branch = release_old = ""
    log = next((text for path, text in plan.files.items() if path.endswith(".md")), "")
    notes = changelog.notes(log, plan.version)
    return Cut(
        tag=plan.tag,
        branch=plan.branch,
        old=plan.commit,
        new=_commit(git, plan) if plan.files else plan.commit,
        release_branch=release_branch,
        release_old=release_old,
        annotation=f"{plan.tag}\n\n{notes}\n" if notes else f"{plan.tag}\n",
        files=plan.files,
        remote=remote,
    )


def _commit(git: Git, plan: Plan) -> str:
    """Make the commit, in an index of its own, and return its id; no reference and no file is touched."""
    with exclusive_folder(git.root / STATE / "release" / "index") as folder:
        own = msgspec.structs.replace(git, environ={**git.environ, "GIT_INDEX_FILE": str(folder / "index")})
        own.run("read-tree", plan.commit)
        for path, text in plan.files.items():
            blob = own.run("hash-object", "-w", "--stdin", f"--path={path}", stdin=text.encode()).decode().strip()
            entry = own.text("ls-tree", plan.commit, "--", path) or "100644"
            own.run("update-index", "--add", "--cacheinfo", f"{entry.split()[0]},{blob},{path}")
        signed = ("--gpg-sign",) if git.try_text("config", "--type=bool", "commit.gpgsign") == "true" else ()
        return own.text("commit-tree", own.text("write-tree"), "-p", plan.commit, "-m", plan.message, *signed)


def _switch(git: Git, made: Cut, commit: str) -> None:
    """Let the index and the files of the release follow to a commit; whatever else lies in the tree is left alone."""
    for path, text in made.files.items():
        _refuse_foreign(git, made, path, text.encode())
    known = set(git.paths("ls-files", "-z", "--", *made.files)) | set(
        git.paths("ls-tree", "-z", "--name-only", "-r", commit)
    )
    paths = "\0".join(sorted(known & set(made.files)))
    if paths:
        git.run(*_RESTORE, f"--source={commit}", stdin=paths.encode())


def _refuse_foreign(git: Git, made: Cut, path: str, new: bytes) -> None:
    """Refuse to write over a file that is neither as it was, nor as it becomes, nor a beginning of that."""
    file = git.root / path
    found = file.read_bytes() if file.is_file() else b""
    if not new.startswith(found) and found != (git.show(made.old, path) or b""):
        raise RefusedError(
            "a file of the release was changed while it was cut",
            where=path,
            remedy=f"keep your change elsewhere, git checkout {made.old[:12]} -- {path}, and run again",
        )


def _move(git: Git, branch: str, new: str, old: str) -> str:
    """Return the line of `git update-ref --stdin` that moves a branch, nothing where it is there already.

    Raises:
        RefusedError: it is at neither.
    """
    there = git.commit_of(_HEADS + branch)
    if there == new:
        return ""
    if there != old:
        raise RefusedError(
            f"{branch} was moved while the release was cut", remedy=f"git branch --force {branch} {old[:12]}"
        )
    return f"update {_HEADS}{branch} {new or _NONE} {old or _NONE}\n"
