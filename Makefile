# Izin. A machine with Python 3.11 or later and make is enough; everything else goes into .venv.

PYTHON ?= python3
ARGS   ?=
ONCE   ?=

BIN       := .venv/bin
INSTALLED := .venv/installed
CODE      := gateway tests docs $(wildcard bench)
# What pip says is of interest only when it fails.
PIP       := $(BIN)/python -m pip --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test check check-format check-code check-types check-shape fix docs site lock bench engines wheel soak clean

help:  ## say what can be made
	@echo "make TARGET, where TARGET is"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-14s %s\n", $$1, $$2}'

demo: $(INSTALLED)  ## a stub news site, the gateway and scripted clients (ONCE=1: end by itself)
	@$(BIN)/izin demo $(if $(filter-out 0,$(ONCE)),--once) $(ARGS)

# The tests of one file stay together, in their order, and so do the engines that they share.
test: $(INSTALLED)  ## every test (ARGS=tests/policy: only those)
	@echo "Running the tests."
	@$(BIN)/python -m pytest -q -n auto --dist loadfile --no-loadscope-reorder $(ARGS)

check: check-format check-code check-types check-shape  ## what must hold of the code without running it

check-format: $(INSTALLED)
	@echo "Checking the format."
	@$(BIN)/ruff format --quiet --check $(CODE) || { echo "\`make fix\` sets this right." >&2; exit 1; }

check-code: $(INSTALLED)
	@echo "Checking the code."
	@$(BIN)/ruff check --quiet $(CODE)

check-types: $(INSTALLED)
	@echo "Checking the types."
	@$(BIN)/mypy --no-error-summary

check-shape: $(INSTALLED)
	@echo "Checking the architecture and the manual."
	@$(BIN)/python -m pytest -q tests/test_architecture.py tests/test_docs.py

fix: $(INSTALLED)  ## format the code and mend what can be mended by itself
	@$(BIN)/ruff check --quiet --fix $(CODE) || true
	@$(BIN)/ruff format --quiet $(CODE)

docs: $(INSTALLED)  ## write the generated tables of the manual anew
	@$(BIN)/python -m docs.generate

site: .venv/site  ## make the manual's web site (ARGS="--out DIR"; by default into site/)
	@$(BIN)/python -m docs.publish $(ARGS)

.venv/site: $(INSTALLED)
	@echo "Installing what makes the site."
	@$(PIP) install -e '.[site]' --no-build-isolation && touch $@

lock: $(INSTALLED)  ## resolve pyproject.toml into requirements.lock anew (UPGRADE=1: to the newest versions)
	@echo "Resolving the dependencies."
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-emit-index-url --no-emit-find-links $(if $(UPGRADE),--upgrade) \
	  --extra dev pyproject.toml --output-file requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --no-emit-index-url --no-emit-find-links --constraint requirements.lock \
	  --extra postgres --extra redis pyproject.toml --output-file deploy/container/requirements.lock

bench: .venv/bench  ## measure Izin beside nginx, HAProxy, Envoy, Traefik and Caddy (ARGS=--help)
	@$(BIN)/python -m bench $(ARGS)

wheel: $(INSTALLED)  ## build the wheel, and run the demo from it in an environment of its own, as an image has it
	@rm -rf dist/trial && mkdir -p dist/trial
	@$(PIP) wheel --no-deps --no-build-isolation --wheel-dir dist/trial .
	@$(PYTHON) -m venv dist/trial/venv
	@dist/trial/venv/bin/pip --quiet --disable-pip-version-check install --require-hashes -r deploy/container/requirements.lock
	@dist/trial/venv/bin/pip --quiet --disable-pip-version-check install --no-deps dist/trial/*.whl
	@cd dist/trial && venv/bin/izin demo --once
	@rm -rf dist/trial/venv && mv dist/trial/*.whl dist/ && rmdir dist/trial && ls dist/*.whl

soak: $(INSTALLED)  ## let everything happen to a gateway of several workers (ARGS="--requests 1000000")
	@$(BIN)/python -m bench.soak $(ARGS)

# Whoever cannot install one of them measures without it.
.venv/bench: $(INSTALLED)
	@echo "Installing the proxies to compare with."
	@$(PIP) install -e '.[bench]' --no-build-isolation && touch $@ || echo "Not all could be installed." >&2

engines: .venv/bench .venv/site  ## what the tests drive of PyPI: proxies, a database, and what makes the manual's site

clean:  ## remove what was made here
	rm -rf .venv site .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage dist build

# The stamp is newer than both files that say what belongs into .venv. pyproject.toml counts since the
# command's name and the tools' versions stand in it.
$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Izin needs Python 3.11 or later; \`make PYTHON=python3.11\` names another one." >&2; exit 1; }
	@test -x $(BIN)/python || { echo "Making .venv with $$($(PYTHON) --version)."; $(PYTHON) -m venv .venv; } || \
	  { rm -rf .venv; echo "Python's venv module is missing (Debian: apt-get install python3-venv)." >&2; exit 1; }
	@echo "Installing what requirements.lock names into .venv."
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q gateway  # a machine may be set to keep no compiled modules: each start would make them
	@touch $@
