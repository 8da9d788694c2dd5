def at_import() -> None:
    raise RuntimeError("not here")


at_import()
