# gates: the main job; test: the tests. Both make the environment if it is missing, then call nox. No logic here.
.DEFAULT_GOAL := gates
.PHONY: gates test contract-check clean
PYTHON ?= $(shell sh tooling/find-python.sh)
NOX := .venv/bin/nox

gates: $(NOX)
	$(NOX) -s gates

test: $(NOX)
	$(NOX) -s tests

contract-check: $(NOX)
	$(NOX) -s contract-checks

nox-%: $(NOX)
	$(NOX) -s $* -- $(ARGS)

$(NOX): pyproject.toml uv.lock
	@echo "==> making the environment (.venv) with $(PYTHON)"
	$(PYTHON) -m venv .lockstep/bootstrap
	.lockstep/bootstrap/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r tooling/bootstrap.txt
	.lockstep/bootstrap/bin/uv sync --locked --compile-bytecode --no-progress --python $(PYTHON)
	@touch $(NOX)

clean:
	rm -rf .lockstep .venv dist
