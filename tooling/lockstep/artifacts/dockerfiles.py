"""Which files say how an image is built, told by their names: the one answer of all that reads them.

On the start-up path of every run: it loads nothing.
"""

_NAMES = frozenset({"dockerfile", "containerfile"})
# Behind `dockerfile.` in small letters: a program or a text about Dockerfiles. `Dockerfile.go` is how to build one in Go.
_OTHERS = frozenset({"go", "html", "js", "json", "md", "py", "rego", "rs", "sh", "ts", "txt", "yaml", "yml"})


def is_named(path: str) -> bool:
    """Whether a path is `Dockerfile`, `Dockerfile.NAME` or `NAME.Dockerfile`, in any case; the same with `Containerfile`."""
    stem, _, suffix = path.rpartition("/")[2].rpartition(".")
    about = suffix.lower() == "dockerignore" or (stem.islower() and suffix in _OTHERS)
    return suffix.lower() in _NAMES or (stem.lower() in _NAMES and not about)
