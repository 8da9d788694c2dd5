"""What an HTTP contract promises, in one shape for Swagger 2.0 and OpenAPI 3.0 and 3.1; every part knows where it stands."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote

from lockstep.contracts.change import ContractError
from lockstep.contracts.documents import Document, check_size, check_values, read
from lockstep.contracts.files import LARGEST
from lockstep.contracts.schemas import Library, Node, joined, resolved

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_MOST_FILES = 500
_ANY = "*/*"

Bytes = Callable[[str], bytes | None]


class Parameter(NamedTuple):
    """A parameter by where it is and what it is called. `node` is the parameter, `schema` what its value must be (None: anything)."""

    place: str
    name: str
    node: Node
    schema: Node | None
    required: bool


class Payload(NamedTuple):
    """A body. `contents` are its schemas (None: anything) by media type."""

    node: Node
    required: bool
    contents: Mapping[str, Node | None]


class Response(NamedTuple):
    """A response: its body's schemas by media type, and its headers by lower-case name."""

    node: Node
    contents: Mapping[str, Node | None]
    headers: Mapping[str, Parameter]


class Operation(NamedTuple):
    """One operation. `security` are alternatives of scheme -> scopes; None where nothing is said (nobody is asked)."""

    method: str
    path: str
    node: Node
    parameters: Mapping[tuple[str, str], Parameter]
    body: Payload | None
    responses: Mapping[str, Response]
    security: tuple[Mapping[str, frozenset[str]], ...]
    security_node: Node
    callbacks: Mapping[tuple[str, str], "Operation"]


class Contract(NamedTuple):
    """A contract, whole. Operations are by method and path, whose parameters have lost their names (`/orders/{}`)."""

    root: Node
    version: str
    operations: Mapping[tuple[str, str], Operation]
    webhooks: Mapping[tuple[str, str], Operation]
    schemes: Mapping[str, Node]


def load(name: str, data: bytes, others: Bytes = lambda _: None) -> Contract:
    """Return the contract in `data`, which may refer to other files; `others` gives those by name, relative to the same folder.

    Raises:
        ContractError: it or a file that it refers to cannot be read, or is no such contract.
    """
    document = read(name, data)
    version = _version(document)
    documents = collected(document, others)
    library = Library(documents, {}, siblings=version.startswith("3.") and version >= "3.1", nullable=version < "3.1")
    return _Reader(Node(library, name, "", document.value), version).contract()


def _version(document: Document) -> str:
    value = document.value
    if not isinstance(value, dict):
        raise ContractError(document.name, "it is no OpenAPI contract: its top is no mapping")
    said = str(value.get("openapi", value.get("swagger", "")))
    if not re.fullmatch(r"2\.0|3\.[0-2](\.\d+)?(-\S+)?", said):
        asked = "Swagger 2.0 and OpenAPI 3.0 to 3.2 are understood"
        raise ContractError(document.name, f"its version is {said or 'not said'}; {asked}")
    return said


def collected(first: Document, others: Bytes) -> Mapping[str, Document]:
    """Return the document and all that it refers to, directly or not. What is missing is told where it is used.

    Raises:
        ContractError: one of them cannot be read, or all together are larger than one may be.
    """
    found = {first.name: first}
    pending = [first]
    while pending:
        document = pending.pop()
        for name in _referred(document):
            data = others(name) if name not in found else None
            if data is None:
                continue
            found[name] = read(name, data)
            pending.append(found[name])
            _check_together(first.name, found.values())
    return found


def _check_together(name: str, documents: Collection[Document]) -> None:
    if len(documents) > _MOST_FILES:
        raise ContractError(name, f"it refers to more than {_MOST_FILES} files")
    try:
        check_size(name, sum(len(each.data) for each in documents), LARGEST)
        check_values(name, sum(each.values for each in documents))
    except ContractError as error:
        raise ContractError(name, f"with the files that it refers to, {error.why}", error.line) from error


def _referred(document: Document) -> Iterator[str]:
    """Yield the names of files that references lead to."""
    for reference in references(document):
        target = unquote(reference.partition("#")[0])
        if target and "://" not in target:
            yield joined(document.name, target)


def references(document: Document) -> Iterator[str]:
    """Yield every reference that leads out of the document."""
    pending = [document.value]
    seen: set[int] = set()
    while pending:
        value = pending.pop()
        if not isinstance(value, dict | list) or id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, dict):
            reference = value.get("$ref")
            if isinstance(reference, str) and reference[:1] not in {"", "#"}:
                yield reference
            pending += value.values()
        else:
            pending += value


def bare(path: str) -> str:
    """Return a path without the names of its parameters."""
    return re.sub(r"\{[^{}]*\}", "{}", path.split("?", maxsplit=1)[0].rstrip("/") or "/")


