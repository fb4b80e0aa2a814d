# Every target first creates the environment, or updates it when the requirements have changed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: train demo test longer slow coverage audit lint clean

train: $(VENV)/run.stamp
	$(BIN)/python train.py

# `make demo PHOTOS=my_photos/` searches the photos in that folder.
demo: $(VENV)/run.stamp
	$(BIN)/python demo/app.py$(if $(PHOTOS), --gallery $(PHOTOS))

test: $(VENV)/test.stamp
	$(BIN)/python -m pytest

# Tests of the browser and of processes that `make test` leaves out because each takes long. CI runs both.
longer: $(VENV)/test.stamp
	$(BIN)/python -m pytest -m slow tests/browser tests/utils

slow: $(VENV)/test.stamp
	$(BIN)/python -m pytest -m slow

# Lines of the package that the tests reach. Processes that a test starts are not counted.
coverage: $(VENV)/test.stamp
	$(BIN)/python -m pytest --cov=sketchnet --cov=sketchnet_demo --cov-report=term:skip-covered

# Known vulnerabilities of the dependencies (needs the network).
audit: $(VENV)/test.stamp
	$(BIN)/pip-audit -r requirements.txt

lint: $(VENV)/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy sketchnet

clean:
	rm -rf $(VENV) build dist .pytest_cache .ruff_cache .mypy_cache .hypothesis .import_linter_cache .coverage

$(VENV)/run.stamp: requirements.txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -e .
	touch $@

$(VENV)/test.stamp: requirements.txt requirements-dev.txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -e ".[dev]"
	touch $@
