"""What files are for, where only their keys, a chart's folder or a generator's placeholder says so."""

import pytest

from tests.workspace.repositories import Repository

DEPLOYMENT = "apiVersion: apps/v1\nkind: Deployment\n"


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("lamps/deployment.yaml", DEPLOYMENT),
        ("lamps/both.yml", f"---\na: 1\n---\n{DEPLOYMENT}"),
        ("lamps/quoted.yaml", "\"kind\": Service\n'apiVersion' : v1\n"),
        ("lamps/service.json", '{"apiVersion": "v1", "kind": "Service"}'),
        ("lamps/stack.yaml", "AWSTemplateFormatVersion: '2010-09-09'\n"),
        ("lamps/bucket.yaml", "Resources:\n  B:\n    Type: AWS::S3::Bucket\n"),
        ("lamps/bucket.json", '{"Resources": {"B": {"Type": "AWS::S3::Bucket"}}}'),
    ],
)
def test_manifests_are_known_by_their_keys_wherever_they_lie(repo: Repository, path: str, content: str) -> None:
    repo.write({path: content})
    assert repo.read().by_name(".").manifests == {path}


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("lamps/Chart.yaml", "apiVersion: v2\nname: lamps\n"),
        ("lamps/settings.yaml", "lamps:\n  apiVersion: v1\n  kind: Lamp\n"),
        ("lamps/api.json", '{"definitions": {"apiVersion": {}, "kind": {}}}'),
        ("lamps/record.json", '{"apiVersion": {"S": "v1"}, "kind": {"S": "Lamp"}}'),
        ("lamps/broken.json", '{"apiVersion": "v1", "kind": '),
        ("lamps/resources.yaml", "Resources:\n  - paper\n"),
        ("lamps/types.json", '{"a": {"Type": "AWS::S3::Bucket"}}'),
        ("tests/lamps/deployment.yaml", DEPLOYMENT),
        ("lamps/pyproject.toml", ""),
    ],
)
def test_what_only_resembles_a_manifest_is_none(repo: Repository, path: str, content: str) -> None:
    repo.write({path: content})
    assert repo.read().by_name(".").manifests == frozenset()


def test_a_manifest_belongs_to_the_component_around_it(repo: Repository) -> None:
    repo.write({"services/lamps/app.py": "", "services/lamps/run/lamps.yaml": DEPLOYMENT, "lamps.yaml": DEPLOYMENT})
    found = repo.read()
    assert found.by_name("services/lamps").manifests == {"services/lamps/run/lamps.yaml"}
    assert found.by_name(".").manifests == {"lamps.yaml"}


def test_what_helm_renders_lies_in_the_templates_of_a_chart(repo: Repository) -> None:
    repo.write(
        {
            "Chart.yaml": "",
            "templates/a.yaml": "",
            "charts/lamps/Chart.yml": "",
            "charts/lamps/values.yaml": "",
            "charts/lamps/templates/deep/b.yaml": "",
            "web/templates/c.yaml": "",
        }
    )
    assert repo.read().by_name(".").templates == {"templates/a.yaml", "charts/lamps/templates/deep/b.yaml"}


def test_nothing_is_a_template_of_helms_without_a_chart(repo: Repository) -> None:
    repo.write({"templates/a.yaml": ""})
    assert repo.read().by_name(".").templates == frozenset()


@pytest.mark.parametrize("settings", ["cookiecutter.json", "copier.yml"])
def test_a_template_of_projects_is_checked_by_nobody_and_told(repo: Repository, settings: str) -> None:
    inside = ("make/{{ name }}/pyproject.toml", "make/{{ name }}/{% if x %}docs{% endif %}/a.md")
    repo.write({f"make/{settings}": "{}", **dict.fromkeys(inside, "{% if a %}"), "make/hooks/a.py": ""})
    found = repo.read()
    assert found.excluded == set(inside)
    assert [component.name for component in found.components] == ["."]
    assert found.notes == (
        "make/{{ name }} is a template of projects, so nothing in it is checked: check what is rendered from it",
    )


def test_braces_in_a_name_alone_excuse_nothing(repo: Repository) -> None:
    repo.write({"{{ name }}/a.py": "", "other/copier.yml": "", "{b}/a.py": "", "other/{{ a }}.py": ""})
    found = repo.read()
    assert found.excluded == frozenset()
    assert found.notes == ()
