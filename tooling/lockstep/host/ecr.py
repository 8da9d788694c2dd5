"""Amazon's container registry (ECR), where it is more than a registry: its token, and whether its tags are immutable."""

from collections.abc import Mapping
from typing import Any

import msgspec

from lockstep.errors import RefusedError
from lockstep.host.aws import client_error, code_of, session, translated


class Ecr(msgspec.Struct, frozen=True):
    """The registry of one account (its number, of 12 digits) in one region."""

    client: Any
    account: str

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
        found = self._tags(repository)
        if not found:
            raise RefusedError(
                "the registry has no such repository",
                where=repository,
                remedy=f"aws ecr create-repository --repository-name {repository} --image-tag-mutability IMMUTABLE",
            )
        if found != "IMMUTABLE":
            raise RefusedError(
                "tags can be moved in the repository",
                where=repository,
                why="what is published is never written over",
                remedy=f"aws ecr put-image-tag-mutability --repository-name {repository} --image-tag-mutability IMMUTABLE",
            )

    def _tags(self, repository: str) -> str:
        """Return whether tags can be moved in a repository, in the service's words; "" where there is no such repository."""
        with translated("ask for the settings of the repository", repository):
            try:
                answer = self.client.describe_repositories(registryId=self.account, repositoryNames=[repository])
            except client_error() as error:
                if code_of(error) != "RepositoryNotFoundException":
                    raise
                return ""
        return "".join(str(each.get("imageTagMutability")) for each in answer["repositories"])


def open_ecr(environ: Mapping[str, str], place: tuple[str, str], timeout: float) -> Ecr:
    """Return a registry, by its account and region; the environment has credentials that may use it.

    Raises:
        ToolError: boto3 is not installed.
    """
    account, region = place
    made, settings = session(environ, region, timeout)
    return Ecr(made.client("ecr", config=settings), account)
