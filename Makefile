# `make` alone lists what there is.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
# pip's advice against root is for systems, not for an environment of our own.
export PIP_ROOT_USER_ACTION := ignore

PAIRS ?= 300
KILLS ?= 200
RACES ?= 10

.DEFAULT_GOAL := help
.PHONY: help .venv test lint format controlplane demo cluster cluster-down corpus bench conformance clean
.DELETE_ON_ERROR:

help: ## List the targets
	@awk -F ':.*## ' '/^[.a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv: $(INSTALLED) ## Set up the virtual environment (PYTHON=python3.13 to choose one)

$(INSTALLED): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or later is needed, this is " + sys.version.split()[0] + ": make PYTHON=...")'
	@echo "Setting up $(VENV)" >&2
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) install --upgrade 'pip>=25.1'
	@$(PIP) install --editable . --group dev
	@touch $@

test: lint controlplane ## Lint and run every test, on a real API server and real databases
	@$(BIN)/pytest

lint: $(INSTALLED) ## Check style, types and who imports whom
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet
	@$(BIN)/mypy --no-error-summary
	@report=$$($(BIN)/lint-imports --no-logo) || { echo "$$report"; exit 1; }

format: $(INSTALLED) ## Format the code and mend what can be mended safely
	@$(BIN)/ruff check --fix --quiet || true
	@$(BIN)/ruff format

controlplane: $(INSTALLED) ## Find or build etcd and kube-apiserver; the last line is their directory
	@$(BIN)/python -m testbed.controlplane

demo: $(INSTALLED) ## Show a schema being made, changed and found up to date, without a cluster
	@$(BIN)/python -m testbed.demo

cluster: $(INSTALLED) ## Start an API server, a database, the operator and the example, and leave them running
	@$(BIN)/python -m testbed.cluster up

cluster-down: $(INSTALLED) ## End what `make cluster` started
	@$(BIN)/python -m testbed.cluster down

corpus: $(INSTALLED) ## Bring recorded and random schemas from one version to another; kill and race processes (PAIRS, KILLS, RACES)
	@$(BIN)/python -m tests.corpus --recorded --pairs $(PAIRS) --kills $(KILLS) --races $(RACES)

bench: $(INSTALLED) ## Measure compiling and syncing
	@$(BIN)/python -m benchmarks.compile
	@$(BIN)/python -m benchmarks.growth
	@$(BIN)/python -m benchmarks.postgresql

conformance: $(INSTALLED) ## Compare with the conformance data
	@$(BIN)/python -m tests.conformance

clean: ## Remove what was made in this directory
	@rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
