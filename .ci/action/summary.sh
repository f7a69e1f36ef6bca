#!/usr/bin/env bash
# The step summary: the same text as the comment; after a merge also whether this is the plan that the
# pull request showed.
set -euo pipefail
# shellcheck source=.ci/action/words.sh
. "$GITHUB_ACTION_PATH/.ci/action/words.sh"
# shellcheck source=.ci/action/github.sh
. "$GITHUB_ACTION_PATH/.ci/action/github.sh"

# reviewed: one line on the plan in the merged pull request's comment; nothing where there is none.
reviewed() {
    local number login found seen
    ask GET "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/commits/$GITHUB_SHA/pulls"
    is_done || return 0
    number=$(jq -r '[.[] | select(.merged_at != null)][0].number // empty | floor' "$ANSWER") || return 0
    if [[ -z $number ]]; then return 0; fi
    login=$(our_name) || return 0
    found=$(find_marked "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/issues/$number/comments" "$login" "$(marker)") || return 0
    seen=$(jq -r '.body | capture("^[^\n]*\n<!-- digest (?<digest>sha256:[0-9a-f]{64}) -->").digest' <<< "$found" 2> /dev/null) || return 0
    if [[ -z $seen ]]; then return 0; fi
    if [[ $seen == "$DIGEST" ]]; then
        printf '> [!NOTE]\n> This is the plan that #%s showed when it was merged.\n\n' "$number"
    else
        printf '> [!WARNING]\n> #%s showed another plan. Look at this one before you approve it.\n\n' "$number"
    fi
}

{
    if [[ $COMMAND == plan && $GITHUB_EVENT_NAME == push && -n $DIGEST ]]; then reviewed; fi
    if [[ -s $FOLDER/plan.md ]]; then
        cat "$FOLDER/plan.md"
    else
        printf '## %s: exit code %s\n\n' "$COMMAND" "$EXIT_CODE"
        # What went wrong comes first: a long text is cut at its end.
        tail -n 40 "$FOLDER/said.txt" | cat - "$FOLDER/told.txt" > "$FOLDER/both.txt"
        fenced "$FOLDER/both.txt"
    fi
} >> "$GITHUB_STEP_SUMMARY"
