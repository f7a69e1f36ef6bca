#!/usr/bin/env bash
# Applies, and tells a chat what became of it.
#
#   CHAT_WEBHOOK_URL=https://… apply-and-tell.sh FLAG…      (what `apply` takes)
#
# `apply --format json` writes one event a line. They go to stdout as they come, and the end to the
# chat. Ends as the apply ends, whatever becomes of the message.
set -uo pipefail

events=$(mktemp) || exec assistants-sync apply --format json "$@"
trap 'rm -f "$events" "$events.message"' EXIT

# A signal is the apply's to answer: it ends what is in flight, and says so in its events.
trap : INT TERM
assistants-sync apply --format json "$@" | (trap '' INT TERM && exec tee "$events")
code=${PIPESTATUS[0]}

# Addresses and counts only, no prompt and no name: a chat is read by more people than the plan.
# What a run died of before its first event is in its diagnostics.
tell=$(
    cat << 'JQ'
def mark: {"0": "done", "3": "refused", "4": "stale, nothing done", "5": "locked",
           "6": "finished with failures", "130": "interrupted"}[$code] // "failed (\($code))";
def line:
    if .type == "change_applied" then "\(.address): \(.action)"
    elif .type == "change_failed" then "\(.address): \(.action) FAILED, \(.diagnostic.summary)"
    elif .type == "change_skipped" then "\(.address): skipped, \(.reason)"
    elif .errored then .diagnostics[] | select(.severity == "error") | "error: \(.summary)"
    else empty end;
[.[] | line] as $lines
| {text: (["assistants-sync apply: " + mark] + $lines[:20]
    + if ($lines | length) > 20 then ["and \(($lines | length) - 20) more"] else [] end
    | join("\n"))}
JQ
)
if [ -n "${CHAT_WEBHOOK_URL:-}" ]; then
    # The address is a secret: by stdin, where no list of processes shows it.
    jq --slurp --arg code "$code" "$tell" "$events" > "$events.message" &&
        printf 'url = "%s"\n' "$CHAT_WEBHOOK_URL" |
        curl --config - --silent --show-error --fail --max-time 20 --retry 1 --output /dev/null \
            --header 'Content-Type: application/json' --data-binary "@$events.message" ||
        echo 'The chat was not told.' >&2
fi
exit "$code"
