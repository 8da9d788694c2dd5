def light() -> None:
    raise ValueError("no current")
