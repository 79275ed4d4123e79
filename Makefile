# Needs python3 (3.11 or newer, with venv and pip), make and a package index.
# The first target that needs .venv makes it and installs the locked dependencies.
PYTHON ?= python3
CONFIG ?= deploy/run.toml
# Arguments for the demo: make demo DEMO=--all
DEMO ?=
# Arguments for pytest: make test TESTS=tests/unit, make test TESTS="-k postgresql"
TESTS ?=
# How much chaos: make chaos CHAOS="--kills 100 --due 1000 --points 0.1 --histories 50"
CHAOS ?=
# Which changes: make mutants MUTANTS=--all, make mutants MUTANTS="--subject states --sample 80"
MUTANTS ?=
# Which benchmarks, and how: make bench QUICK=1, make bench BENCH="firing mail"
BENCH ?=
QUICK ?=
# Workers for pytest; each starts its own PostgreSQL when it needs one. Two more than there are
# processors, for a worker that waits (for a disk, a lock, a second) leaves one idle.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print(min(4, (os.cpu_count() or 1) + 2))')
# Where tests put their folders: in memory where there is room, for they wait for a disk at each commit.
SCRATCH ?= $(shell test "$$(df -Pk /dev/shm 2>/dev/null | awk 'END { print $$4 }')" -gt 2000000 \
	2>/dev/null && test -w /dev/shm && echo /dev/shm)
# make lock UPGRADE=--upgrade takes the newest releases instead of keeping the pinned ones.
UPGRADE ?=
# For which server make bundle gathers wheels: arguments for pip download.
BUNDLE ?=
# For which Debian make deb takes wheels: arguments for pip install.
DEB ?=
# More arguments for pip-audit.
PIP_AUDIT ?=

BIN := .venv/bin
INSTALLED := .venv/.installed
LOCKER := .cache/lock
AUDITOR := .cache/audit
MUTATOR := .cache/mutants
PIP_INSTALL := -m pip install --quiet --disable-pip-version-check --no-input

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo run test chaos mutants bench size check format format-check lint types contracts dependencies \
	docs docs-check build bundle deb lock audit clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(INSTALLED) ## follow one agreement from registration to the end of its term
	@PYTHONPATH=. $(BIN)/python examples/demo.py $(DEMO)

run: $(INSTALLED) ## start the daemon in the foreground (SQLite, mail to a folder)
	@$(BIN)/looptijd --config $(CONFIG) init
	@exec $(BIN)/looptijd-daemon --config $(CONFIG)

test: $(INSTALLED) ## run the whole test suite, PostgreSQL and SMTP included
	@PYTHONDONTWRITEBYTECODE= PYTEST_DEBUG_TEMPROOT=$(SCRATCH) $(BIN)/python -m pytest --numprocesses $(WORKERS) --dist worksteal --quiet $(TESTS)

chaos: $(INSTALLED) ## kill at every point of a year, crowd and cut off daemons, and print what came of it
	@$(BIN)/python -m tests.chaos $(CHAOS)

mutants: $(INSTALLED) ## change the procedure, the engine and the life of a mail, and print what no test noticed (needs an index)
	@test -x $(MUTATOR)/bin/cosmic-ray || { $(PYTHON) -m venv --clear $(MUTATOR) && $(MUTATOR)/bin/python $(PIP_INSTALL) cosmic-ray==8.7.0; }
	@$(BIN)/python -m tests.mutants $(MUTANTS)

bench: $(INSTALLED) ## measure beside others, in minutes (QUICK=1: in seconds), into docs/performance.md
	@$(BIN)/python -m benchmarks $(if $(QUICK),--quick) $(BENCH)

size: $(INSTALLED) ## print how long the product is, per room
	@$(BIN)/python -m benchmarks.size

check: format-check lint types contracts dependencies docs-check test ## everything that CI checks

format: $(INSTALLED) ## format the code and mend what the linter can mend
	@$(BIN)/ruff format --quiet
	@$(BIN)/ruff check --fix --quiet

format-check: $(INSTALLED)
	@$(BIN)/ruff format --check --quiet --diff || { echo "Not formatted: run make format" >&2; exit 1; }

lint: $(INSTALLED) ## lint the code
	@$(BIN)/ruff check --quiet

types: $(INSTALLED) ## check the types
	@$(BIN)/mypy --no-error-summary

contracts: $(INSTALLED) ## check that imports go one way
	@out=$$($(BIN)/lint-imports --no-logo 2>&1) || { printf '%s\n' "$$out" >&2; exit 1; }

dependencies: $(INSTALLED) ## check that what is imported is declared, and the reverse
	@out=$$($(BIN)/deptry . 2>&1) || { printf '%s\n' "$$out" >&2; exit 1; }

docs: $(INSTALLED) ## generate the diagram, the command manual and the configuration reference
	@$(BIN)/python docs/generate.py

docs-check: $(INSTALLED)
	@$(BIN)/python docs/generate.py --check

build: $(INSTALLED) ## build the wheel in dist/
	@$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir dist .
	@ls dist/*.whl

# For another server than this machine: BUNDLE="--platform manylinux2014_x86_64 --python-version 3.12"
bundle: $(INSTALLED) ## make a bundle in dist/ for a server without internet
	@PYTHON=$(BIN)/python deploy/bundle.sh $(BUNDLE)

# For another Debian than this machine: DEB="--platform manylinux2014_x86_64 --python-version 3.13"
deb: $(INSTALLED) ## make a Debian package in dist/
	@PYTHONPATH=. PYTHON=$(BIN)/python deploy/deb.sh $(DEB)

# One lock for Python 3.11 and newer and every platform: runtime, PostgreSQL and development; and
# the part of it that a server needs, for the bundle.
# uv resolves, in an environment of its own, so that a stale lock never stands in the way.
lock: ## resolve the dependencies again into requirements.lock
	@test -x $(LOCKER)/bin/uv || { $(PYTHON) -m venv --clear $(LOCKER) && $(LOCKER)/bin/python $(PIP_INSTALL) uv; }
	@$(LOCKER)/bin/uv --quiet --no-config pip compile pyproject.toml --all-extras --group dev \
		--universal --python-version 3.11 --generate-hashes --no-annotate \
		--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" \
		$(UPGRADE) --output-file requirements.lock
	@$(LOCKER)/bin/uv --quiet --no-config pip compile pyproject.toml --all-extras \
		--constraint requirements.lock --universal --python-version 3.11 --generate-hashes --no-annotate \
		--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" \
		--output-file deploy/requirements.lock

# Not part of check: it asks an advisory service. PIP_AUDIT="--vulnerability-service osv" asks another.
audit: ## ask an advisory service whether a locked dependency is known to be unsafe (needs one)
	@test -x $(AUDITOR)/bin/pip-audit || { $(PYTHON) -m venv --clear $(AUDITOR) && $(AUDITOR)/bin/python $(PIP_INSTALL) pip-audit; }
	@$(AUDITOR)/bin/pip-audit --requirement requirements.lock --disable-pip --require-hashes --strict --progress-spinner off $(PIP_AUDIT)

clean: ## remove .venv, caches and what was built
	@rm -rf .venv .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage .coverage.* build dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The mark comes last and goes first: an environment without it is half made and is made again.
$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed: make PYTHON=python3.12" >&2; exit 1; }
	@echo "Installing the locked dependencies in .venv" >&2
	@{ test -e $@ && $(BIN)/python -c ''; } 2>/dev/null || $(PYTHON) -m venv --clear .venv
	@rm -f $@
	@$(BIN)/python $(PIP_INSTALL) --require-hashes -r requirements.lock
	@$(BIN)/python $(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@
