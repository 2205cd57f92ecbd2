# Python ≥ 3.11 and make are all that a machine needs; the rest comes from the package registries, pinned.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
WORKERS ?= 3
ONLY ?= tests
CHECKS := tests/contracts tests/architecture
LOCAL := .venv/ready-to-run
READY := .venv/ready
# Packages are installed uncompiled: what one process compiles, all others take from it.
unexport PYTHONDONTWRITEBYTECODE

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

demo: $(LOCAL) ## Play a whole pass for real, from prescription to attended hour, and tell the story
	@$(BIN)/python -m deploy.local demo

run: $(LOCAL) ## Keep the whole system up on this machine and print its address
	@$(BIN)/python -m deploy.local run

test: $(READY) ## All checks and all tests
	@$(MAKE) --no-print-directory --jobs=2 check suite

suite: $(READY)
	$(BIN)/python -m pytest -q -n $(WORKERS) --durations=10 $(CHECKS:%=--ignore=%)

test-fast: $(READY) ## What needs no server; one service with its database, without Kafka: make test-fast ONLY=tests/booking
	$(BIN)/python -m pytest -q -n $(WORKERS) --without $(if $(filter tests,$(ONLY)),servers,kafka) $(ONLY)

check: $(READY) ## Style, types, directions of imports, contracts and architecture
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(BIN)/python -m contracts --check
	$(BIN)/python -m pytest -q $(CHECKS)

rules: $(READY) ## Each rule of docs/rules.md, its tests, and whether they passed
	$(BIN)/python -m pytest -q -k "rule_ or rules_" --rules

core: $(READY) ## Each guarantee of docs/guarantees.md, its tests, and whether they passed
	$(BIN)/python -m pytest -q -k "core_" --core

walls: $(READY) ## Each wall of docs/walls.md, its tests, and whether they passed
	$(BIN)/python -m pytest -q -k "walls_" --walls

traces: $(LOCAL) ## Erase somebody of a running system, and count what is left of them, place by place, as time goes on
	$(BIN)/python -m deploy.traces

contracts: $(READY) ## Write the schemas, the AsyncAPI document and the topics' settings from the contracts
	$(BIN)/python -m contracts

upgrade-test: $(READY) ## The last release and this version side by side, all four services, under load
	UPGRADE=1 $(BIN)/python -m pytest -q tests/upgrade

bench: $(READY) ## Measure against the raw limits of this machine, in one run
	$(BIN)/python -m tests.benchmarks $(filter-out tests,$(ONLY))

chaos: $(READY) ## Faults at random for MINUTES=10 from a SEED, judged by Porcupine, the audit and the telephones
	$(BIN)/python -m pytest -q tests/chaos/test_judge.py
	$(BIN)/python -m tests.chaos $(or $(MINUTES),10) $(SEED)

drills: $(READY) ## Under load, each service's database and then Kafka is put back and made whole again, judged by the audit
	DRILLS=1 $(BIN)/python -m pytest -q tests/restore/test_drills.py tests/restore/test_kafka_drill.py

audit: $(LOCAL) ## Compare the services of «make run» with each other and with the bus
	@$(BIN)/python -m deploy.audit --system .local/system

accessibility: $(READY) ## Look at all pages with axe and write what was measured into the accessibility statement
	MEASURE=1 $(BIN)/python -m pytest -q tests/journeys/test_typical_journey.py tests/journeys/test_typical_pages.py

sbom: $(READY) ## Write what a service runs with, for CycloneDX's readers, to .local/sbom.json
	@mkdir -p .local
	@$(BIN)/cyclonedx-py requirements requirements.txt --pyproject pyproject.toml --mc-type application \
	  --output-reproducible -o .local/sbom.json
	@echo ".local/sbom.json"

lock: $(READY) ## Pin requirements*.in again, with hashes
	for name in requirements requirements-local requirements-dev requirements-pip; do \
	  $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	    --no-annotate $$name.in -o $$name.txt; done

clean: ## Remove the data, the environment and what was generated while working
	rm -rf .local .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .grimp_cache

$(READY): $(LOCAL) requirements-dev.txt
	@echo "Installing what the tests need besides…"
	@$(BIN)/python -m deploy.local.aot & \
	  $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes --no-compile -r requirements-dev.txt \
	  && wait
	@touch $@

$(LOCAL): requirements-local.txt requirements-pip.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make PYTHON=python3.12 …")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing the pinned packages (the first time takes a few minutes)…"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-pip.txt
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes --no-compile -r requirements-local.txt
	@touch $@

.PHONY: help demo run test suite test-fast check rules core walls traces contracts upgrade-test bench chaos drills audit accessibility sbom lock clean