class _Reader:
    """Reads a contract's parts by its version."""

    def __init__(self, root: Node, version: str) -> None:
        self._root = root
        self._old = version == "2.0"
        self._version = version

    def contract(self) -> Contract:
        schemes = self._root.at("securityDefinitions") if self._old else self._root.at("components", "securitySchemes")
        return Contract(
            root=self._root,
            version=self._version,
            operations=self._operations(self._root.at("paths")),
            webhooks=self._operations(self._root.at("webhooks")),
            schemes={name: referent(node) for name, node in schemes.items()},
        )

    def _operations(self, paths: Node) -> dict[tuple[str, str], Operation]:
        found = {}
        for path, item in referent(paths).items():
            if path.startswith("x-"):
                continue
            target = referent(item)
            for method in METHODS:
                node = target.at(method)
                if isinstance(node.value, dict):
                    found[(method, bare(path))] = self._operation(method, path, target, node)
        return found

    def _operation(self, method: str, path: str, item: Node, node: Node) -> Operation:
        parameters = dict(self._parameters(item))
        parameters |= self._parameters(node)
        security = node if "security" in node.value else self._root
        return Operation(
            method=method,
            path=path,
            node=node,
            parameters={key: each for key, each in parameters.items() if key[0] not in {"body", "formData"}},
            body=self._body(node, parameters),
            responses={
                str(status): self._response(node, each) for status, each in referent(node.at("responses")).items()
            },
            security=tuple(_security(security.at("security"))),
            security_node=security.at("security"),
            callbacks=self._callbacks(node),
        )

    def _callbacks(self, node: Node) -> dict[tuple[str, str], Operation]:
        found = {}
        for name, callback in referent(node.at("callbacks")).items():
            for (method, path), operation in self._operations(referent(callback)).items():
                found[(method, f"{name} {path}")] = operation
        return found

    def _parameters(self, node: Node) -> dict[tuple[str, str], Parameter]:
        found = {}
        for index, each in enumerate(node.at("parameters").each()):
            target = referent(each)
            if not isinstance(target.value, dict):
                continue
            place, name = str(target.value.get("in", "")), str(target.value.get("name", ""))
            key = name.lower() if place == "header" else name
            if place == "path":
                key = _position(node, name, index)
            required = target.value.get("required") is True or place == "path"
            found[(place, key)] = Parameter(place, name, target, self._parameter_schema(target), required)
        return found

    def _parameter_schema(self, node: Node) -> Node | None:
        if isinstance(node.value.get("schema"), dict | bool):
            return node.at("schema")
        if self._old:
            return node
        content = next((media for _, media in node.at("content").items()), None)
        return content.at("schema") if content is not None and content.at("schema").value is not None else None

    def _body(self, node: Node, parameters: Mapping[tuple[str, str], Parameter]) -> Payload | None:
        if not self._old:
            body = referent(node.at("requestBody"))
            if not isinstance(body.value, dict):
                return None
            return Payload(body, body.value.get("required") is True, _contents(body))
        types = self._types(node, "consumes")
        for each in parameters.values():
            if each.place == "body":
                return Payload(each.node, each.required, dict.fromkeys(types, each.schema))
        form = [each for each in parameters.values() if each.place == "formData"]
        if not form:
            return None
        schema = _form(form)
        return Payload(form[0].node, any(each.required for each in form), dict.fromkeys(types, schema))

    def _types(self, node: Node, keyword: str) -> tuple[str, ...]:
        said = node.value.get(keyword, self._root.value.get(keyword))
        return tuple(str(each) for each in said) if isinstance(said, list) and said else (_ANY,)

    def _response(self, operation: Node, node: Node) -> Response:
        target = referent(node)
        contents = _contents(target)
        if self._old:
            schema = target.at("schema")
            given = schema if isinstance(schema.value, dict | bool) else None
            contents = dict.fromkeys(self._types(operation, "produces"), given) if given else {}
        headers = {}
        for name, each in target.at("headers").items():
            header = referent(each)
            if isinstance(header.value, dict):
                required = header.value.get("required") is True
                headers[name.lower()] = Parameter("header", name, header, self._parameter_schema(header), required)
        return Response(target, contents, headers)


def referent(node: Node) -> Node:
    """Return what a node refers to; references do not count where there is no object."""
    return resolved(node) if isinstance(node.value, dict) else node


def _contents(node: Node) -> dict[str, Node | None]:
    found: dict[str, Node | None] = {}
    for name, media in node.at("content").items():
        schema = referent(media).at("schema")
        found[_media(name)] = schema if isinstance(schema.value, dict | bool) else None
    return found


def _media(name: str) -> str:
    """Return a media type without white space and in lower case (RFC 9110, section 8.3.1)."""
    return "".join(name.lower().split())


def _form(form: list[Parameter]) -> Node:
    """Return the object that form fields are together."""
    first = form[0].node
    value = {
        "type": "object",
        "properties": {each.name: each.node.value for each in form},
        "required": [each.name for each in form if each.required],
    }
    return first._replace(pointer=first.pointer.rpartition("/")[0], value=value)


def _position(item: Node, name: str, index: int) -> str:
    """Return the place of a path parameter in its path; parameters are told apart by it, for clients never see their names."""
    path = next((part for part in reversed(item.pointer.split("/")) if "{" in part), "")
    names = re.findall(r"\{([^{}]*)\}", path.replace("~1", "/"))
    return str(names.index(name)) if name in names else f"{name}#{index}"


def _security(node: Node) -> Iterator[Mapping[str, frozenset[str]]]:
    for alternative in node.each():
        if isinstance(alternative.value, dict):
            yield {name: _scopes(scopes) for name, scopes in alternative.value.items()}


def _scopes(value: Any) -> frozenset[str]:  # noqa: ANN401 - any JSON value
    return frozenset(str(each) for each in value) if isinstance(value, list) else frozenset()
