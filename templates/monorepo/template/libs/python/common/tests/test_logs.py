import json

from common.logs import REDACTED, json_line, redact


def test_personal_values_are_replaced_at_every_depth() -> None:
    record = {
        "route": "/v1/orders",
        "customer": {"Name": "Ida Example", "city": "Halifax"},
        "contacts": [{"email": "ida@customer.example"}, "plain"],
    }
    assert redact(record) == {
        "route": "/v1/orders",
        "customer": {"Name": REDACTED, "city": "Halifax"},
        "contacts": [{"email": REDACTED}, "plain"],
    }


def test_more_keys_can_be_named() -> None:
    assert redact({"Phone": "902", "status": 200}, extra=["phone"]) == {
        "Phone": REDACTED,
        "status": 200,
    }


def test_the_record_itself_stays_as_it_is() -> None:
    record = {"ssn": "000"}
    redact(record)
    assert record == {"ssn": "000"}


def test_a_line_is_one_json_object() -> None:
    line = json_line({"message": "two\nlines", "name": "Ida"})
    assert line.endswith("}\n")
    assert line.count("\n") == 1
    assert json.loads(line) == {"message": "two\nlines", "name": REDACTED}
