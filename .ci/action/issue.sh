#!/usr/bin/env bash
# Keeps one issue: opened or updated while there is something to look at, closed when it is over.
# It is the alarm of a nightly run, so that it cannot be raised is a failure.
set -euo pipefail
# shellcheck source=.ci/action/words.sh
. "$GITHUB_ACTION_PATH/.ci/action/words.sh"
# shellcheck source=.ci/action/github.sh
. "$GITHUB_ACTION_PATH/.ci/action/github.sh"

if [[ $COMMAND != drift && $COMMAND != cleanup ]]; then
    tell error "an issue is made of drift and cleanup alone"
    exit 64
fi
# A run that came to no result says nothing about what the issue says.
if [[ $EXIT_CODE != 0 && $EXIT_CODE != 2 ]]; then exit 0; fi

fail() {
    tell error "the issue could not be $1 ($(why))"
    exit 1
}

marker=$(marker)
login=$(our_name) || fail "looked for"
issues=$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/issues
query=$(jq -rn --arg login "$login" '"state=open&creator=" + ($login | @uri)')
find_marked "$issues?$query" "$login" "$marker" > "$FOLDER/found.json" || fail "looked for"
number=$(jq -r '.number | floor' "$FOLDER/found.json")

if [[ $HAS_CHANGES == true ]]; then
    case $COMMAND in
    drift) title="Assistants changed outside of their definitions" ;;
    cleanup) title="Assistants that seem stale" ;;
    esac
    {
        printf '%s\n' "$marker"
        cat "$FOLDER/plan.md"
        printf '\n[The run](%s) that found it last. This issue is closed when there is nothing left.\n' "$(run_link)"
    } > "$FOLDER/issue.md"
    jq -Rs --arg title "$title: ${ENVIRONMENT:-default}" '{title: $title, body: .}' "$FOLDER/issue.md" > "$FOLDER/issue.json"
    if [[ -n $number ]]; then
        ask PATCH "$issues/$number" "$FOLDER/issue.json"
        is_done || fail updated
    else
        ask POST "$issues" "$FOLDER/issue.json"
        is_done || fail opened
    fi
elif [[ -n $number ]]; then
    jq -n --arg link "$(run_link)" '{body: "Nothing is left of it: [this run](\($link)) found none."}' > "$FOLDER/issue.json"
    ask POST "$issues/$number/comments" "$FOLDER/issue.json"
    is_done || fail "commented on"
    printf '{"state": "closed", "state_reason": "completed"}' > "$FOLDER/issue.json"
    ask PATCH "$issues/$number" "$FOLDER/issue.json"
    is_done || fail closed
fi
