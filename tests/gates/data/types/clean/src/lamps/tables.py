def _read():
    return {"desk": 12}


PRICES = _read()
