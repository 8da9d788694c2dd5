"""A pact against the contract of its provider: what of it the contract refuses, or does not promise."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from lockstep.contracts import pact as pact_reading
from lockstep.contracts.api import Contract, Operation, Parameter, Response, load
from lockstep.contracts.change import Spot
from lockstep.contracts.comparing import Version, deep
from lockstep.contracts.conformance import UNDESCRIBED, Conformance, Problem
from lockstep.contracts.pact import Body, Interaction, Pact, Request
from lockstep.contracts.routes import Match, Routes
from lockstep.contracts.schemas import Node
from lockstep.contracts.wire import Wire

Json = Any

_REFUSED = 400
_JSON = "application/json"
_ANY = "*/*"
_FORM = "application/x-www-form-urlencoded"
# OpenAPI leaves these to other parts of the contract (Parameter Object, `name`).
_TOLD_ELSEWHERE = frozenset({"accept", "authorization", "content-type"})
# Fields of RFC 9110 to 9112 and of the Fetch standard that any client, or any server, may send.
_OF_CLIENTS = _TOLD_ELSEWHERE | {
    *("accept-charset", "accept-encoding", "accept-language", "cache-control", "connection", "content-encoding"),
    *("content-language", "content-length", "cookie", "date", "expect", "forwarded", "from", "host", "if-match"),
    *("if-modified-since", "if-none-match", "if-range", "if-unmodified-since", "max-forwards", "origin", "pragma"),
    *("proxy-authorization", "range", "referer", "te", "trailer", "transfer-encoding", "upgrade", "user-agent", "via"),
}
_OF_SERVERS = frozenset(
    {
        *(
            "accept-patch",
            "accept-ranges",
            "age",
            "allow",
            "alt-svc",
            "cache-control",
            "connection",
            "content-disposition",
        ),
        *(
            "content-encoding",
            "content-language",
            "content-length",
            "content-location",
            "content-range",
            "date",
            "etag",
        ),
        *("expires", "last-modified", "link", "location", "pragma", "proxy-authenticate", "retry-after", "server"),
        *("set-cookie", "strict-transport-security", "trailer", "transfer-encoding", "upgrade", "vary", "via"),
        *("warning", "www-authenticate", "access-control-allow-origin"),
    }
)


class Breach(msgspec.Struct, frozen=True):
    """One thing that a pact has and the contract has not.

    rule: its kind, kebab-case. what: in words. consumer, provider, interaction: their names. pointer: of the interaction in
    the pact. operation: method and path. part: `request`, `response`, with a pointer into the body where there is one.
    contract: what refuses it. certain: false where it breaks nobody for certain, or could not be compared.
    """

    rule: str
    what: str
    consumer: str
    provider: str
    interaction: str
    pointer: str
    operation: str
    part: str
    contract: Spot
    certain: bool = True


def breaches(pact: Version, contract: Version) -> tuple[Breach, ...]:
    """Return what a contract refuses or does not promise of a pact, both given as files.

    Raises:
        ContractError: one of them cannot be read.
    """
    return deep(
        contract.name,
        lambda: verify(pact_reading.load(pact.name, pact.data), load(contract.name, contract.data, contract.others)),
    )


def verify(pact: Pact, contract: Contract) -> tuple[Breach, ...]:
    """Return what of a pact the contract refuses or does not promise, in the order of its interactions.

    Raises:
        ContractError: a part of the contract cannot be used.
    """
    routes, conformance = Routes(contract), Conformance(contract.root.library)
    found: list[Breach] = []
    for each in pact.interactions:
        found += _Verification(pact, contract, routes, conformance, each).breaches()
    for description, pointer in pact.messages:
        what = "a message is not compared: the contract knows requests alone"
        found.append(_remark("message-not-compared", what, pact, contract, description, pointer))
    if not pact.interactions and not pact.messages:
        found.append(_remark("nothing-expected", "the pact has no interactions", pact, contract))
    return tuple(dict.fromkeys(found))


def _remark(rule: str, what: str, pact: Pact, contract: Contract, description: str = "", pointer: str = "") -> Breach:
    """Return what is to be said of a pact beside its requests."""
    spot = contract.root.spot
    return Breach(rule, what, pact.consumer, pact.provider, description, pointer, "", "", spot, certain=False)


class _Verification:
    """One interaction."""

    def __init__(
        self, pact: Pact, contract: Contract, routes: Routes, conformance: Conformance, interaction: Interaction
    ) -> None:
        self._pact = pact
        self._contract = contract
        self._routes = routes
        self._conformance = conformance
        self._wire = Wire(conformance)
        self._interaction = interaction
        self._request = interaction.request

    def breaches(self) -> Iterator[Breach]:
        found = self._routes.matches(self._request.path)
        match = self._match(found)
        if match is None:
            spot = self._contract.root.at("paths").spot
            yield self._breach("operation-unknown", self._why_unknown(found), "request", spot)
            return
        if self._interaction.response.status < _REFUSED:
            # What is to be refused is sent wrongly on purpose.
            yield from self._parameters(match)
            yield from self._strangers(match.operation)
            yield from self._credentials(match.operation)
            yield from self._request_body(match.operation)
        yield from self._response(match.operation)

    def _breach(self, rule: str, what: str, part: str, spot: Spot, *, certain: bool = True) -> Breach:
        operation = f"{self._request.method.upper()} {self._request.path}"
        return Breach(
            rule=rule,
            what=what,
            consumer=self._pact.consumer,
            provider=self._pact.provider,
            interaction=self._interaction.description,
            pointer=self._interaction.pointer,
            operation=operation,
            part=part,
            contract=spot,
            certain=certain and not self._interaction.pending,
        )

    def _problems(self, of: str, part: str, found: Iterable[Problem]) -> Iterator[Breach]:
        for each in found:
            place = f"{part} #{each.at}" if each.at else part
            certain = each.kind != UNDESCRIBED
            yield self._breach(f"{of}-{each.kind}", each.what, place, each.spot, certain=certain)

    # The operation

    def _match(self, found: Sequence[Match]) -> Match | None:
        """Return the operation that is meant: one whose path's parameters fit before others."""
        own = [each for each in found if each.operation.method == self._request.method]
        return next((each for each in own if not any(self._path_problems(each))), own[0] if own else None)

    def _why_unknown(self, found: Sequence[Match]) -> str:
        others = sorted({each.operation.method.upper() for each in found})
        if others:
            return f"the path has no {self._request.method.upper()}, but {', '.join(others)}"
        return "the contract has no such path"

    def _path_problems(self, match: Match) -> Iterator[Breach]:
        for (place, _), each in match.operation.parameters.items():
            if place == "path" and each.name in match.values:
                yield from self._parameter(each, (match.values[each.name],))

    # Parameters

    def _parameters(self, match: Match) -> Iterator[Breach]:
        yield from self._path_problems(match)
        for (place, key), each in match.operation.parameters.items():
            if place == "path" or (place == "header" and key in _TOLD_ELSEWHERE):
                continue
            spread = self._wire.spread(each, self._request.query)
            if spread is not None and spread[1]:
                yield from self._conforms(each, spread[0])
                continue
            texts = self._sent(place, key)
            if texts:
                yield from self._parameter(each, texts)
            elif each.required:
                what = f"the {place} parameter `{each.name}` is required and missing"
                yield self._breach("parameter-missing", what, "request", each.node.spot)

    def _sent(self, place: str, key: str) -> tuple[str, ...]:
        if place == "query":
            # PHP and Rails write the names of arrays with brackets, contracts often without.
            return self._request.query.get(key, ()) or self._request.query.get(f"{key}[]", ())
        found = self._request.headers if place == "header" else _cookies(self._request)
        return (found[key],) if key in found else ()

    def _parameter(self, parameter: Parameter, texts: tuple[str, ...]) -> Iterator[Breach]:
        if texts == ("",) and parameter.node.value.get("allowEmptyValue") is True:
            return
        yield from self._conforms(parameter, self._wire.parameter(parameter, texts))

    def _conforms(self, parameter: Parameter, value: Json) -> Iterator[Breach]:
        if parameter.schema is not None:
            part = f"{parameter.place} parameter {parameter.name}"
            yield from self._problems("parameter", part, self._conformance.sent(value, parameter.schema))

    def _strangers(self, operation: Operation) -> Iterator[Breach]:
        """Yield what is sent and not declared: whoever answers passes over it, or refuses it."""
        keys = {key for alternative in operation.security for key in map(self._credential, alternative) if key}
        declared = {(place, key) for place, key in operation.parameters} | keys
        spread = {
            name
            for each in operation.parameters.values()
            for found in (self._wire.spread(each, self._request.query),)
            for name in (found[1] if found is not None else ())
        }
        for name in self._request.query:
            if name not in spread and not {("query", name), ("query", name.removesuffix("[]"))} & declared:
                yield self._stranger("query parameter", name, operation)
        for name in self._request.headers:
            if name not in _OF_CLIENTS and ("header", name) not in declared:
                yield self._stranger("header", name, operation)

    def _stranger(self, kind: str, name: str, operation: Operation) -> Breach:
        what = f"the {kind} `{name}` is not declared"
        return self._breach("parameter-undeclared", what, "request", operation.node.spot, certain=False)

    # Credentials

    def _credentials(self, operation: Operation) -> Iterator[Breach]:
        missing = [
            {name: key for name in alternative if (key := self._credential(name)) and not self._has(key)}
            for alternative in operation.security
        ]
        if not missing or not all(missing):
            return
        # A token of OAuth may be carried otherwise than in a header.
        doubtful = [each for each in missing if all(self._is_token(name) for name in each)]
        least = min(doubtful or missing, key=len)
        told = " and ".join(f"{name} ({place} {key})" for name, (place, key) in sorted(least.items()))
        what = f"credentials are missing: {told}"
        yield self._breach("credentials-missing", what, "request", operation.security_node.spot, certain=not doubtful)

    def _credential(self, name: str) -> tuple[str, str] | None:
        """Return where the credentials of a scheme stand; None where a request does not show them."""
        scheme = self._contract.schemes.get(name)
        about = scheme.value if scheme is not None and isinstance(scheme.value, dict) else {}
        kind, place, key = (str(about.get(keyword, "")) for keyword in ("type", "in", "name"))
        if kind == "apiKey":
            return place, key.lower() if place == "header" else key
        return ("header", "authorization") if kind in {"basic", "http", "oauth2", "openIdConnect"} else None

    def _is_token(self, name: str) -> bool:
        return self._contract.schemes[name].at("type").value in {"oauth2", "openIdConnect"}

    def _has(self, credential: tuple[str, str]) -> bool:
        return bool(self._sent(*credential))

    # Bodies

    def _request_body(self, operation: Operation) -> Iterator[Breach]:
        declared, body = operation.body, self._request.body
        if body is None:
            if declared is not None and declared.required:
                what = "the request body is required and missing"
                yield self._breach("body-missing", what, "request", declared.node.spot)
            return
        if declared is None:
            what = "a request body is sent, and none is declared"
            yield self._breach("body-undeclared", what, "request", operation.node.spot, certain=False)
            return
        media = self._request.media
        if not media and _ANY not in declared.contents:
            what = "the request does not say of which media type its body is"
            yield self._breach("media-type-missing", what, "request", declared.node.spot, certain=False)
        taken = _content(media, declared.contents) if media else _unsaid(body, declared.contents)
        if taken is None:
            what = f"the media type {media or _JSON} is not taken, but {_listed(declared.contents)}"
            yield self._breach("media-type-refused", what, "request", declared.node.spot)
            return
        schema = declared.contents[taken]
        if schema is not None:
            yield from self._body(body, _plain(media or taken), schema, declared.node)

    def _body(self, body: Body, media: str, schema: Node, node: Node) -> Iterator[Breach]:
        if media == _FORM and isinstance(body.value, str):
            value = self._wire.form(schema, body.value)
        elif _is_comparable(media, body):
            value = body.value
        else:
            yield self._not_compared("request", media, node)
            return
        yield from self._problems("body", "request body", self._conformance.sent(value, schema))

    def _not_compared(self, part: str, media: str, node: Node) -> Breach:
        what = f"bodies of the media type {media} are not compared"
        return self._breach("body-not-compared", what, part, node.spot, certain=False)

    # The response

    def _response(self, operation: Operation) -> Iterator[Breach]:
        status = str(self._interaction.response.status)
        part = f"response {status}"
        declared = operation.responses.get(status) or _range(status, operation.responses)
        if declared is None:
            declared = operation.responses.get("default")
            if declared is None:
                what = f"the status {status} is not declared, but {_listed(operation.responses)}"
                yield self._breach("status-undeclared", what, part, operation.node.at("responses").spot)
                return
            if int(status) < _REFUSED:
                what = f"the status {status} is declared by `default` alone"
                yield self._breach("status-by-default", what, part, declared.node.spot, certain=False)
        yield from self._response_headers(declared, part)
        yield from self._response_body(operation, declared, part)

    def _response_headers(self, declared: Response, part: str) -> Iterator[Breach]:
        for name, text in self._interaction.response.headers.items():
            if name == "content-type":
                continue
            header = declared.headers.get(name)
            if header is None:
                what = f"the header `{name}` is expected and not declared"
                usual = name in _OF_SERVERS
                yield self._breach("response-header-undeclared", what, part, declared.node.spot, certain=not usual)
            elif header.schema is not None:
                value = self._wire.parameter(header, (text,))
                found = self._conformance.sent(value, header.schema)
                yield from self._problems("response-header", f"{part} header {name}", found)

    def _response_body(self, operation: Operation, declared: Response, part: str) -> Iterator[Breach]:
        response, contents = self._interaction.response, declared.contents
        accepted = [each.strip() for each in self._request.headers.get("accept", "").split(",") if each.strip()]
        if contents and accepted and not any(_content(each, contents) for each in accepted):
            what = f"{', '.join(accepted)} is accepted alone, and the response has {_listed(contents)}"
            yield self._breach("accept-refused", what, part, declared.node.spot)
        if response.body is None and not response.media:
            return
        media = response.media or next((each for each in accepted if _content(each, contents)), "")
        taken = _content(media, contents) if media else _unsaid(response.body, contents)
        if taken is None:
            yield from self._unpromised(operation, declared, media, part)
        elif response.body is not None:
            yield from self._excerpt(
                response.body, _plain(response.media or taken), contents[taken], declared.node, part
            )

    def _excerpt(self, body: Body, media: str, schema: Node | None, node: Node, part: str) -> Iterator[Breach]:
        if schema is None:
            what = "the contract does not say what the body holds"
            yield self._breach("response-undescribed", what, part, node.spot, certain=False)
        elif _is_comparable(media, body):
            found = self._conformance.expected(body.value, schema)
            yield from self._problems("response", f"{part} body", found)
        else:
            yield self._not_compared(part, media, node)

    def _unpromised(self, operation: Operation, declared: Response, media: str, part: str) -> Iterator[Breach]:
        if declared.contents:
            what = f"the media type {media or _JSON} is expected, and the response has {_listed(declared.contents)}"
            yield self._breach("response-media-type-undeclared", what, part, declared.node.spot)
        elif self._interaction.response.body is not None:
            what = "a body is expected, and the response declares none"
            yield self._breach("response-body-undeclared", what, part, declared.node.spot)
        elif operation.method != "head":
            what = f"the media type {media} is expected, and the response declares no body"
            yield self._breach("response-media-type-undeclared", what, part, declared.node.spot, certain=False)


