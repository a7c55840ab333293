# Each target makes .venv by itself (.ci/venv) and installs nothing outside of it.
.DEFAULT_GOAL := help
.PHONY: help venv demo test check bench words
BIN := .venv/bin

help: ## Say what there is to make
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-6s %s\n", $$1, $$2}' Makefile

venv: ## Make .venv, or bring it up to date
	@.ci/venv

demo: venv ## Run the whole line on a simulated bench until Ctrl-C; ONCE=1: 20 units, then compare
	$(BIN)/lotline-demo $(if $(filter-out 0,$(ONCE)),--once)

test: venv ## Run the tests; ARGS="tests/contract -k judge" picks some
	$(BIN)/pytest -n auto --maxprocesses 4 --dist loadfile $(ARGS)

check: venv ## Do all that a merge waits for: lint, format, types, imports, then the tests (the docs' among them)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	@$(MAKE) --no-print-directory test

bench: venv ## Run the benchmarks and write their table into docs/benchmarks.md
	$(BIN)/python -m benchmarks

words: venv ## Bring the pages' catalogues up to date with the sentences in the code, for translators
	@.ci/words
