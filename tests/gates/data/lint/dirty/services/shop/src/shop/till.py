def ring(amount: int) -> int:
    return amount




x  =  1
