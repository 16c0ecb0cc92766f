# Each target makes .venv itself when it is missing. `make` alone lists them.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
ENVIRONMENT = $(if $(DATA),HUB_DATA=$(abspath $(DATA))) $(if $(RECORDS),HUB_RECORDS=$(RECORDS)) $(if $(SEED),HUB_SEED=$(SEED)) $(if $(DOSSIERS),HUB_DOSSIERS=$(DOSSIERS))

help: ## what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

setup: .venv/installed ## the environment in .venv, from the lock; the console script is .venv/bin/hub

.venv/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || { echo "Python 3.11 to 3.13 is needed: make PYTHON=python3.11 ..."; exit 1; }
	$(PYTHON) -m venv .venv
	@# The lock is its own constraint: Debian's pip 23.0 resolves celery[redis] apart from the pinned celery.
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock -c requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

run: setup ## everything on this machine: database, twins, Airflow, all DAGs (RECORDS= SEED= DATA= ONCE=1)
	$(ENVIRONMENT) $(BIN)/hub run $(if $(ONCE),--once) $(if $(NO_AIRFLOW),--no-airflow)

test: setup ## all fast tests: real PostgreSQL, real sockets, real Airflow
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow"

test-again: setup ## the tests that failed in the last `make test`, one after another
	$(BIN)/python -m pytest --last-failed --last-failed-no-failures none -n 0 -m "not slow" -rpfE --no-header -q

