# Izin. A machine with Python 3.11 or later and make is enough; everything else goes into .venv.

PYTHON ?= python3
ARGS   ?=
ONCE   ?=
COMPILED ?=

BIN       := .venv/bin
INSTALLED := .venv/installed
CODE      := gateway tests docs hatch_build.py $(wildcard bench)
# A tree as this one, but for the package, which is that of a compiled wheel, and with a Python that knows no other.
BUILT     := build/compiled
# What is measured runs on the distribution's Python where it has the same version, for so Izin is run: distributions and images build
# theirs after a profile, and one built by hand, as by pyenv, takes a quarter more of the processor. `SHIPPED=python3.11` names another.
MINOR     := -c 'import sys; print(*sys.version_info[:2])'
SHIPPED   ?= $(shell test "$$(/usr/bin/python3 $(MINOR) 2>&1)" = "$$($(BIN)/python $(MINOR))" && echo /usr/bin/python3 || echo $(BIN)/python)
# What pip says is of interest only when it fails.
PIP       := $(BIN)/python -m pip --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test compiled check check-format check-code check-types check-shape fix docs site lock bench engines wheel soak clean

help:  ## say what can be made
	@echo "make TARGET, where TARGET is"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-14s %s\n", $$1, $$2}'

demo: $(INSTALLED)  ## a stub news site, the gateway and scripted clients (ONCE=1: end by itself)
	@$(BIN)/izin demo $(if $(filter-out 0,$(ONCE)),--once) $(ARGS)

# The tests of one file stay together, in their order, and so do the engines that they share.
test: $(if $(filter-out 0,$(COMPILED)),$(BUILT)/made,$(INSTALLED))  ## every test (ARGS=tests/policy: only those; COMPILED=1: of what is compiled)
	@echo "Running the tests."
	@cd $(if $(filter-out 0,$(COMPILED)),$(BUILT),.) && .venv/bin/python -m pytest -q -n auto --dist loadfile --no-loadscope-reorder $(ARGS)

compiled: $(BUILT)/made  ## compile what each request passes through, apart from the sources (needs a C compiler)

$(BUILT)/made: $(INSTALLED) hatch_build.py $(shell find gateway -type f -not -path '*/__pycache__/*')
	@echo "Compiling the modules that pyproject.toml names; it takes some minutes."
	@rm -rf $(BUILT) && mkdir -p $(BUILT)
	@IZIN_COMPILE=1 $(PIP) wheel --no-deps --no-build-isolation --wheel-dir $(BUILT) .
	@$(BIN)/python -m zipfile -e $(BUILT)/*.whl $(BUILT) && rm $(BUILT)/*.whl
	@ln -s $(filter-out $(CURDIR)/gateway $(CURDIR)/build $(CURDIR)/dist $(CURDIR)/site,$(wildcard $(CURDIR)/*) $(CURDIR)/.ci) $(BUILT)
	@$(BIN)/python -m venv --without-pip $(BUILT)/.venv
	@cp -Pn $(BIN)/* $(BUILT)/.venv/bin
	@sed -i '1s|.*|#!$(CURDIR)/$(BUILT)/.venv/bin/python|' $(BUILT)/.venv/bin/izin
	@printf '%s\n' $(CURDIR)/$(BUILT) "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" \
	  > "$$($(BUILT)/.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/built.pth"
	@$(BUILT)/.venv/bin/izin --version && touch $@

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

bench: .venv/bench $(BUILT)/shipped/installed  ## measure Izin beside nginx, HAProxy, Envoy, Traefik and Caddy (ARGS=--help)
	@$(BIN)/python -m bench $(ARGS)

wheel: $(INSTALLED)  ## build the wheel, compiled where there is a C compiler (IZIN_COMPILE=0: not), and run the demo from it in an environment of its own, as an image has it
	@rm -rf dist/trial && mkdir -p dist/trial
	@$(PIP) wheel --no-deps --no-build-isolation --wheel-dir dist/trial .
	@$(PYTHON) -m venv dist/trial/venv
	@dist/trial/venv/bin/pip --quiet --disable-pip-version-check install --require-hashes -r deploy/container/requirements.lock
	@dist/trial/venv/bin/pip --quiet --disable-pip-version-check install --no-deps dist/trial/*.whl
	@cd dist/trial && venv/bin/izin --version && venv/bin/izin demo --once
	@rm -rf dist/trial/venv && mv dist/trial/*.whl dist/ && rmdir dist/trial && ls dist/*.whl

soak: $(INSTALLED)  ## let everything happen to a gateway of several workers (ARGS="--requests 1000000")
	@$(BIN)/python -m bench.soak $(ARGS)

# Whoever cannot install one of them measures without it.
.venv/bench: $(INSTALLED)
	@echo "Installing the proxies to compare with."
	@$(PIP) install -e '.[bench]' --no-build-isolation && touch $@ || echo "Not all could be installed." >&2

# Whoever has no C compiler measures what is not compiled.
$(BUILT)/tried: $(INSTALLED) hatch_build.py $(shell find gateway -type f -not -path '*/__pycache__/*')
	@$(MAKE) --no-print-directory $(BUILT)/made || echo "Not compiled: measured is only what is not." >&2
	@mkdir -p $(BUILT) && touch $@

# With what an image has.
$(BUILT)/shipped/installed: $(BUILT)/tried deploy/container/requirements.lock
	@rm -rf $(BUILT)/shipped && $(SHIPPED) -m venv --without-pip $(BUILT)/shipped
	@$(PIP) --python $(BUILT)/shipped/bin/python install --require-hashes -r deploy/container/requirements.lock && touch $@

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
