"""The cleared environment of every tool, and what must never be printed."""

import re
from collections.abc import Iterable, Mapping

# What a tool may see of the machine as found: where certificates and proxies are, and nothing that changes a verdict.
_NETWORK = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")
# An installer's own settings. Of Go's, where modules come from and are kept, and nothing that changes what is built.
_INSTALLERS = re.compile(
    r"(PIP|UV|NPM_CONFIG|npm_config|POETRY)_\w+"
    r"|GO((NO)?PROXY|(NO)?SUMDB|PRIVATE|INSECURE|VCS|AUTH|CACHE|MODCACHE|PATH|ENV)"
)
_SECRET_NAME = re.compile(
    r"(TOKEN|SECRET|PASSW(OR)?D|PASSPHRASE|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY|CREDENTIAL|AUTH)", re.IGNORECASE
)
_SECRET_TEXT = re.compile(
    rb"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{60,}|xox[abprs]-[A-Za-z0-9-]{10,}"
    rb"|A[KS]IA[0-9A-Z]{16}|glpat-[A-Za-z0-9_-]{20,}|npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{50,})\b"
    rb"|\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}"  # JSON Web Tokens
    rb"|(?<=://)[^/\s:@]+:[^/\s:@]+(?=@)"
)
_SHORTEST_SECRET = 6
MASK = b"***"


def cleared(path: Iterable[str], home: str, scratch: str) -> dict[str, str]:
    """Return the environment that every tool starts from: a fixed locale and zone, a private HOME and TMPDIR."""
    return {
        "PATH": ":".join((*path, "/usr/local/bin", "/usr/bin", "/bin")),
        "HOME": home,
        "TMPDIR": scratch,
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "NO_COLOR": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
    }


def for_installers(environ: Mapping[str, str]) -> dict[str, str]:
    """Return what an installer (uv, npm, go) needs of the machine: its index and mirror settings, certificates, proxies."""
    wanted = {"PATH", "HOME", "TMPDIR", "LANG", *_NETWORK, *_PROXIES}
    return {name: value for name, value in environ.items() if name in wanted or _INSTALLERS.fullmatch(name)}


def for_builds(environ: Mapping[str, str]) -> dict[str, str]:
    """Return what a build that installs its own tools needs of the machine, which may not change what comes out.

    That is an installer's settings without the machine's PATH and HOME; uv's downloads are shared.
    """
    own = {"PATH", "HOME", "TMPDIR", "LANG"}
    home = environ.get("XDG_CACHE_HOME") or f"{environ.get('HOME', '')}/.cache"
    found = {name: value for name, value in for_installers(environ).items() if name not in own}
    return {"UV_CACHE_DIR": f"{home}/uv"} | found


def for_registries(environ: Mapping[str, str]) -> dict[str, str]:
    """Return what a client of container registries needs of the machine: certificates, proxies, Docker's place and logins."""
    home = environ.get("HOME", "")
    wanted = (*_NETWORK, *_PROXIES, "DOCKER_CONFIG", "DOCKER_HOST", "BUILDX_CONFIG")
    found = {name: environ[name] for name in wanted if name in environ}
    return ({"DOCKER_CONFIG": f"{home}/.docker"} if home else {}) | found


def secrets(environ: Mapping[str, str]) -> tuple[bytes, ...]:
    """Return the values of variables whose names say that they are secret, longest first."""
    values = {
        value.encode("utf-8", "surrogateescape")
        for name, value in environ.items()
        if _SECRET_NAME.search(name) and len(value) >= _SHORTEST_SECRET and not value.startswith("/")
    }
    return tuple(sorted(values, key=len, reverse=True))


def masked(data: bytes, known: Iterable[bytes]) -> bytes:
    """Return `data` with known secrets, and text that looks like a token of a well-known kind, replaced by `***`."""
    for secret in known:
        data = data.replace(secret, MASK)
    return _SECRET_TEXT.sub(MASK, data)
