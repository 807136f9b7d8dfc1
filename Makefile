# Linewarden: every target runs without root and says what is missing on this machine.
# Python 3.11 or newer; another interpreter: make PYTHON=python3.12 demo

PYTHON ?= python3
VENV   ?= .venv
ARGS   ?=
BIN     = $(VENV)/bin
DATA   ?= $(or $(LINEWARDEN_DATA),../shared/data)
INSTALL = $(shell command -v uv >/dev/null 2>&1 && echo "VIRTUAL_ENV=$(VENV) uv pip install -q" || echo "$(BIN)/python -m pip install -q --disable-pip-version-check")

.PHONY: help demo test test-services lint screenshots bench train-env train wheel clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

demo: $(VENV)/.base  ## the whole system on this machine with simulated cameras (ARGS=--once for scripts)
	$(BIN)/linewarden demo $(ARGS)

test: $(VENV)/.dev  ## lint, types and every test that needs no service of this machine
	$(MAKE) --no-print-directory lint
	$(BIN)/python -m pytest -m "not services" -n auto --dist loadfile $(ARGS)

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test-services: $(VENV)/.dev tests/system/browser/node_modules  ## tests against PostgreSQL, Mosquitto, gst-rtsp-server and Chromium
	@tests/system/needs
	$(BIN)/python -m pytest -m services $(ARGS)

screenshots: $(VENV)/.dev tests/system/browser/node_modules  ## pictures of the running demo's page into docs/images
	$(BIN)/python -m tests.system.screenshots --out docs/images $(ARGS)
	$(BIN)/python -m tests.system.zones_page --out docs/images

bench: $(VENV)/.dev  ## CPU per camera-minute, detector, delay to the store, ingest rate; each beside a peer where there is one
	$(BIN)/python -m benchmarks.edge
	$(BIN)/python -m benchmarks.detector --data $(DATA)
	$(BIN)/python -m benchmarks.latency
	$(BIN)/python -m benchmarks.store

train-env: $(VENV)-train/.train  ## an environment of its own for training (1.9 GB)

train: $(VENV)-train/.train runs/built/training  ## train on from the shipped detector; resumes where it stopped
	$(VENV)-train/bin/python -m models.training.train --data $(DATA) --built runs/built/training \
	  --start models/shipped/nano.onnx --out runs/nano $(ARGS)

runs/built/training: | $(VENV)/.base
	$(BIN)/python -m datasets.build --source $(DATA) --out runs/built

wheel: $(VENV)/.dev  ## build the wheel into dist/
	$(BIN)/python -m pip wheel -q --no-deps -w dist .

clean:  ## remove environments and build products
	rm -rf .venv .venv-train build dist runs *.egg-info

$(VENV)/bin/python:
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is not on this machine: install Python 3.11 or newer (Debian: apt install python3 python3-venv)"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is $$($(PYTHON) -V 2>&1); Linewarden needs 3.11 or newer: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "$(PYTHON) has no venv module (Debian: apt install python3-venv)"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.base: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(INSTALL) -c constraints.txt -e .
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(INSTALL) -c constraints.txt -e '.[dev]'
	@touch $@ $(VENV)/.base

tests/system/browser/node_modules: tests/system/browser/package.json
	@command -v npm >/dev/null || { echo "npm is not on this machine; the browser tests need it (Debian: apt install nodejs npm chromium)"; exit 1; }
	cd tests/system/browser && npm ci --silent --no-audit --no-fund
	@touch $@

$(VENV)-train/bin/python:
	$(PYTHON) -m venv $(VENV)-train

$(VENV)-train/.train: pyproject.toml constraints.txt models/training/requirements.txt | $(VENV)-train/bin/python
	$(VENV)-train/bin/python -m pip install -q --disable-pip-version-check -r models/training/requirements.txt
	$(VENV)-train/bin/python -m pip install -q --disable-pip-version-check --no-deps -r models/training/requirements-nodeps.txt
	@touch $@
