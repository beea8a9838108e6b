# Every target does its own set-up: the virtual environment is made on first use and again when the lock changes.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready
PYTEST := $(BIN)/pytest -q --dist=worksteal

.PHONY: help demo test check quick bench schemas lock clean

help: ## Show what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -m venv .venv || { echo "Python's venv module is missing: apt-get install python3-venv"; exit 1; }
	@echo "Installing the pinned dependencies (about 3.5 GB, two minutes on a fast line) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $(READY)

demo: $(READY) ## Swap a face in a real video: the bundled pair, 15 minutes on 2 cores (MINUTES=1 for a look)
	@$(BIN)/understudio demo $(if $(MINUTES),--minutes $(MINUTES))

test: check ## Everything that must pass: `check`, tests, journeys
	@$(PYTEST) --numprocesses=logical --maxprocesses=4 --durations=15 -m "slow or not slow"

check: $(READY) ## The quick part of it: format, lint, spelling, dead code, types, import contracts
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/codespell
	@$(BIN)/vulture
	@$(BIN)/mypy
	@$(BIN)/lint-imports

quick: $(READY) ## The everyday tests, under four minutes on two cores
	@$(PYTEST) --numprocesses=4

bench: $(READY) ## Measure speed and memory side by side and print the table
	@$(BIN)/python -m tests.bench

schemas: $(READY) ## Write the JSON schemas of project, settings and status anew
	@$(BIN)/python -m tests.schemas

lock: $(READY) ## Pin the newest versions that fit
	@$(BIN)/pip install --quiet uv
	@$(BIN)/uv pip compile --quiet --python-version 3.11 --python-platform x86_64-manylinux_2_28 --no-header --no-annotate \
		--group dev --extra heif --extra content --extra websearch pyproject.toml -o requirements.lock

clean: ## Remove the environment and caches
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache
