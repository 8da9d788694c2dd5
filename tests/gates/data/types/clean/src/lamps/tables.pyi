PRICES: dict[str, int]
