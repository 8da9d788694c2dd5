"""Lockstep beside the raw tools and its peers, on the rendered monorepo; `nox -s bench` prints ratios."""
