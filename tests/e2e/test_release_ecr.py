"""Amazon's registry: its API is a simulator's, and behind its name stands a real registry that wants its token."""

import base64
from collections.abc import Callable

import pytest

from lockstep.errors import RefusedError
from lockstep.host.ecr import open_ecr
from tests.e2e import releasing
from tests.e2e.benching import Bench, Say
from tests.e2e.proxying import Refused, Seen, healthy
from tests.e2e.releasing import Shop

pytestmark = pytest.mark.e2e

ACCOUNT = "123456789012"
HOST = f"{ACCOUNT}.dkr.ecr.{releasing.REGION}.amazonaws.com"


@pytest.fixture
def amazon(bench: Bench, say: Say, monkeypatch: pytest.MonkeyPatch) -> Callable[[Shop], None]:
    """Return what lets a shop publish its images to Amazon's registry, which is a proxy's name for the one on loopback."""
    del say  # it has set the credentials
    monkeypatch.setenv("AWS_ENDPOINT_URL_ECR", bench.aws.url)
    for name in ("HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, bench.registry.url)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    def moved(shop: Shop) -> None:
        settings = shop.root / "lockstep.toml"
        text = settings.read_text(encoding="utf-8")
        settings.write_text(text.replace(f"{bench.stores.registry}/shop", f"{HOST}/shop"), encoding="utf-8")

    return moved


def test_images_go_to_amazons_registry_by_its_token_where_tags_cannot_be_moved(
    shop: Shop, say: Say, bench: Bench, amazon: Callable[[Shop], None]
) -> None:
    amazon(shop)
    ecr, own = bench.aws.client("ecr"), f"shop/{shop.image.name}"
    code, printed = say("release.publish", "--apply")
    assert (code, "error: the registry has no such repository" in printed) == (6, True)
    assert f"mend: aws ecr create-repository --repository-name {own} --image-tag-mutability IMMUTABLE" in printed
    ecr.create_repository(repositoryName=own)
    code, printed = say("release.publish", "--apply")
    assert (code, "error: tags can be moved in the repository" in printed) == (6, True)
    ecr.put_image_tag_mutability(repositoryName=own, imageTagMutability="IMMUTABLE")
    [given] = ecr.get_authorization_token()["authorizationData"]
    assert base64.b64decode(given["authorizationToken"]).startswith(b"AWS:")

    def guard(seen: Seen) -> None:
        if seen.auth != f"Basic {given['authorizationToken']}":
            raise Refused(401, 'Basic realm="ecr"')

    bench.registry.fault = guard
    code, printed = say("release.publish", "--apply")
    bench.registry.fault = healthy
    assert code == 0, printed
    for tag in (shop.commit, "v1.2.0"):
        assert f"published {HOST}/{own}:{tag}" in printed
        assert f"http://{HOST}/v2/{own}/manifests/{tag}" in bench.registry.written()


def test_the_repository_is_looked_for_in_the_account_that_its_name_says(bench: Bench, amazon: object) -> None:
    del amazon
    bench.aws.client("ecr").create_repository(repositoryName="shop/till", imageTagMutability="IMMUTABLE")
    open_ecr({}, (ACCOUNT, releasing.REGION), 10).refuse_mutable("shop/till")
    with pytest.raises(RefusedError, match="no such repository"):
        open_ecr({}, ("210987654321", releasing.REGION), 10).refuse_mutable("shop/till")
