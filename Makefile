# What one does with this checkout. Each target sets up what is missing first; `make demo` and `make test` are the two to know.

BIN := .venv/bin
BENCHES := sync feed start ui scroll printing pen flip carry compare find render prove verify big fuzz accept
COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --python-version 3.11 \
	--custom-compile-command "make requirements" pyproject.toml

.PHONY: help setup demo test lint types bench screens requirements clean

help: ## this
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

setup: ## what the others need: system libraries are checked, .venv is made
	@installer/setup.sh

demo: setup ## the main job, end to end; with ARGS="--headless --members 7 --papers DIR --out DIR"
	@$(BIN)/ecabinet demo $(ARGS)

test: setup ## everything but what takes minutes; with ARGS="tests/core -k ledger"
	@$(BIN)/python -m pytest -q -n auto -m "not long" $(ARGS)

lint: setup ## style, and which module may import which
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-logo

types: setup ## mypy, strict
	@$(BIN)/python -m mypy

bench: setup ## one JSON line each: name, ours, peer, ratio
	@for bench in $(BENCHES); do $(BIN)/python -m tests.bench.$$bench || exit 1; done

screens: setup ## a picture of every screen, to be looked at, in build/screens
	@$(BIN)/python -m tests.ui.screens

requirements: setup ## pin what pyproject.toml asks for; with UPGRADE=--upgrade, the newest
	@$(COMPILE) $(UPGRADE) --extra dev --output-file requirements/dev.txt
	@$(COMPILE) --constraint requirements/dev.txt --output-file requirements/base.txt
	@$(COMPILE) --constraint requirements/dev.txt --extra client --output-file requirements/client.txt
	@$(COMPILE) --constraint requirements/dev.txt --extra server --output-file requirements/server.txt

clean: ## all that was made, but .venv
	rm -rf build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
