def ring(amount: int) -> int:
    return amount
