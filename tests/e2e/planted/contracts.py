"""Twenty-five that break whoever relies on a contract, or make one that nobody can rely on."""

from tests.e2e.planted.paths import API, EVENTS, PACT
from tests.e2e.planting import Commit, Defect, Delete, Edit, Replace

_CANCELLED = f"{EVENTS}/order-cancelled/1.json"
_CREATED = f"{EVENTS}/order-created/1.json"
_HEALTH = """\
  /v1/health:
    get:
      operationId: getHealth
      summary: Ask whether the service is well
      description: Answers as long as the service takes requests; load balancers ask it.
      tags: [health]
      security: []
      responses:
        '200':
          description: The service is well.
          content:
            application/json:
              schema: { $ref: '#/components/schemas/Health' }
"""
_SHOWN = """\
        '200':
          description: The order.
          content:
            application/json:
              schema: { $ref: '#/components/schemas/Order' }
"""
_SHOWN_AS_XML = _SHOWN.replace("'200':", "'200': # as XML").replace("/json", "/xml")
_TAKEN_TWICE = """\
        '200':
          description: The key was used before; this is the order it made.
          content:
            application/json:
              schema: { $ref: '#/components/schemas/Order' }
"""
_UNIT = "        quantity:\n          type: integer\n"
_UNITS = f"        unit: {{ type: string, enum: [piece, metre] }}\n{_UNIT}"


def _breaking(name: str, rule: str, at: str, *edits: Edit, path: str = API) -> Defect:
    """Return a change whose finding stands on the line that has `at`."""
    return Defect(id=f"contract-{name}", gate="contract-checks", path=path, rule=rule, at=(at,), edits=edits)


_OF_CLIENTS = (
    _breaking(
        "response-field-removed",
        "required-property-added",
        "    Order:",
        Replace(
            API, "required: [order_id, status, created_at, total, lines]", "required: [order_id, status, total, lines]"
        ),
        Replace(API, "        created_at: { type: string, format: date-time }\n", ""),
    ),
    _breaking(
        "response-field-optional",
        "property-became-required",
        "        status:",
        Replace(API, "      required: [status]\n", ""),
    ),
    _breaking(
        "response-enum-widened",
        "enum-value-refused",
        "enum: [open, sent, cancelled]",
        Replace(API, "enum: [open, cancelled]", "enum: [open, sent, cancelled]"),
    ),
    _breaking(
        "request-enum-narrowed",
        "enum-value-refused",
        "enum: [piece]",
        Replace(API, _UNIT, _UNITS),
        Commit("feat: units"),
        Replace(API, "enum: [piece, metre]", "enum: [piece]"),
    ),
    _breaking(
        "request-property-required",
        "required-property-added",
        "required: [reason, by]",
        Replace(
            API,
            "      required: [reason]\n      properties:\n",
            "      required: [reason, by]\n      properties:\n        by: { type: string }\n",
        ),
    ),
    _breaking(
        "request-parameter-required",
        "parameter-became-required",
        "    CorrelationId:",
        Replace(API, "      required: false\n", "      required: true\n"),
    ),
    _breaking(
        "request-type-changed",
        "type-changed",
        "        quantity:",
        Replace(
            API,
            f"{_UNIT}          minimum: 1\n          maximum: 10000\n",
            "        quantity:\n          type: string\n",
        ),
    ),
    _breaking(
        "request-length-limited",
        "max-length-added",
        "reason: { type: string",
        Replace(API, "reason: { type: string, minLength: 1 }", "reason: { type: string, minLength: 1, maxLength: 40 }"),
    ),
    _breaking(
        "request-maximum-lowered",
        "maximum-narrowed",
        "maximum: 1000",
        Replace(API, "maximum: 10000\n", "maximum: 1000\n"),
    ),
    _breaking("operation-removed", "operation-removed", "paths:", Replace(API, _HEALTH, "")),
    _breaking(
        "response-removed",
        "response-removed",
        "# a key is used once",
        Replace(API, f"      responses:\n{_TAKEN_TWICE}", "      responses: # a key is used once\n"),
    ),
    _breaking(
        "response-media-type-changed",
        "media-type-removed",
        "# as XML",
        Replace(API, _SHOWN, _SHOWN_AS_XML),
    ),
    _breaking("security-demanded", "security-narrowed", "security:", Replace(API, "      security: []\n", "")),
)

_OF_EVENTS = (
    _breaking(
        "event-property-required",
        "required-property-added",
        '"required": ["order_id", "reason", "by"]',
        Replace(_CANCELLED, '["order_id", "reason"],', '["order_id", "reason", "by"],'),
        path=_CANCELLED,
    ),
    _breaking(
        "event-property-renamed",
        "required-property-added",
        '"required": ["article", "quantity"]',
        Replace(_CREATED, '["sku", "quantity"]', '["article", "quantity"]'),
        Replace(_CREATED, '"sku": { "type": "string" }', '"article": { "type": "string" }'),
        path=_CREATED,
    ),
    _breaking(
        "event-const-changed",
        "enum-value-refused",
        '"const": "order-dropped"',
        Replace(_CANCELLED, '"const": "order-cancelled"', '"const": "order-dropped"'),
        path=_CANCELLED,
    ),
    _breaking(
        "event-type-changed",
        "type-changed",
        '"quantity": { "type": "string"',
        Replace(_CREATED, '"quantity": { "type": "integer", "minimum": 1 }', '"quantity": { "type": "string" }'),
        path=_CREATED,
    ),
    Defect(
        id="contract-event-removed",
        gate="contract-checks",
        path=f"{EVENTS}/order-cancelled",
        rule="schema-removed",
        edits=(Delete(_CANCELLED),),
    ),
)

_BADLY_MADE = (
    _breaking(
        "operation-unnamed", "operation-operationId", "    get:", Replace(API, "      operationId: getHealth\n", "")
    ),
    _breaking(
        "operation-without-summary",
        "lockstep-operations-have-a-summary",
        "    get:",
        Replace(API, "      summary: Ask whether the service is well\n", ""),
    ),
    _breaking(
        "server-without-tls",
        "lockstep-servers-use-tls",
        "url: http:",
        Replace(API, "url: https://orders", "url: http://orders"),
    ),
    _breaking(
        "tag-unknown", "operation-tag-defined", "tags: [probes]", Replace(API, "tags: [health]", "tags: [probes]")
    ),
)

_OF_PACTS = (
    _breaking(
        "pact-relies-on-what-nobody-promises",
        "response-undeclared",
        '"a request for an order",',
        Replace(PACT, '"body": { "status": "open", "total"', '"body": { "state": "open", "total"'),
        path=PACT,
    ),
    _breaking(
        "pact-sends-what-is-refused",
        "body-refused",
        '"a request to place an order"',
        Replace(PACT, '"quantity": 2', '"quantity": 0'),
        path=PACT,
    ),
    _breaking(
        "pact-leaves-out-a-header",
        "parameter-missing",
        '"a request to place an order"',
        Replace(PACT, '          "Idempotency-Key": "basket-17",\n', ""),
        path=PACT,
    ),
)

CONTRACTS = (*_OF_CLIENTS, *_OF_EVENTS, *_BADLY_MADE, *_OF_PACTS)
