# `make run` serves the site on this machine, `make test` runs every test. Everything else is for those who change it.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
.DEFAULT_GOAL := help
# pip compiles nothing and Python keeps what it compiles: else each of the hundreds that the tests start would compile Django.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run demo demo-chaos test fuzz rehearsal rehearsal-droplets rehearsal-others lint settings proof bench bench-age secrets render cluster audit screenshots requirements vendor programs clean

help: ## List the commands.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-13s %s\n", $$1, $$2}'

$(VENV)/runtime: requirements.txt
	@scripts/make-venv $(PYTHON) $(VENV) requirements.txt
	@touch $@

$(VENV)/development: requirements.txt requirements-dev.txt
	@scripts/make-venv $(PYTHON) $(VENV) requirements.txt requirements-dev.txt
	@touch $(VENV)/runtime $@

.venv-checkov/ready: requirements-checkov.txt
	@scripts/make-venv $(PYTHON) .venv-checkov requirements-checkov.txt
	@touch $@

.venv-audit/ready: requirements-audit.txt
	@scripts/make-venv $(PYTHON) .venv-audit requirements-audit.txt
	@touch $@

.venv-bench/ready: benchmarks/requirements.txt
	@scripts/make-venv $(PYTHON) .venv-bench benchmarks/requirements.txt
	@touch $@

programs: ## Install the programs that the tests start (as root on Debian; elsewhere, print how).
	@scripts/install-test-programs

run: $(VENV)/runtime ## Serve everything on 127.0.0.1:8000 (another port: make run PORT=8080), with an admin user whose password is printed.
	@scripts/serve-development $(BIN)/python

demo: $(VENV)/runtime ## Three replicas behind one port, a Prometheus with a generated week, the dashboard and visitors; Ctrl-C ends it.
	@$(BIN)/python -m demo

demo-chaos: $(VENV)/runtime ## Beside make demo: kill and replace replicas and workers, and print what was served and what was counted.
	@$(BIN)/python -m demo.chaos

# More processes than the two cores that this is made for: many tests wait for what they started.
test: ## Run every test that needs no guests.
	@$(MAKE) --no-print-directory --silent --jobs=2 $(VENV)/development programs
	@$(BIN)/pytest --numprocesses=4 --dist=loadfile --no-loadscope-reorder $(PYTEST_ARGS)

fuzz: $(VENV)/development programs ## Run the tests that generate their cases with new ones: make fuzz MINUTES=60 (Ctrl-C ends it).
	@HYPOTHESIS_PROFILE=fuzz $(BIN)/python -m tests.fuzz $(or $(MINUTES),10) $(PYTEST_ARGS)

rehearsal: $(VENV)/development ## Run the tests with guests, namespaces, images and pods (as root on Debian).
	@scripts/install-test-programs --rehearsal
	@PYTEST_XDIST_TESTRUNUID=$$$$ $(MAKE) --no-print-directory --jobs=2 rehearsal-droplets rehearsal-others

# Side by side, because the Droplets wait a lot. Not two processes of pytest-xdist, which gives them ten seconds to end their
# guests after Ctrl-C; but with its name for the run, so that the static files are collected once, before any site starts.
# Arguments may select tests of one half: that the other has none (code 5) is no failure.
HALF = $(PYTEST_ARGS)$(if $(PYTEST_ARGS), || [ $$? = 5 ])

rehearsal-droplets:
	@$(BIN)/pytest tests/rehearsal/droplets $(HALF)

rehearsal-others: .venv-audit/ready .venv-checkov/ready
	@$(BIN)/pytest tests/rehearsal --ignore=tests/rehearsal/droplets $(HALF)

lint: $(VENV)/development ## Check style, types, which part imports which, JavaScript, CSS, templates, playbooks, shell scripts, the Dockerfile and spelling.
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/biome check --error-on-warnings
	@git ls-files -z '*.html' | xargs --null $(BIN)/djade --check --target-version 5.2
	@$(BIN)/djlint --quiet --lint pages dashboard
	@cd deploy/ansible && PATH="$(CURDIR)/$(BIN):$$PATH" ansible-lint --offline --profile production -q
	@$(BIN)/hadolint Dockerfile
	@$(BIN)/shellcheck scripts/* .ci/run
	@git ls-files -z | xargs --null $(BIN)/codespell

audit: .venv-audit/ready ## Compare the pinned packages with known vulnerabilities (queries api.osv.dev).
	@scripts/audit .venv-audit/bin/pip-audit

proof: $(VENV)/development programs ## Compare what was served with what Prometheus says: three replicas, one port, faults.
	@$(BIN)/pytest -q -s -p no:randomly tests/e2e/test_proof.py

secrets: ## Write random secrets for each overlay of deploy/k8s that has none yet.
	@scripts/make-secrets

# kubectl is the one on this machine, or the development environment's.
KUBECTL := $(shell command -v kubectl)
render: $(if $(KUBECTL),,$(VENV)/development) ## Print the manifests of an overlay: make render OVERLAY=local
	@scripts/render $(or $(KUBECTL),$(CURDIR)/$(BIN)/kubectl) $(OVERLAY)

cluster: $(VENV)/development programs ## Run the proof on Kubernetes: in a new cluster of kind or k3d, or with CONTEXT=… IMAGE=… in yours.
	@$(BIN)/python -m tests.cluster --context "$(CONTEXT)" --image "$(IMAGE)"

bench: $(VENV)/development .venv-bench/ready programs ## Measure requests and scrapes, beside other servers (make bench ROUNDS=1 is quick).
	@$(BIN)/python -m benchmarks.bench --rounds $(or $(ROUNDS),5)
	@$(BIN)/python -m benchmarks.gathering 0 3 10 20 50
	@$(BIN)/python -m benchmarks.startup

bench-age: $(VENV)/development programs ## Measure whether requests cost more after a million of them (make bench-age REQUESTS=50000 is quick).
	@$(BIN)/python -m benchmarks.ageing --requests $(or $(REQUESTS),1000000)

screenshots: $(VENV)/development programs ## Make the pictures anew: the dashboard with a generated week, and the one beside links to the site.
	@$(BIN)/python -m tests.e2e.preview
	@$(BIN)/python -m tests.e2e.dashboard.screenshots

settings: $(VENV)/development ## Write the table in docs/settings.md from homercovilha/environment.py.
	@$(BIN)/python -m tests.docs.settings_table docs/settings.md

requirements: $(VENV)/development ## Pin the newest versions, with hashes, in requirements*.txt.
	@scripts/pin-requirements $(BIN)/python

vendor: ## Update uPlot, which draws the dashboard's charts, from npm.
	@scripts/vendor-uplot

clean: ## Remove what make has created: environments, programs, the development database.
	rm -rf $(VENV) .venv-checkov .venv-audit .venv-bench .programs .development staticfiles
