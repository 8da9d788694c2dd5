"""What a comparison says: one difference that breaks somebody, and where it stands in both versions."""

import msgspec


class ContractError(ValueError):
    """A contract cannot be read or compared: `document` names it, the text says what is wrong with it.

    line, pointer: where, as far as that is known (0 and "": it is not).
    """

    def __init__(self, document: str, why: str, line: int = 0, pointer: str = "") -> None:
        super().__init__(why)
        self.document = document
        self.why = why
        self.line = line
        self.pointer = pointer


class Spot(msgspec.Struct, frozen=True, order=True):
    """A place in a document: its name, and a JSON pointer (RFC 6901; a dotted path for Avro and Protobuf)."""

    document: str
    pointer: str


class Change(msgspec.Struct, frozen=True):
    """One difference. `writer` is the place in the schema of whoever writes, `reader` in that of whoever reads.

    rule: its kind, kebab-case. what: what differs, in words. why: whom it breaks, and how. certain: false where it
    breaks only some of them. operation: method and path, channel or message; part: `query parameter limit`,
    `response 200`, ... ("" where there is no such thing).
    """

    rule: str
    what: str
    writer: Spot
    reader: Spot
    why: str = ""
    certain: bool = True
    operation: str = ""
    part: str = ""