def _cookies(request: Request) -> Mapping[str, str]:
    pairs = (part.strip().partition("=") for part in request.headers.get("cookie", "").split(";"))
    return {name: value for name, _, value in pairs if name}


# Media types (RFC 9110, section 8.3.1; structured suffixes, RFC 6839)


def _plain(media: str) -> str:
    return media.partition(";")[0].strip().lower()


def _is_json(plain: str) -> bool:
    return plain in {_JSON, _ANY, "application/*"} or plain.endswith(("/json", "+json"))


def _is_comparable(media: str, body: Body) -> bool:
    """Whether a schema speaks of the body's value: JSON, and text as a whole."""
    return _is_json(media) or (media.startswith("text/") and isinstance(body.value, str))


def _unsaid(body: Body | None, contents: Mapping[str, Node | None]) -> str | None:
    """Return the key of the content that a body means which does not say its media type."""
    text = body is not None and isinstance(body.value, str)
    plain = next((name for name in contents if text and name.startswith("text/")), None)
    return plain or next((name for name in contents if _is_json(_plain(name))), None)


def _content(media: str, contents: Mapping[str, Node | None]) -> str | None:
    """Return the key of the content that a media type, or a range of them, means: the most exact one.

    A type with a suffix (`application/problem+json`) is one of the plain kind as well.
    """
    wanted = _plain(media)
    exact = "".join(media.lower().split())
    if exact in contents:
        return exact
    by_plain = {_plain(name): name for name in contents}
    kind, suffix = wanted.partition("/")[0], wanted.rpartition("+")[2]
    for each in (wanted, f"{kind}/{suffix}", f"{kind}/*", _ANY, "*"):
        if each in by_plain:
            return by_plain[each]
    if wanted in {_ANY, "*"}:
        return next(iter(contents), None)
    if wanted.endswith("/*"):
        return next((name for plain, name in by_plain.items() if plain.startswith(f"{kind}/")), None)
    return None


def _range(status: str, responses: Mapping[str, Response]) -> Response | None:
    return responses.get(f"{status[:1]}XX") or responses.get(f"{status[:1]}xx")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "nothing"