lint: setup ## ruff (rules and form), mypy, the floors, the contracts, the pages' links and lines
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m docs.check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/hub contracts lint
	for each in $(wildcard deployments/*/deployment.yaml); do $(BIN)/hub deployment check $$(dirname $$each) || exit 1; done

docs: setup ## the docs site in both languages, in build/site/; fails on a warning
	$(BIN)/python -m docs.generate --check
	$(BIN)/python -m docs.site

coverage: setup ## branch coverage of the fast tests, printed; nothing depends on the number
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow" --cov --cov-report term:skip-covered

crash: setup ## kill the worker at random times and at every n-th send; find five planted bugs
	$(BIN)/python -m pytest -m slow tests/crash -s

kill-proof: setup ## 200 kills of first starts, 100 crashes of the database, overtaken writers, full disks; goes on where it stopped (KILLS= CRASHES= LANES= HOME_OF=)
	$(BIN)/python -m proofs.kills --home $(or $(HOME_OF),/var/tmp/motlan-kill-proof) $(if $(KILLS),--kills $(KILLS)) $(if $(CRASHES),--crashes $(CRASHES)) $(if $(LANES),--lanes $(LANES))

test-airflow: setup ## Airflow's own processes, started, driven by REST, backfilled, stopped
	$(BIN)/python -m pytest -m slow tests/orchestration

bench: setup ## speed and memory beside dlt and bare COPY, on the same births; writes bench/results.json
	$(BIN)/python -m bench

bench-reuse: setup ## what a decision costs from 10 thousand to 10 million entries, beside pgbench on the same SQL; writes bench/reuse.json
	$(BIN)/python -m bench.reuse

bench-workbench: setup ## server time of each page of the workbench over the city of the settings; writes bench/workbench.json (TIMES=)
	$(ENVIRONMENT) $(BIN)/python -m bench.workbench $(if $(TIMES),--times $(TIMES))

trial: setup ## from a change in a district to a decision that uses it, 20 times under Airflow; writes proofs/trial.json
	$(BIN)/python -m proofs.trial

watching: setup ## what watching all systems costs while nothing is new, ten minutes without and with (SECONDS=); writes proofs/watching.json
	$(BIN)/python -m proofs.watching $(if $(SECONDS),--seconds $(SECONDS))

grant-matrix: setup ## 20,000 random questions over every way out and route, and 2,000 random feeds, against an independent policy
	$(BIN)/python -m pytest tests/matrix -n 0 -m slow -s

fuzz-api: setup ## the API's description tried at length: EXAMPLES= questions a route (1,000), right and wrong ones
	$(BIN)/python -m pytest tests/service/test_openapi.py -n 0 -m slow --timeout 3600

quality-proof: setup ## every planted defect found, and nothing else, in six cities of a million (RECORDS= SEEDS= NAMES=)
	$(BIN)/python -m proofs.quality $(if $(RECORDS),--records $(RECORDS)) $(if $(DOSSIERS),--dossiers $(DOSSIERS)) $(if $(SEEDS),--seeds $(SEEDS)) $(if $(NAMES),--names $(abspath $(NAMES)))

.PHONY: case-proof
case-proof: setup ## 1,000 cases, two signed-in browsers at once, the loading process killed between (CASES= STEPS=)
	$(if $(CASES),CASES=$(CASES)) $(if $(STEPS),STEPS=$(STEPS)) $(BIN)/python -m pytest tests/service/workbench/test_case_life_over_http.py -n 0 -m slow -s

departures-proof: setup ## 1,000 deletions, new keys and restorations at four kinds of source, found by listings (NUMBER=)
	$(BIN)/python -m proofs.departures $(if $(NUMBER),--number $(NUMBER))

reconcile-proof: setup ## a receiver that lost, altered and invented records: exactly these are found; writes proofs/reconcile.json (RECORDS= DIFFERENCES=)
	$(BIN)/python -m proofs.reconcile $(if $(RECORDS),--records $(RECORDS)) $(if $(DIFFERENCES),--differences $(DIFFERENCES))

recall-proof: setup ## 200 corrections: everybody who was told the old value has a notice, and each recall closes; writes proofs/recall.json (CORRECTIONS=)
	$(BIN)/python -m proofs.recall $(if $(CORRECTIONS),--corrections $(CORRECTIONS))

rebuild-proof: setup ## 60 simulated days of all shipped feeds, each delivery made again byte for byte; writes proofs/rebuild.json (DAYS=)
	$(BIN)/python -m proofs.rebuild $(if $(DAYS),--days $(DAYS))

poison-proof: setup ## 1,000 random pages with bad records in 13 inputs, no good one lost; writes proofs/poison.json (PAGES= SEED=)
	$(if $(PAGES),PAGES=$(PAGES)) $(if $(SEED),SEED=$(SEED)) $(BIN)/python -m pytest tests/poison/test_poisoned_pages.py -n 0 -m slow -s

damage-proof: setup ## 500 random damages to each of 12 inputs end in cases or named errors with a next step; writes proofs/damage.json (DAMAGES= SEED=)
	$(if $(DAMAGES),DAMAGES=$(DAMAGES)) $(if $(SEED),SEED=$(SEED)) $(BIN)/python -m pytest tests/poison/test_damages.py -n 0 -m slow -s

timing-proof: setup ## missing, locked and denied take the same time, 1,000 trials a side on a quiet machine (TRIALS=)
	$(BIN)/python -m proofs.timing $(if $(TRIALS),--trials $(TRIALS))

census-proof: setup ## an officer walks 20,000 held numbers in 48 virtual hours: what is seen, when it is noticed, who waits; writes proofs/census.json
	$(BIN)/python -m proofs.census

door-proof: setup ## the API from another machine: every wrong key refused, 100 kills under load (KILLS=)
	$(BIN)/python -m proofs.door $(if $(KILLS),--kills $(KILLS))

.PHONY: feed-proof
feed-proof: setup ## a sender killed 300 times before a receiver that goes wrong in twelve ways: what it holds is what was released (ITEMS= KILLS= SEED=)
	$(if $(ITEMS),ITEMS=$(ITEMS)) $(if $(KILLS),KILLS=$(KILLS)) $(if $(SEED),SEED=$(SEED)) $(BIN)/python -m pytest tests/hub/sending/test_feed_proof.py -n 0 -m slow -s

transfer-proof: setup ## 100,000 open dossiers to the Ministry's registry with lost replies, refusals and kills: none twice; writes proofs/transfer.json (CALLS=)
	$(BIN)/python -m proofs.transfer $(if $(CALLS),--calls $(CALLS))

kit-proof: setup ## the receiver's kit: 1,000 changed bytes each refused for its reason, clean deliveries pass, pages typed
	$(BIN)/python -m pytest tests/kit -n 0 -s

restore-proof: setup ## a city backed up, destroyed, restored to a moment and to the end: same digests (RECORDS= DOSSIERS=)
	$(BIN)/python -m proofs.restore $(if $(RECORDS),--records $(RECORDS)) $(if $(DOSSIERS),--dossiers $(DOSSIERS))

reform-proof: setup ## the night of 30 June to 1 July 2025 on a virtual clock: nothing lost, both sides answered; writes proofs/reform.json
	$(BIN)/python -m proofs.reform $(if $(RECORDS),--records $(RECORDS)) $(if $(DOSSIERS),--dossiers $(DOSSIERS))

image-proof: ## build the image, bring the composition up, sync through two Celery workers, take all down
	bash docker/image-proof.sh

clean: ## remove .venv, caches, the site and all state (var/)
	rm -rf .venv var build .coverage .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

.PHONY: help setup run test lint docs coverage crash kill-proof test-airflow bench bench-reuse bench-workbench trial watching grant-matrix fuzz-api quality-proof departures-proof reconcile-proof recall-proof rebuild-proof poison-proof damage-proof timing-proof transfer-proof census-proof door-proof kit-proof restore-proof reform-proof image-proof clean
