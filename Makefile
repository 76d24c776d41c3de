# skypact: `make help` lists what there is. Needs only make, Python 3.11+ and a package index.
SHELL := /bin/bash
PYTHON ?= python3
UV := $(shell command -v uv 2>/dev/null || echo .tools/uv/bin/uv)
UV_VERSION := 0.13.9
BIN := .venv/bin
INSTALLED := .venv/.skypact-installed
COMPILED := .venv/.skypact-compiled
KERNELS := $(wildcard src/skypact/*/*kernel*.py) src/skypact/orbits/jit.py src/skypact/astro/constants.py
export UV_NO_PROGRESS := 1
# Where the system keeps certificates they count, so that a network with its own authority works.
export UV_SYSTEM_CERTS ?= $(if $(wildcard /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs /etc/ssl/cert.pem),1,0)

.DEFAULT_GOAL := help
.PHONY: help setup up test test-slow lint format bench docs lock clean

help: ## List these commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

setup: $(COMPILED) ## Make .venv with .venv/bin/skypact and compile the kernels once

$(UV):
	@echo "fetching uv into .tools/"
	@$(PYTHON) -m venv .tools/uv || { echo "Python's venv module is missing: install it (python3-venv)"; exit 2; }
	@.tools/uv/bin/python -m pip --quiet --disable-pip-version-check install 'uv==$(UV_VERSION)'

# All is compiled to bytecode here, even where PYTHONDONTWRITEBYTECODE is set: numba alone would take half a
# second longer at every start.
$(INSTALLED): requirements.lock pyproject.toml | $(UV)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "needs Python 3.11 or newer: make setup PYTHON=python3.12"; exit 2; }
	@echo "making .venv"
	@$(UV) venv --quiet --allow-existing --python $(PYTHON) .venv
	@$(UV) pip install --quiet --python $(BIN)/python --compile-bytecode --require-hashes -r requirements.lock
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --editable .
	@$(BIN)/python -m compileall -q src/skypact
	@touch $@

$(COMPILED): $(INSTALLED) $(KERNELS)
	@$(BIN)/python -m skypact.node.warm
	@touch $@

up: setup ## Set up, then do the main job: the conjunctions of the next 7 days, and a report
	@$(BIN)/skypact up

test: setup ## Run the tests (under 10 minutes on 2 cores)
	@$(BIN)/python -m pytest -n 2 --dist worksteal --cov=skypact --cov-report=term

test-slow: setup ## Run the long tests: whole catalogs against brute force
	@$(BIN)/python -m pytest -m slow

lint: setup ## Check style, types and the direction of imports
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

format: setup ## Rewrite the code in the project's style
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

bench: setup | $(UV) ## Run the benchmarks against their peers and write dated rows
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r bench.lock
	@$(BIN)/python -m bench

docs: setup ## Write the generated pages of docs/reference
	@$(BIN)/python -m docs.generate

lock: | $(UV) ## Resolve the dependencies again (after a change in pyproject.toml)
	$(UV) pip compile pyproject.toml --universal --generate-hashes --all-extras --group dev --python-version 3.11 \
	  --no-annotate --no-header --quiet -o requirements.lock
	$(UV) pip compile pyproject.toml --universal --generate-hashes --all-extras --group dev --group bench \
	  -c requirements.lock --python-version 3.11 --no-annotate --no-header --quiet -o bench.lock

clean: ## Remove what can be made again (not the node)
	rm -rf .venv .tools dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find src tests bench docs -name __pycache__ -exec rm -rf {} +
