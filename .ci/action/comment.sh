#!/usr/bin/env bash
# Keeps one comment of the pull request up to date. That it cannot be made is a warning, no failure.
set -euo pipefail
# shellcheck source=.ci/action/words.sh
. "$GITHUB_ACTION_PATH/.ci/action/words.sh"
# shellcheck source=.ci/action/github.sh
. "$GITHUB_ACTION_PATH/.ci/action/github.sh"

if [[ $COMMAND != plan ]]; then exit 0; fi
number=$(jq -r '.pull_request.number // empty | floor' "$GITHUB_EVENT_PATH")
if [[ -z $number ]]; then exit 0; fi
commit=$(jq -r '.pull_request.head.sha // ""' "$GITHUB_EVENT_PATH" | tr -cd '0-9a-f' | cut -c 1-12)

give_up() {
    tell warning "the comment could not be made ($(why)); the step summary holds the same"
    exit 0
}

marker=$(marker)
{
    printf '%s\n' "$marker"
    if [[ -n $DIGEST ]]; then printf '<!-- digest %s -->\n' "$DIGEST"; fi
    if [[ -s $FOLDER/plan.md ]]; then
        cat "$FOLDER/plan.md"
    else
        printf '## No plan\n\nIt ended with exit code %s; the log of the run says why.\n' "${EXIT_CODE:-none}"
    fi
    printf '\n[This run](%s), of commit %s.\n' "$(run_link)" "$commit"
} > "$FOLDER/comment.md"
jq -Rs '{body: .}' "$FOLDER/comment.md" > "$FOLDER/comment.json"

login=$(our_name) || give_up
issue=$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/issues
find_marked "$issue/$number/comments" "$login" "$marker" > "$FOLDER/found.json" || give_up
if [[ -s $FOLDER/found.json ]]; then
    ask PATCH "$issue/comments/$(jq -r '.id | floor' "$FOLDER/found.json")" "$FOLDER/comment.json"
else
    ask POST "$issue/$number/comments" "$FOLDER/comment.json"
fi
is_done || give_up
