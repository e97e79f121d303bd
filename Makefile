# kumkm-analysis. `make` lists the commands; each sets up what it needs, in .venv, on first use.
#
# Set-up leaves stamps in .venv, so that it happens again only when the lock or pyproject.toml
# changes. Nothing is installed but what requirements.lock names by version and hash.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# Compiled bytecode halves the start of every kernel; modules from elsewhere are not in the lock.
unexport PYTHONDONTWRITEBYTECODE PYTHONPATH PYTHONHOME

ARGS ?=
PYTHON ?=
CANDIDATES = $(if $(PYTHON),"$(PYTHON)",python3 python3.14 python3.13 python3.12 python3.11)
BIN = .venv/bin
# Those of the project: one that somebody begins beside them keeps its outputs.
NOTEBOOKS = $(or $(shell git ls-files 'notebooks/*.ipynb' 2>/dev/null),$(wildcard notebooks/*.ipynb))

##@ Read
.PHONY: report lab docs
report: .venv/project ## Make the reports, as pages in reports/
	@$(BIN)/kumkm run $(ARGS)

lab: .venv/project ## Open JupyterLab at a notebook to explore with
	@$(BIN)/python -m jupyterlab --notebook-dir=notebooks \
	  --LabApp.default_url=/lab/tree/explore.ipynb $(ARGS)

# Strict: a link that leads nowhere fails. Nothing is fetched, by the build or by the site.
docs: .venv/docs ## Make the documentation, as a site in site/
	@$(BIN)/python -m sphinx --quiet --fail-on-warning --keep-going \
	  --conf-dir docs --doctree-dir .venv/doctrees $(ARGS) . site
	@echo 'Open site/index.html'

##@ Prove
.PHONY: test check lint types data-package stripped
test: .venv/project ## Run all tests
	@$(BIN)/python -m pytest --numprocesses auto --maxprocesses 8 --dist worksteal $(ARGS)

check: lint types data-package stripped ## Check style, types, data and notebooks

lint: .venv/project
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/project
	$(BIN)/python -m mypy

data-package: .venv/project
	$(BIN)/kumkm check
	$(BIN)/python -m kumkm_analysis.dataset.dictionary --check

stripped: .venv/project
	@$(BIN)/nbstripout --verify --keep-id $(NOTEBOOKS) \
	|| { echo 'A notebook holds outputs; "make format" takes them out.' >&2; exit 1; }

##@ Change
.PHONY: format lock clean
format: .venv/project ## Format the code, take the outputs out of the notebooks
	$(BIN)/ruff check --fix --exit-zero --quiet .
	$(BIN)/ruff format .
	$(BIN)/nbstripout --keep-id $(NOTEBOOKS)
	$(BIN)/python -m kumkm_analysis.dataset.dictionary

# Names, versions, markers and hashes, for every system and Python that the project allows; no
# address of an index. Versions move only where they must: make lock ARGS=--upgrade moves all.
# What a test installs apart, since it would not go with the rest, has a lock of its own.
COMPILE = $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate \
  --no-emit-index-url $(ARGS)
lock: .venv/project ## Bring requirements.lock in step with pyproject.toml
	$(COMPILE) --all-extras --group build --group test --group check \
	  --output-file requirements.lock pyproject.toml
	$(COMPILE) --group pyproject.toml:docs --constraint requirements.lock \
	  --output-file docs/requirements.lock
	for tool in airflow roc-validator; do \
	  $(COMPILE) --python-version 3.11 --output-file tests/tools/$$tool.lock tests/tools/$$tool.in \
	  || exit; \
	done

clean: ## Remove .venv and the tools' caches; reports stay
	rm -rf .venv .pytest_cache .ruff_cache .mypy_cache .hypothesis build dist site

.PHONY: help
help: ## List the commands
	@awk -F ':.*## ' '/^##@/ { print "\n" substr($$0, 5) } \
	  /^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile
	@printf '\nOptions pass through: make report ARGS="--region 52 --language en"\n'

# --- Set-up: an interpreter, uv, the locked packages, the project itself ---------------------------

# uv comes from the lock unless one is on PATH; then pip (and Debian's python3-venv) is not needed.
.venv/python:
	@set -e; python=; \
	for candidate in $(CANDIDATES); do \
	  if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	  then python=$$candidate; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
	  echo 'Found no Python 3.11 or later among:' $(CANDIDATES) >&2; \
	  echo 'Install one, or name it: make PYTHON=/path/to/python3.12' >&2; exit 1; \
	fi; \
	echo "Setting up .venv with $$("$$python" --version)"; \
	if uv --version >/dev/null 2>&1; then "$$python" -m venv --clear --without-pip .venv; \
	else \
	  "$$python" -m venv --clear .venv || { \
	    echo 'This Python cannot make a virtual environment with pip in it.' >&2; \
	    echo 'On Debian and Ubuntu: apt install python3-venv. Or put uv on PATH.' >&2; exit 1; }; \
	  sed -n '/^uv==/,/[^\\]$$/p' requirements.lock > .venv/uv.txt; \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check \
	    --require-hashes --requirement .venv/uv.txt; \
	fi
	@touch $@

# sync also removes what the lock does not name; uv draws its progress on a terminal only.
.venv/packages: requirements.lock .venv/python
	@echo 'Installing the packages of requirements.lock (once; a minute or two)'
	@PATH="$$PWD/$(BIN):$$PATH" uv pip sync $$([ -t 2 ] || echo --quiet) --python $(BIN)/python \
	  --require-hashes --compile-bytecode requirements.lock
	@touch $@

# Built by the locked hatchling, without asking an index for anything.
.venv/project: pyproject.toml .venv/packages
	@$(BIN)/uv pip install --quiet --python $(BIN)/python \
	  --no-deps --no-build-isolation --no-index --editable .
	@touch $@

# Beside the locked packages, for those who make the documentation.
.venv/docs: docs/requirements.lock .venv/project
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --require-hashes \
	  --requirement docs/requirements.lock
	@touch $@
