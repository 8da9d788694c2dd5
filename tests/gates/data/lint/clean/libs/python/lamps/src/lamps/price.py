def price(dozens: int) -> int:
    return dozens * 12
