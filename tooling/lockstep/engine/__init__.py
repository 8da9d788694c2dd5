"""Plan, key, look up, run, parse, judge, record."""
