# Everything does its own set-up; a second run starts at once. Another Python: make test PYTHON=python3.13
PYTHON ?= python3

.DEFAULT_GOAL := help
.PHONY: help demo test lint e2e bench clean setup
.DELETE_ON_ERROR:

ifneq ($(filter-out help clean,$(or $(MAKECMDGOALS),help)),)
version := $(shell $(PYTHON) -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null)
ifeq ($(filter 3.11.% 3.12.% 3.13.%,$(version)),)
$(error Python 3.11, 3.12 or 3.13 is needed; $(PYTHON) is $(or $(version),missing). Say which: make $(MAKECMDGOALS) PYTHON=python3.12)
endif
homeassistant := $(shell .ci/homeassistant $(PYTHON))
venv := .venv/.ready-$(version)
venv_ha := .venv-ha/.ready-$(version)-$(homeassistant)
endif

help:
	@echo "make demo   a real Home Assistant, a real AppDaemon, a simulated house; prints the address of the page"
	@echo "make test   lint and all tests, the end-to-end tests beside the others"
	@echo "make lint   ruff and mypy"
	@echo "make e2e    only the end-to-end tests"
	@echo "make bench  how fast planning is on this machine, and how near to the optimum (takes minutes)"
	@echo "make clean  remove everything that these made, the demo's history too"

demo: $(venv) $(venv_ha)
	@exec .venv/bin/python -m tests.e2e.demo

test: lint $(venv_ha)
	@.ci/chromium
	.venv/bin/python -m pytest -n 2 --dist loadgroup

lint: $(venv)
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy

e2e: $(venv) $(venv_ha)
	@.ci/chromium
	.venv/bin/python -m pytest tests/e2e

bench: $(venv)
	.venv/bin/python -m darkstar bench --prove 20

setup: $(venv) $(venv_ha)

$(venv): requirements.txt requirements-learning.txt requirements-test.txt
	@echo "Installing AppDaemon and the libraries into .venv (Python $(version))"
	@.ci/install $(PYTHON) .venv -r requirements.txt -r requirements-test.txt -e .
	@touch $@

$(venv_ha): tests/e2e/homeassistant/$(homeassistant).txt
	@echo "Installing Home Assistant $(homeassistant) into .venv-ha (Python $(version))"
	@.ci/install $(PYTHON) .venv-ha --no-deps -r $<
	@touch $@

clean:
	rm -rf .venv .venv-ha .uv .demo .e2e .mypy_cache .pytest_cache .ruff_cache .hypothesis apps/darkstar.egg-info
	find apps tests -name __pycache__ -type d -prune -exec rm -rf {} +
