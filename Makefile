# The commands of docs/contracts/commands.md. Each command builds what it needs first; a second call does no install work.
# Needs: Python 3.11 or newer with venv, make, and a package index for the first run. No root.
SHELL := /bin/bash
PYTHON ?= python3
PORT ?= 8000
HOST ?= 127.0.0.1
VENV := .venv
BIN := $(VENV)/bin
# The build of torch on Linux: cpu or cuda. By default the one that is installed, else cpu.
TORCH ?= $(or $(patsubst .made-engine-%,%,$(firstword $(notdir $(wildcard $(VENV)/.made-engine-*)))),cpu)
HUB_STAMP := $(VENV)/.made-hub
ENGINE_STAMP := $(VENV)/.made-engine-$(TORCH)
DEV_STAMP := $(VENV)/.made-dev-$(TORCH)
MAKE_ENV := PYTHON="$(PYTHON)" VENV="$(VENV)" TORCH="$(TORCH)" bash requirements/make_env.sh
INSTALLER := requirements/env.txt requirements/make_env.sh requirements/torch_build.sh

.DEFAULT_GOAL := help
.PHONY: help env engine run test test-all coverage check format docs bench lock wheels clean

help:  ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

env: $(DEV_STAMP)  ## build .venv with both packages, every extra and the developers' tools  [TORCH=cpu|cuda]

$(HUB_STAMP): $(INSTALLER) hub/pyproject.toml hub/src/academichub/__init__.py
	@$(MAKE_ENV) hub
	@touch $@

$(ENGINE_STAMP): $(INSTALLER) requirements/models.txt nextlat/pyproject.toml nextlat/src/nextlat/__init__.py | $(HUB_STAMP)
	@$(MAKE_ENV) engine
	@rm -f $(VENV)/.made-engine-*
	@touch $@

$(DEV_STAMP): $(INSTALLER) | $(ENGINE_STAMP)
	@$(MAKE_ENV) dev
	@rm -f $(VENV)/.made-dev-*
	@touch $@

# A running hub calls this to install its engine while the pages are up.
engine: $(ENGINE_STAMP)

run: $(HUB_STAMP)  ## gather, rank, brief and serve until Ctrl-C  [PORT=8000] [HOST=127.0.0.1] [TORCH=cpu|cuda]
	@unset MAKEFLAGS MAKELEVEL; exec $(BIN)/academichub run --host "$(HOST)" --port "$(PORT)" \
		--engine-setup "make --no-print-directory engine PYTHON=$(PYTHON) TORCH=$(TORCH)"

# Two workers, since the budgets of time in the README are for two cores.
PYTEST := $(BIN)/python -m pytest -n 2 --dist loadfile

test: $(DEV_STAMP)  ## run the default test suite, a few minutes on two cores  [ARGS="..."]
	@$(PYTEST) -m "not slow" $(ARGS)

test-all: $(DEV_STAMP)  ## run every test, the slow ones too  [ARGS="..."]
	@$(PYTEST) $(ARGS)

# The domain: what `[tool.coverage.report]` in pyproject.toml includes, and the tests of it.
DOMAIN := $(addprefix hub/src/academichub/,briefs checker index library/merge.py radar text works) \
	$(addprefix nextlat/src/nextlat/,decoding objectives $(addprefix posttrain/,changes.py rows.py splits.py))
DOMAIN_TESTS := $(addprefix hub/tests/,briefs checker formats/test_charset.py index library radar text works) \
	$(addprefix nextlat/tests/,decoding objectives $(addprefix posttrain/test_,changes.py rows.py splits.py))

coverage: $(DEV_STAMP)  ## measure the branch coverage of the domain, by file and by folder; at least 92 %
	@mkdir -p build
	@$(BIN)/coverage run -m pytest -q -n 0 -m "not slow" $(DOMAIN_TESTS)
	@$(BIN)/coverage report
	@for part in $(DOMAIN); do \
		printf '%-45s %s %%\n' "$$part" "$$($(BIN)/coverage report --format=total --include="$$part,$$part/*")"; done
	@$(BIN)/coverage report --format=total --fail-under=92 >/dev/null

check: $(DEV_STAMP)  ## lint and type-check
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: $(DEV_STAMP)  ## format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

docs: $(DEV_STAMP)  ## build the guide and the API reference as one site in build/site
	@$(BIN)/mkdocs build --strict --quiet

bench: $(DEV_STAMP)  ## run the benchmarks (slow); they write into benchmarks/*/results
	@$(BIN)/python benchmarks/run.py $(ARGS)

lock:  ## refresh requirements/env.txt from requirements/env.in and dev.in
	@PYTHON="$(PYTHON)" bash requirements/lock.sh

wheels: $(DEV_STAMP)  ## build both wheels into dist/
	@$(BIN)/python -m pip wheel --no-deps --no-build-isolation --quiet --wheel-dir dist ./hub ./nextlat
	@ls dist

clean:  ## remove the environment and all build outputs
	rm -rf $(VENV) dist build
