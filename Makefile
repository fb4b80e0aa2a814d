# Each target makes the environment first when it is missing or older than the requirements.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: train demo test slow coverage audit lint clean

train: $(VENV)/run.stamp
	$(BIN)/python train.py

demo: $(VENV)/run.stamp
	$(BIN)/python demo/app.py

test: $(VENV)/test.stamp
	$(BIN)/python -m pytest

slow: $(VENV)/test.stamp
	$(BIN)/python -m pytest -m slow

# Which lines of ours the tests reach, with those in processes of their own left out.
coverage: $(VENV)/test.stamp
	$(BIN)/python -m pytest --cov=sketchnet --cov=demo --cov-report=term:skip-covered

# Known weaknesses of what the requirements name; asks the internet.
audit: $(VENV)/test.stamp
	$(BIN)/pip-audit -r requirements.txt

lint: $(VENV)/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy sketchnet

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache .mypy_cache .hypothesis .import_linter_cache .coverage

$(VENV)/run.stamp: requirements.txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -e .
	touch $@

$(VENV)/test.stamp: requirements.txt requirements-dev.txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@
