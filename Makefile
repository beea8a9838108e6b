# Every target does its own set-up: the virtual environment is made on first use and again when the lock changes.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready
# Four processes keep two cores busy: many a test waits for a clock, a disk or a process.
PYTEST := $(BIN)/pytest -q --dist=worksteal --numprocesses=4
COMMAND := $(CURDIR)/$(BIN)/understudio
LINKS := $(HOME)/.local/bin
# Hundreds of processes that the tests start would each compile all code anew where this is set.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help install gpu cluster run demo test everything check quick fix snapshots schemas bench lock clean

help: ## Show what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -m venv .venv || { echo "Python's venv module is missing: apt-get install python3-venv"; exit 1; }
	@echo "Installing the pinned dependencies (about 3.5 GB, two minutes on a fast line) ..."
	@# Two at a time: unpacking keeps a core busy. The lock names all that each needs.
	@xargs -P 2 -n 34 $(BIN)/pip install --quiet --disable-pip-version-check --no-compile --no-deps < requirements.lock
	@# On all cores, where pip takes one, and without what is hardly loaded; a few packages hold templates that are no
	@# Python yet, which is no fault.
	@$(BIN)/python -m compileall -qq -j 0 -x '/(tests|pip|setuptools|onnxruntime|tensorboard|mypyc?)/' .venv/lib || true
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $(READY)

install: $(READY) ## Set up and put the understudio command on the PATH, by a link in ~/.local/bin: minutes the first time
	@if [ "$$(readlink "$(LINKS)/understudio")" != "$(COMMAND)" ]; then \
		if [ -e "$(LINKS)/understudio" ] || [ -L "$(LINKS)/understudio" ]; then \
			echo "$(LINKS)/understudio is something else and stays as it is. Move it away, then do this again."; exit 1; \
		fi; \
		mkdir -p "$(LINKS)" && ln -s "$(COMMAND)" "$(LINKS)/understudio" || exit 1; \
	fi
	@case ":$$PATH:" in \
		*":$(LINKS):"*) echo "Ready. It begins with: understudio" ;; \
		*) echo "Ready, but $(LINKS) is not on your PATH."; \
			echo "Put this line at the end of ~/.profile (of ~/.zprofile where your shell is zsh) and log in again:"; \
			echo '    export PATH="$$HOME/.local/bin:$$PATH"' ;; \
	esac

gpu: $(READY) requirements-gpu.lock ## Set up computing on an NVIDIA card, for drivers from 525 on: some gigabytes more
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-gpu.lock
	@$(BIN)/understudio doctor | grep "Graphics card"

cluster: $(READY) requirements-cluster.lock ## Set up finding faces and converting on the machines of a Dask cluster
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-cluster.lock
	@echo "Ready. On each machine: $(CURDIR)/$(BIN)/dask worker tcp://SCHEDULER:8786"

run: $(READY) ## Open the wizard
	@$(BIN)/understudio

demo: $(READY) ## Swap a face in a real video: the bundled pair, 8 minutes on 2 cores (MINUTES=1 for a look)
	@$(BIN)/understudio demo $(if $(MINUTES),--minutes $(MINUTES))

test: $(READY) ## Everything that must pass: `check`, tests, journeys
	@$(MAKE) --no-print-directory --jobs=2 check everything

everything: $(READY)
	@$(PYTEST) --durations=15 -m "slow or not slow"

check: $(READY) ## The quick part of it: format, lint, spelling, dead code, types, import contracts; 15 seconds, longer the first time
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/codespell
	@$(BIN)/vulture
	@$(BIN)/mypy
	@$(BIN)/lint-imports

quick: $(READY) ## The everyday tests, three minutes on two cores
	@$(PYTEST)

fix: $(READY) ## Mend what can be mended without thinking: format, lint, spelling; seconds
	@$(BIN)/ruff check --fix --exit-zero .
	@$(BIN)/ruff format .
	@$(BIN)/codespell --write-changes

snapshots: $(READY) ## Accept how the wizard's screens look now, at both sizes
	@$(PYTEST) -m "slow or not slow" --snapshot-update \
		tests/tui/test_snapshots.py tests/tui/test_project_snapshots.py

schemas: $(READY) ## Write the JSON schemas of project, settings and status anew; seconds
	@$(BIN)/python -m tests.schemas

bench: $(READY) ## Measure speed and memory side by side and print the table
	@$(BIN)/python -m tests.bench

lock: $(READY) ## Pin the newest versions that fit
	@$(BIN)/pip install --quiet uv
	@$(BIN)/uv pip compile --quiet --python-version 3.11 --python-platform x86_64-manylinux_2_28 --no-header --no-annotate \
		--group dev --extra heif --extra websearch pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile --quiet --python-version 3.11 --python-platform x86_64-manylinux_2_28 --no-header --no-annotate \
		--constraint requirements.lock --extra gpu pyproject.toml | grep -vxFf requirements.lock > requirements-gpu.lock
	@$(BIN)/uv pip compile --quiet --python-version 3.11 --python-platform x86_64-manylinux_2_28 --no-header --no-annotate \
		--constraint requirements.lock pyproject.toml > .venv/without-extras.lock
	@$(BIN)/uv pip compile --quiet --python-version 3.11 --python-platform x86_64-manylinux_2_28 --no-header --no-annotate \
		--constraint requirements.lock --extra cluster pyproject.toml | grep -vxFf .venv/without-extras.lock > requirements-cluster.lock

clean: ## Remove the environment and caches
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache
