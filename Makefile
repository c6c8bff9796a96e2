# Everything needs only Python 3.11 or newer, git and make; the rest goes into .venv.
#
#   make demo     the whole life of a model on the embedded stack, in about two minutes
#   make tutorial the tutorial's use case, from data to cost, in a few minutes
#                 (SCANIA_DIR=folder: with the published files)
#   make test     all tests (one of them: make test ARGS="-k wait")
#   make bench    prediction, measured side by side, in about a quarter of an hour (QUICK=1: five minutes)
#   make lint     ruff: style and format
#   make bundle   write macros/scripts/ from udfs/
#   make clean    remove .venv and what dbt and the tests left

# `python3` if it is new enough, else the newest that is; make PYTHON=... overrides it.
# (_base_executable: never the .venv that is about to be made anew, should it be active.)
PYTHON ?= $(shell for candidate in python3 python3.13 python3.12 python3.11; do \
	$$candidate -c 'import sys, venv, ensurepip; assert sys.version_info >= (3, 11); print(sys._base_executable)' \
	2>/dev/null && break; done)
ARGS ?=

VENV := .venv
BIN := $(CURDIR)/$(VENV)/bin
INSTALLED := $(VENV)/.installed

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo tutorial test bench lint bundle clean install
.DEFAULT_GOAL := demo

# At a pace at which the stages of the training can be seen.
demo: $(INSTALLED)
	@cd integration_tests && "$(BIN)/sme" local run --fresh --pace 1 -- python demo.py

tutorial: $(INSTALLED)
	@cd integration_tests/scania && $(if $(SCANIA_DIR),SCANIA_DIR="$(abspath $(SCANIA_DIR))") \
		"$(BIN)/sme" local run --fresh -- python tutorial.py $(ARGS)

# A file at a time in each of four workers, more than cores because tests also wait; then those that
# look at what all did.
# (One thread each: those of two trainings would wait for each other, at ten times the cost.)
test: export OMP_NUM_THREADS := 1
test: $(INSTALLED)
	@echo "Running the tests ..."
ifeq ($(ARGS),)
	@suite=$$(mktemp -d) && trap 'rm -rf "$$suite"' EXIT && \
	"$(BIN)/python" -m pytest -m "not last" -n 4 --dist loadfile --no-loadscope-reorder \
		--durations=20 --durations-min=10 --basetemp "$$suite/tests" && \
	"$(BIN)/python" -m pytest -m last --after="$$suite/tests"
else
	"$(BIN)/python" -m pytest $(ARGS)
endif

bench: $(INSTALLED)
	"$(BIN)/python" -m benchmarks.predict $(if $(QUICK),--quick) $(ARGS)
	"$(BIN)/python" -m benchmarks.profile
	"$(BIN)/python" -m benchmarks.timeline
	"$(BIN)/python" -m benchmarks.end_to_end
	"$(BIN)/python" -m benchmarks.chain --profile

lint: $(INSTALLED)
	"$(BIN)/ruff" check .
	"$(BIN)/ruff" format --check .

bundle: $(INSTALLED)
	"$(BIN)/sme" bundle

install: $(INSTALLED)

# Stamped, so that only a change of the dependencies installs again.
$(INSTALLED): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { \
		echo "sme needs Python 3.11 or newer with its venv module; none was found." >&2; \
		echo "Install one, or name it: make PYTHON=/path/to/python3.12" >&2; exit 1; }
	@echo "Installing into $(VENV) with $(PYTHON) (the first time takes one to three minutes) ..."
	"$(PYTHON)" -m venv --clear $(VENV)
	"$(BIN)/python" -m pip install --constraint constraints.txt --editable ".[local,dbt,container,report,test]"
	@touch $@
	@echo "Installed."

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .ruff_cache .hypothesis
	rm -rf $(foreach part,target dbt_packages logs,integration_tests/$(part) integration_tests/scania/$(part))
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
