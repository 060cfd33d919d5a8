# Every gate is one command on a fresh machine: each target makes .venv and
# installs what it needs when it is first used. `make` alone lists them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Another index, a proxy, --no-index --find-links DIR …
PIP_OPTIONS ?=

.DEFAULT_GOAL := help
.PHONY: help demo test check lint types bench bounce-report sim chaos clean

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' $(MAKEFILE_LIST) \
	| while IFS='|' read -r name about; do printf '  make %-13s %s\n' "$$name" "$$about"; done

demo: $(VENV)/.installed-demo  ## an embedded provider, a committee, the real bot
	@$(BIN)/colporteur demo

test: $(VENV)/.installed-dev  ## all tests, on up to four cores
	@$(BIN)/pytest -q -n auto --maxprocesses=4 --dist=loadgroup $(ARGS)

check: lint types test  ## what a change has to pass: lint, types, test

lint: $(VENV)/.installed-dev  ## style and formatting
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(VENV)/.installed-dev  ## mypy, strict, tests included
	@$(BIN)/mypy

bench: $(VENV)/.installed-dev  ## how fast it is
	@$(BIN)/python tests/bench/run.py

bounce-report: $(VENV)/.installed-dev  ## how well bounces are read (ARGS=-v: each failure)
	@PYTHONPATH=. $(BIN)/python tests/bounces/report.py $(ARGS)

sim: $(VENV)/.installed-dev  ## weeks of sending against model providers, in seconds
	@PYTHONPATH=. $(BIN)/python tests/sim/table.py

chaos: $(VENV)/.installed-dev  ## kill the bot 500 times in the middle of a send
	@$(BIN)/python tests/chaos/run.py $(ARGS)

clean:  ## remove .venv, caches and what the demo left
	rm -rf $(VENV) .mypy_cache .ruff_cache .hypothesis .coverage* build dist demo-run*
	find bot tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.installed-dev: pyproject.toml
	@$(call make_venv)
	@$(call install,.[dev])
	@touch $@

# The tools of the developers include those of the demo.
$(VENV)/.installed-demo: pyproject.toml
	@$(call make_venv)
	@if [ ! -e $(VENV)/.installed-dev ] || [ pyproject.toml -nt $(VENV)/.installed-dev ]; \
	then $(call install,.[demo]); fi
	@touch $@

define install
echo "Installing into $(VENV); the first time takes a minute or two …"; \
$(BIN)/python -m pip install --quiet --disable-pip-version-check $(PIP_OPTIONS) -e '$(1)' || { \
	echo "pip could not install the libraries; its own words are above." >&2; \
	echo "It needs the network once: https://pypi.org, or your mirror in PIP_INDEX_URL." >&2; \
	exit 1; }
endef

# A .venv whose Python is gone (a system upgrade) is made anew.
define make_venv
if $(BIN)/python -m pip --version >/dev/null 2>&1; then exit 0; fi; \
for candidate in "$(PYTHON)" python3 python3.13 python3.12 python3.11; do \
	if "$$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
		2>/dev/null; then chosen=$$candidate; break; fi; \
done; \
if [ -z "$${chosen:-}" ]; then \
	echo "Colporteur needs Python 3.11, 3.12 or 3.13. Here: $$( \
		"$(PYTHON)" --version 2>/dev/null || echo none)." >&2; \
	echo "On Debian 12 or 13, Ubuntu 24.04: apt-get install python3 python3-venv" >&2; \
	echo "Elsewhere, name one: make PYTHON=/path/to/python3.13 $(MAKECMDGOALS)" >&2; \
	exit 1; \
fi; \
if ! "$$chosen" -c 'import ensurepip, venv' 2>/dev/null; then \
	version=$$("$$chosen" -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
	echo "This Python can't make a virtual environment. On Debian or Ubuntu:" >&2; \
	echo "    apt-get install python3-venv    (or python$$version-venv)" >&2; \
	exit 1; \
fi; \
"$$chosen" -m venv --clear $(VENV)
endef
