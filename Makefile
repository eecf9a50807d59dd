# The commands of docs/contracts/commands.md. Each makes what it needs first; a second call does no install work.
# Needs: Python 3.11 or newer with venv, make, and a package index for the first run. No root.
SHELL := /bin/bash
PYTHON ?= python3
PORT ?= 8000
HOST ?= 127.0.0.1
VENV := .venv
BIN := $(VENV)/bin
HUB_STAMP := $(VENV)/.made-hub
STAMP := $(VENV)/.made

.DEFAULT_GOAL := help
.PHONY: help env engine run test check format bench lock wheels clean

help:  ## show what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

env: $(STAMP)  ## make .venv with both packages and their commands

$(HUB_STAMP): requirements/env.txt requirements/make_env.sh hub/pyproject.toml
	@PYTHON="$(PYTHON)" VENV="$(VENV)" bash requirements/make_env.sh hub
	@touch $@

$(STAMP): requirements/env.txt requirements/models.txt requirements/make_env.sh nextlat/pyproject.toml | $(HUB_STAMP)
	@VENV="$(VENV)" bash requirements/make_env.sh engine
	@touch $@

# What a running hub calls: the rest of the environment, while the pages are up. It is no call of this make's own.
engine: $(STAMP)

run: $(HUB_STAMP)  ## gather, rank, brief and serve until Ctrl-C  [PORT=8000] [HOST=127.0.0.1]
	@unset MAKEFLAGS MAKELEVEL; exec $(BIN)/academichub run --host "$(HOST)" --port "$(PORT)" \
		--engine-setup "make --no-print-directory engine PYTHON=$(PYTHON)"

test: $(STAMP)  ## the whole default suite
	@$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

check: $(STAMP)  ## lint and type-check
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: $(STAMP)  ## format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(STAMP)  ## run the benchmarks (slow); results land in benchmarks/*/results
	@$(BIN)/python benchmarks/run.py $(ARGS)

lock:  ## refresh requirements/env.txt from requirements/env.in
	@PYTHON="$(PYTHON)" bash requirements/lock.sh

wheels: $(STAMP)  ## build both wheels into dist/
	@$(BIN)/python -m pip wheel --no-deps --no-build-isolation --quiet --wheel-dir dist ./hub ./nextlat
	@ls dist

clean:  ## remove the environment and everything built
	rm -rf $(VENV) dist build
