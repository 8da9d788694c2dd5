"""Six made-up secrets. They are put together at run time, so that none stands in this repository."""

from tests.e2e.planted.paths import SERVICE_TESTS
from tests.e2e.planting import Commit, Defect, Delete, Stage, Write


def _join(*parts: str) -> str:
    return "".join(parts)


_CLOUD = _join("AKI", "AQ3EGR", "TQUVZ6", "RX7WK")
_CODE_HOST = _join("gh", "p_", "x8Kd02mVq", "ZtLr5Wn7Y", "bE3hGs9Uc", "F1jQa6Po4")
_PAYMENT = _join("sk_", "live_", "4eC39HqLy", "jWDarjtT1", "zdp7dc")
_GATEWAY = _join("q7Xv2", "Lm9Zr4", "Kw8Tn1", "Bp6Jd3", "Hs5Fy0")
_BODY = "\n".join(_join(*(chr(65 + (row * 7 + column * 11) % 26) for column in range(64))) for row in range(6))
_MARK = "PRIVATE KEY-----"
_PEM = f"{_join('-----BEGIN RSA ', _MARK)}\n{_BODY}\n{_join('-----END RSA ', _MARK)}\n"

SECRETS = (
    Defect(
        id="secrets-committed-cloud-key",
        gate="gitleaks",
        path="ops/deploy.conf",
        rule="aws",
        at=(_CLOUD,),
        edits=(
            Write("ops/deploy.conf", f"region = ca-central-1\naccess_key_id = {_CLOUD}\n"),
            Commit("chore(ops): settings of the deploy"),
        ),
    ),
    Defect(
        id="secrets-key-in-old-commit",
        gate="gitleaks",
        path="ops/legacy.conf",
        rule="aws",
        line=3,
        edits=(
            Write("ops/legacy.conf", f"# the account before\nregion = ca-central-1\naccess_key_id = {_CLOUD}\n"),
            Commit("chore(ops): settings of the account before"),
            Delete("ops/legacy.conf"),
            Commit("chore(ops): the account before is gone"),
        ),
    ),
    Defect(
        id="secrets-untracked-private-key",
        gate="gitleaks",
        path="ops/gateway.pem",
        rule="private-key",
        at=("BEGIN RSA",),
        edits=(Write("ops/gateway.pem", _PEM),),
    ),
    Defect(
        id="secrets-staged-token",
        gate="gitleaks",
        path="ops/runbooks/releases.md",
        rule="github",
        at=(_CODE_HOST,),
        edits=(
            Write("ops/runbooks/releases.md", f"# Releases\n\n    gh auth login --with-token <<< {_CODE_HOST}\n"),
            Stage("ops/runbooks/releases.md"),
        ),
    ),
    Defect(
        id="secrets-generic-key-in-yaml",
        gate="gitleaks",
        path="ops/gateway.yaml",
        rule="generic-api-key",
        at=(_GATEWAY,),
        edits=(Write("ops/gateway.yaml", f"gateway:\n  url: https://gateway.example\n  api_key: {_GATEWAY}\n"),),
    ),
    Defect(
        id="secrets-payment-token-in-test",
        gate="gitleaks",
        path=f"{SERVICE_TESTS}/test_payment.py",
        rule="stripe",
        at=(_PAYMENT,),
        edits=(
            Write(
                f"{SERVICE_TESTS}/test_payment.py",
                f'PAYMENT = "{_PAYMENT}"\n\n\ndef test_the_payment_account_is_live() -> None:\n'
                '    assert PAYMENT.startswith("sk_")\n',
            ),
        ),
    ),
)
