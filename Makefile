# Everything a person runs. The first call makes the two Python environments; see tools/bootstrap.
.DEFAULT_GOAL := help
.PHONY: help demo up down test check test-engine format lock bench exactly-once simulate clean environment \
        check-format check-lint check-types check-imports check-fast

PYTHON_RUN = .venv/bin/python
PYTEST     = $(PYTHON_RUN) -m pytest
PARALLEL   = -n auto

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

environment:
	@tools/bootstrap

demo: environment ## the whole path once, on the embedded engine, told step by step
	@$(PYTHON_RUN) -m local.demo

up: environment ## engine, simulators and the deployed stack, kept running
	@$(PYTHON_RUN) -m local.up

down: ## end what `make up` started
	@if [ -x $(PYTHON_RUN) ]; then $(PYTHON_RUN) -m local.down; fi

test: check-format check-lint check-types check-imports ## every check and every test
	@$(PYTEST) $(PARALLEL) tests

check: check-format check-lint check-types check-imports check-fast ## what needs no engine: format, lint, types, imports, unit, contract, simulation

check-format: environment
	@.venv/bin/ruff format --check --quiet . || { echo "run: make format"; exit 1; }

check-lint: environment
	@.venv/bin/ruff check --quiet .

check-types: environment
	@.venv/bin/mypy --no-error-summary

check-imports: environment
	@PYTHONPATH=.:layers/shared .venv/bin/lint-imports --no-logo

check-fast: environment
	@$(PYTEST) $(PARALLEL) -m "not engine" $(wildcard tests/unit tests/contract tests/simulation)

test-engine: environment ## only the tests that run on the embedded engine
	@$(PYTEST) -m engine tests

format: environment ## format and mend what ruff can mend
	@.venv/bin/ruff check --quiet --fix-only .
	@.venv/bin/ruff format --quiet .

bench: environment ## the budgets of docs/benchmarks.md, measured
	@$(PYTHON_RUN) -m pytest -n 0 -s tests/benchmarks

exactly-once: environment ## the same job for us and for others, with kills: docs/exactly-once.md (hours)
	@$(PYTHON_RUN) -m tests.benchmarks.exactly_once

simulate: environment ## a simulated world in which everything goes wrong, for N=20000 postings (README, "How it is shown")
	@$(PYTHON_RUN) -m tests.simulation --postings $(or $(N),20000) $(if $(JSON),--json)

COMPILE = .venv/bin/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.13

lock: environment ## choose versions anew (make lock UPGRADE=--upgrade raises them all)
	@$(COMPILE) $(UPGRADE) requirements/dev.in -o requirements/dev.lock
	@$(COMPILE) $(UPGRADE) requirements/layer.in -o requirements/layer.lock
	@$(COMPILE) $(UPGRADE) requirements/engine.in -o requirements/engine.lock
	@cp requirements/layer.lock layers/shared/requirements.txt
	@tools/bootstrap

clean: down ## remove environments, builds and local state
	rm -rf .venv .engine .aws-sam .local .bootstrap-lock .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
