#!/usr/bin/env bash
# Applies exactly the plan that was approved, for any CI.
#
#   apply.sh PROJECT_FOLDER OUT_FOLDER APPROVED_DIGEST [FLAG…]
#
# APPROVED_DIGEST comes from the approval, not from OUT_FOLDER: then whoever can swap the plan has
# no approval for it. Ends as assistants-sync ends: 3 refused, 4 stale, 6 finished with failures.
set -euo pipefail

usage='usage: apply.sh PROJECT_FOLDER OUT_FOLDER APPROVED_DIGEST [FLAG…]'
project=${1:?$usage}
out=$(cd "${2:?$usage}" && pwd)
digest=${3:?$usage}
shift 3

if [ "$(cat "$out/has-changes")" = no ]; then
    echo 'Nothing to apply.'
    exit 0
fi
exec assistants-sync --chdir "$project" apply "$out/plan.json" --expect-digest "$digest" "$@"
