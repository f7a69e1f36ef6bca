#!/usr/bin/env bash
# Installs the tool, from the commit this action was taken at, into an environment of its own. What it
# needs is installed from wheels whose hashes that commit names; every kind of shared state is among it.
set -euo pipefail
# shellcheck source=.ci/action/words.sh
. "$GITHUB_ACTION_PATH/.ci/action/words.sh"

# Python looks for modules where it stands: not among the files of a pull request.
cd "$RUNNER_TEMP"
source=$GITHUB_ACTION_PATH
here=$RUNNER_TEMP/assistants-sync
pip() { "$here-build/bin/python" -I -m pip --quiet --disable-pip-version-check --no-input "$@"; }

# A job that uses the action twice installs it once.
if [[ ! -x $here/bin/assistants-sync ]]; then
    "$PYTHON" -I -m venv "$here-build"
    "$PYTHON" -I -m venv --without-pip "$here"
    pip install --require-hashes --only-binary :all: -r "$source/.ci/build.lock"
    pip wheel --no-deps --no-build-isolation --wheel-dir "$here-build/wheels" "$source"
    pip --python "$here/bin/python" install --require-hashes --only-binary :all: \
        -r "$source/.ci/requirements.lock"
    pip --python "$here/bin/python" install --no-deps "$here-build"/wheels/*.whl
fi
"$here/bin/assistants-sync" --version
output tool "$here/bin/assistants-sync"
