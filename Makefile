# Two commands for a fresh machine with Python >= 3.11, git and make; each makes its own .venv.

PYTHON ?= python3
BIN := .venv/bin
DEMO := state/demo

.PHONY: demo test check clean

demo: .venv/emulator
	@rm -rf $(DEMO)
	@cp -R examples/quickstart $(DEMO) && rm -rf $(DEMO)/state
	@$(BIN)/python examples/demo.py $(DEMO)

test: .venv/dev
	$(BIN)/python -m pytest -q -n 2

# What CI checks besides the tests.
check: .venv/dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/interrogate -q assistants_sync

clean:
	rm -rf .venv dist $(DEMO)

.venv/emulator: pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[emulator]'
	@touch $@

.venv/dev: pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@
