# make demo   sets everything up and runs the whole way on the embedded virtual bench
# make test   sets everything up and passes every check and test
# make check  formatting, lint, types, layers (part of `make test`)
# make matrix finds stations for validations that none has been seen to fail, renews their page
# make soak   the correct stations, every case that applies, fifty times in a row
# make bench  ratios against limits and peers, in one run

SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.evse-rig

.PHONY: demo test check tools format bench clean setup matrix soak

setup: $(STAMP)

# Debian splits venv off python3; install it where we may, say how where we may not.
$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; set PYTHON=/path/to/python3" >&2; exit 2; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null \
	  || { [ "$$(id -u)" = 0 ] && apt-get update -q && apt-get install -qy python3-venv; } \
	  || { echo "python3-venv is missing: sudo apt install python3-venv" >&2; exit 2; }
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV)
	@echo "installing evse-rig and its tools into $(VENV) ..." >&2
	@$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

demo: $(STAMP)
	$(BIN)/rig demo

check: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# First what keeps the processors busy (virtual time), then what runs processes in real time and
# mostly waits: beside the former it would be starved.
BUSY := tests/unit tests/detection tests/fuzz
test: check tools
	$(BIN)/pytest -n auto --dist worksteal -q $(BUSY)
	$(BIN)/pytest -n 4 --dist worksteal -q $(addprefix --ignore=,$(BUSY))

# Foreign tools that some tests need; without them those tests are skipped, and say so.
TOOLS := umockdev mbpoll libnfc-bin libnfc-examples gammu tmux chromium
tools:
	@missing=$$(dpkg-query -W -f '$${db:Status-Status} $${Package}\n' $(TOOLS) 2>/dev/null \
	  | sed -n 's/^installed //p' | sort | comm -13 - <(printf '%s\n' $(TOOLS) | sort)); \
	[ -z "$$missing" ] || [ "$$(id -u)" != 0 ] || apt-get update -q >/dev/null 2>&1; \
	for tool in $$missing; do \
	  [ "$$(id -u)" = 0 ] && apt-get install -qy $$tool >/dev/null 2>&1 \
	    || echo "not installed: $$tool; tests that need it are skipped" >&2; \
	done
	@command -v npm >/dev/null || [ "$$(id -u)" != 0 ] \
	  || { apt-get update -q && apt-get install -qy nodejs npm; } >/dev/null 2>&1 \
	  || echo "not installed: nodejs npm; tests that need them are skipped" >&2

format: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Which station fails which validation: looks for those that none has been seen to fail (CASES="003
# 004_1", or all), and renews the page.
matrix: $(STAMP)
	$(BIN)/python -m tests.detection.search $(CASES)
	$(BIN)/python -m tests.detection.matrix

# Correct stations, everything that applies, again and again; not part of the tests.
ROUNDS ?= 50
soak: $(STAMP)
	$(BIN)/python -m tests.detection.soak --rounds $(ROUNDS)

bench: $(STAMP)
	$(BIN)/python -m benchmarks.endpoint
	$(BIN)/python -m benchmarks.coil_write
	$(BIN)/python -m benchmarks.fleet
	$(BIN)/python -m benchmarks.remote_start
	$(BIN)/python -m benchmarks.rules
	$(BIN)/python -m benchmarks.tui
	$(BIN)/python -m benchmarks.campaign

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
