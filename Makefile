# `make demo` and `make test` need Python >= 3.11 with pip and venv; `make test` a C compiler too. Each makes $(VENV) and
# installs into it what it needs, again only when pyproject.toml, setup.py, the lock or a compiled source has changed.

PYTHON ?= python3
VENV ?= .venv
PYTEST_ARGS ?=
DEMO_PACKAGES = numpy pandas scikit-learn
SECONDS = 60
TARGETS =

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test test-all check fix bench fuzz docs build lock clean
export PIP_DISABLE_PIP_VERSION_CHECK = 1

PY := $(VENV)/bin/python
PIP := $(PY) -m pip --quiet
PYTEST := ONGGI_REQUIRE_COMPILED=1 $(PY) -m pytest -n auto --maxprocesses 4

# A compiled source is a .py file with its C types in a .pxd beside it.
TYPES := $(shell find src -name '*.pxd')
BUILD_INPUTS := pyproject.toml setup.py $(TYPES) $(wildcard $(TYPES:.pxd=.py))

VENV_READY := $(VENV)/pyvenv.cfg
DEV_READY := $(VENV)/.onggi-dev
PACKAGE_READY := $(VENV)/.onggi-package
DEMO_READY := $(VENV)/.onggi-demo
DOCS_READY := $(VENV)/.onggi-docs

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(DEMO_READY)  ## a short tour on real data
	@$(PY) demo/tour.py

test: $(PACKAGE_READY)  ## the tests, both builds, without the slow ones
	@$(PYTEST) -m "not slow" $(PYTEST_ARGS)

test-all: $(PACKAGE_READY)  ## all tests
	@$(PYTEST) $(PYTEST_ARGS)

check: $(PACKAGE_READY)  ## formatting, lint, types, layers
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@$(PY) -m mypy
	@$(VENV)/bin/lint-imports

fix: $(DEV_READY)  ## format, and mend what ruff can mend
	@$(PY) -m ruff check --fix-only .
	@$(PY) -m ruff format .

bench: $(PACKAGE_READY)  ## the benchmarks
	@$(PY) bench/run.py

fuzz: $(PACKAGE_READY)  ## the fuzz targets, SECONDS=60 for all of TARGETS together
	@test -d build/fuzz/seeds || $(PY) -W ignore -m fuzz.seeds
	@$(PY) -m fuzz --seconds $(SECONDS) $(TARGETS)

docs: $(DOCS_READY)  ## the documentation as HTML, in build/docs
	@$(PY) -m sphinx --quiet --fail-on-warning -b html docs build/docs
	@echo "open build/docs/index.html"

build: $(DEV_READY)  ## sdist and wheel, in dist
	@$(PY) -m build

lock:  ## pin anew what tests, checks and documentation need, in requirements
	@for group in dev docs; do \
	  rm -rf build/lock && $(PYTHON) -m venv build/lock && build/lock/bin/python -m pip -q install --upgrade pip setuptools && \
	  ONGGI_EXTENSION=no build/lock/bin/python -m pip -q install --group $$group . && \
	  { echo "# Written by make lock, from the dependency group $$group of pyproject.toml."; \
	    build/lock/bin/python -m pip freeze --all --exclude pip --exclude onggi \
	    | sed "s/^\(backports.zstd.*\)/\1; python_version < '3.14'/"; } > requirements/$$group.lock || exit 1; \
	done

clean:  ## remove what builds and tools leave behind (not the venv)
	@rm -rf build dist src/*.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find src -name '*.so' -delete
	@find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +
	@rm -f $(PACKAGE_READY) $(DEMO_READY)

$(VENV_READY):
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit(f"onggi needs Python 3.11 or newer; {sys.executable} is {sys.version.split()[0]}. Name another one: make PYTHON=python3.13 ...")'
	@echo "making $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(DEV_READY): requirements/dev.lock | $(VENV_READY)
	@echo "installing what tests and checks need"
	@$(PIP) install -r requirements/dev.lock
	@touch $@

$(PACKAGE_READY): $(DEV_READY) $(BUILD_INPUTS)
	@echo "building onggi, compiled"
	@ONGGI_EXTENSION=require $(PIP) install --no-build-isolation --editable .
	@touch $@

$(DEMO_READY): $(BUILD_INPUTS) | $(VENV_READY)
	@echo "installing onggi and what the demo needs"
	@ONGGI_EXTENSION=auto $(PIP) install --editable '.[cli,zstd,lz4]' $(DEMO_PACKAGES)
	@touch $@

$(DOCS_READY): requirements/docs.lock $(PACKAGE_READY)
	@echo "installing what the documentation needs"
	@$(PIP) install -r requirements/docs.lock
	@touch $@
