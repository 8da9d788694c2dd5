"""Money as whole minor units, so that no sum is ever off by a rounding error."""

import re
from dataclasses import dataclass

_DEFAULT_EXPONENT = 2
_EXPONENTS = {"BHD": 3, "CLP": 0, "JPY": 0, "KRW": 0, "KWD": 3, "TND": 3}
_CURRENCY = re.compile(r"[A-Z]{3}")
_AMOUNT = re.compile(r"(?P<whole>[0-9]{1,12})(?:\.(?P<part>[0-9]{1,3}))?")


class MoneyError(ValueError):
    """An amount that cannot be read, or two amounts that do not go together."""


def exponent(currency: str) -> int:
    """Return how many decimals `currency` has (ISO 4217), for example 2 for CAD and 0 for JPY."""
    return _EXPONENTS.get(currency, _DEFAULT_EXPONENT)


@dataclass(frozen=True, slots=True)
class Money:
    """`minor` units of `currency`, an ISO 4217 code: `Money(1250, "CAD")` is 12.50 CAD."""

    minor: int
    currency: str

    @classmethod
    def parse(cls, amount: str, currency: str) -> "Money":
        """Return the money that a decimal text such as `12.50` means in `currency`.

        Raises:
            MoneyError: the text is no plain decimal, has too many decimals, or the code is no code.
        """
        if not _CURRENCY.fullmatch(currency):
            raise MoneyError(f"{currency!r} is not a currency code")
        match = _AMOUNT.fullmatch(amount)
        if match is None:
            raise MoneyError(f"{amount!r} is not an amount")
        decimals = exponent(currency)
        part = match["part"] or ""
        if len(part) > decimals:
            raise MoneyError(f"{currency} has {decimals} decimals, {amount!r} has {len(part)}")
        return cls(int(match["whole"] + part.ljust(decimals, "0")), currency)

    def __add__(self, other: "Money") -> "Money":
        if other.currency != self.currency:
            raise MoneyError(f"{self.currency} and {other.currency} do not add up")
        return Money(self.minor + other.minor, self.currency)

    def times(self, quantity: int) -> "Money":
        """Return this amount `quantity` times."""
        return Money(self.minor * quantity, self.currency)

    @property
    def amount(self) -> str:
        """The amount as decimal text with every decimal of its currency, for example `12.50`."""
        decimals = exponent(self.currency)
        if decimals == 0:
            return str(self.minor)
        whole, part = divmod(abs(self.minor), 10**decimals)
        sign = "-" if self.minor < 0 else ""
        return f"{sign}{whole}.{part:0{decimals}d}"

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"
