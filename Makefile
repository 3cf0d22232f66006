# `make run` serves the site on this machine, `make test` runs every test. Everything else is for those who change it.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
.DEFAULT_GOAL := help

.PHONY: help run test fuzz rehearsal lint settings proof bench bench-age secrets render cluster audit screenshots requirements vendor programs clean

help: ## Say what can be made.
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

programs: ## Install the programs that tests start (as root on Debian; elsewhere, say how).
	@scripts/install-test-programs

run: $(VENV)/runtime ## Serve everything on 127.0.0.1:8000 (another port: make run PORT=8080), with an admin user whose password is printed.
	@scripts/serve-development $(BIN)/python

test: $(VENV)/development .venv-checkov/ready programs ## Run every test that needs no guests.
	@$(BIN)/python -m tests.gate $(PYTEST_ARGS)

fuzz: $(VENV)/development programs ## Run the tests with generated cases on new ones: make fuzz MINUTES=60 (Ctrl-C ends it).
	@HYPOTHESIS_PROFILE=fuzz $(BIN)/python -m tests.fuzz $(or $(MINUTES),10) $(PYTEST_ARGS)

rehearsal: $(VENV)/development .venv-audit/ready ## As root on Debian: the tests with guests, namespaces, images and pods.
	@scripts/install-test-programs --rehearsal
	@$(BIN)/pytest tests/rehearsal $(PYTEST_ARGS)

lint: $(VENV)/development ## Check style, types, shell scripts, the Dockerfile and spelling.
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/hadolint Dockerfile
	@$(BIN)/shellcheck scripts/* .ci/run
	@git ls-files -z | xargs --null $(BIN)/codespell

audit: .venv-audit/ready ## Compare the pinned packages with known vulnerabilities (asks api.osv.dev).
	@scripts/audit .venv-audit/bin/pip-audit

proof: $(VENV)/development programs ## Three replicas, one port, faults: what was served beside what Prometheus says.
	@$(BIN)/pytest -q -s -p no:randomly tests/e2e/test_proof.py

secrets: ## Write random secrets for each overlay of deploy/k8s that has none yet.
	@scripts/make-secrets

# kubectl is the one on this machine, or the development environment's.
KUBECTL := $(shell command -v kubectl)
render: $(if $(KUBECTL),,$(VENV)/development) ## Show what an overlay puts into a cluster: make render OVERLAY=local
	@scripts/render $(or $(KUBECTL),$(CURDIR)/$(BIN)/kubectl) $(OVERLAY)

cluster: $(VENV)/development programs ## The proof on Kubernetes: kind or k3d makes a cluster, or CONTEXT=… IMAGE=… names one.
	@$(BIN)/python -m tests.cluster --context "$(CONTEXT)" --image "$(IMAGE)"

bench: $(VENV)/development .venv-bench/ready programs ## What a request and a scrape cost, beside other servers: make bench ROUNDS=1 for a first look.
	@$(BIN)/python -m benchmarks.bench --rounds $(or $(ROUNDS),7)
	@$(BIN)/python -m benchmarks.gathering 0 3 10 20 50
	@$(BIN)/python -m benchmarks.startup

bench-age: $(VENV)/development programs ## Whether a million requests make the next one dearer: make bench-age REQUESTS=50000 for a first look.
	@$(BIN)/python -m benchmarks.ageing --requests $(or $(REQUESTS),1000000)

screenshots: $(VENV)/development programs ## Make the pictures of the dashboard anew, from a generated week.
	@$(BIN)/python -m tests.e2e.dashboard.screenshots

settings: $(VENV)/development ## Write the table of docs/settings.md anew, from homercovilha/environment.py.
	@$(BIN)/python -m tests.docs.settings_table docs/settings.md

requirements: $(VENV)/development ## Pin the newest versions, with hashes, in requirements*.txt.
	@scripts/pin-requirements $(BIN)/python

vendor: ## Take the newest uPlot, which draws the dashboard's charts, from npm.
	@scripts/vendor-uplot

clean: ## Remove what was made: environments, programs, the development database.
	rm -rf $(VENV) .venv-checkov .venv-audit .venv-bench .programs .development staticfiles
