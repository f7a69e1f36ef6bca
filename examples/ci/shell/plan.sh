#!/usr/bin/env bash
# Plans, and leaves everything a reviewer and `apply.sh` need in one folder, for any CI.
#
#   plan.sh PROJECT_FOLDER OUT_FOLDER [FLAG…]
#
# Ends as assistants-sync ends. What it leaves in OUT_FOLDER goes to `apply.sh` as an artifact.
# Run it without the key, and with every secret unset, on changes from people you do not know:
# then it plans for review only, and nobody can apply that.
set -euo pipefail

project=${1:?usage: plan.sh PROJECT_FOLDER OUT_FOLDER [FLAG…]}
out=${2:?usage: plan.sh PROJECT_FOLDER OUT_FOLDER [FLAG…]}
shift 2

# Another run's plan must not pass for this one's.
rm -rf "$out"
mkdir -p "$out"
out=$(cd "$out" && pwd)

assistants-sync --chdir "$project" validate --out-junit "$out/validate.xml"

if [ -z "${VAPI_API_KEY:-}${VAPI_TOKEN:-}" ]; then
    set -- --secrets-unavailable "$@"
fi
code=0
assistants-sync --chdir "$project" plan "$@" --detailed-exitcode \
    --out "$out/plan.json" --out-markdown "$out/plan.md" --out-html "$out/plan.html" \
    --out-junit "$out/plan.xml" || code=$?

# 2 is not a failure, but changes: `apply.sh` asks the file, whatever the CI makes of a code.
case $code in
    0) echo no > "$out/has-changes" ;;
    2) echo yes > "$out/has-changes" ;;
    *) exit "$code" ;;
esac
# Of two blanks: what definitions hold stands deeper.
sed -n 's/^  "digest": "\(sha256:[0-9a-f]*\)".*/\1/p' "$out/plan.json" > "$out/digest"
test -s "$out/digest"
printf 'Digest to approve: %s\n' "$(cat "$out/digest")"
