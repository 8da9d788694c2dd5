import pytest

from common.money import Money, MoneyError


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("12.50", "CAD", 1250),
        ("12.5", "CAD", 1250),
        ("12", "CAD", 1200),
        ("0.05", "EUR", 5),
        ("980", "JPY", 980),
        ("1.250", "KWD", 1250),
    ],
)
def test_reads_decimal_text(amount: str, currency: str, minor: int) -> None:
    assert Money.parse(amount, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("amount", "currency", "complaint"),
    [
        ("12.505", "CAD", "CAD has 2 decimals"),
        ("9.5", "JPY", "JPY has 0 decimals"),
        ("-1", "CAD", "is not an amount"),
        ("1e3", "CAD", "is not an amount"),
        ("", "CAD", "is not an amount"),
        ("12", "cad", "is not a currency code"),
        ("12", "DOLLAR", "is not a currency code"),
    ],
)
def test_refuses_what_is_no_amount(amount: str, currency: str, complaint: str) -> None:
    with pytest.raises(MoneyError, match=complaint):
        Money.parse(amount, currency)


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money(1250, "CAD"), "12.50 CAD"),
        (Money(5, "EUR"), "0.05 EUR"),
        (Money(-105, "EUR"), "-1.05 EUR"),
        (Money(980, "JPY"), "980 JPY"),
        (Money(1250, "KWD"), "1.250 KWD"),
    ],
)
def test_prints_every_decimal_of_the_currency(money: Money, text: str) -> None:
    assert str(money) == text


def test_adds_and_multiplies() -> None:
    assert Money(250, "CAD").times(3) + Money(1, "CAD") == Money(751, "CAD")


def test_refuses_to_add_two_currencies() -> None:
    with pytest.raises(MoneyError, match="CAD and EUR do not add up"):
        Money(1, "CAD") + Money(1, "EUR")
