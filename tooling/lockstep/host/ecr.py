"""Amazon's container registry (ECR), where it is more than a registry: its token, and whether its tags are immutable."""

from collections.abc import Mapping
from typing import Any

import msgspec

from lockstep.errors import RefusedError
from lockstep.host.aws import client_error, code_of, session, translated


class Ecr(msgspec.Struct, frozen=True):
    """The registry of one account in one region."""

    client: Any

    def token(self) -> str:
        """Return `user:password` in base64; it is good for twelve hours.

        Raises:
            RunError: the registry gives none.
        """
        with translated("ask for the registry's token", "ECR"):
            return str(self.client.get_authorization_token()["authorizationData"][0]["authorizationToken"])

    def refuse_mutable(self, repository: str) -> None:
        """Refuse a repository in which a tag can be moved.

        Raises:
            RefusedError: so it is, or there is no such repository.
            RunError: the registry cannot be asked.
        """
        with translated("ask for the settings of the repository", repository):
            try:
                answer = self.client.describe_repositories(repositoryNames=[repository])
            except client_error() as error:
                if code_of(error) != "RepositoryNotFoundException":
                    raise
                raise RefusedError(
                    "the registry has no such repository",
                    where=repository,
                    remedy=f"aws ecr create-repository --repository-name {repository} --image-tag-mutability IMMUTABLE",
                ) from error
        if answer["repositories"][0].get("imageTagMutability") != "IMMUTABLE":
            raise RefusedError(
                "tags can be moved in the repository",
                where=repository,
                why="what is published is never written over",
                remedy=f"aws ecr put-image-tag-mutability --repository-name {repository} --image-tag-mutability IMMUTABLE",
            )


def open_ecr(environ: Mapping[str, str], region: str, endpoint: str, timeout: float) -> Ecr:
    """Return the registry that the environment has credentials for.

    Raises:
        ToolError: boto3 is not installed.
    """
    made, settings = session(environ, region, timeout)
    return Ecr(made.client("ecr", endpoint_url=endpoint or None, config=settings))
