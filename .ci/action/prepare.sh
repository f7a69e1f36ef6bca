#!/usr/bin/env bash
# Decides, before anything is installed, whether this may run here, and as what.
set -euo pipefail
# shellcheck source=.ci/action/words.sh
. "$GITHUB_ACTION_PATH/.ci/action/words.sh"

refuse() {
    tell error "$2"
    printf '**Refused:** %s\n' "$2" >> "$GITHUB_STEP_SUMMARY"
    output exit-code "$1"
    exit "$1"
}

case $COMMAND in
validate | plan | apply | drift | cleanup) ;;
*) refuse 64 "the input command is validate, plan, apply, drift or cleanup" ;;
esac
[[ $ALLOW_DELETES =~ ^[0-9]*$ ]] || refuse 64 "the input allow-deletes is a number"
[[ $KEY_VARIABLE =~ ^[A-Za-z_][A-Za-z0-9_]*$ ]] || refuse 64 "the input key-variable is a variable's name"
if [[ $COMMAND == apply ]]; then
    [[ -n $PLAN_FILE && -n $EXPECT_DIGEST ]] ||
        refuse 64 "apply takes exactly the plan that was reviewed: it needs both plan-file and expect-digest"
    [[ $EXPECT_DIGEST =~ ^(sha256:)?[0-9a-f]{12,64}$ ]] || refuse 64 "the input expect-digest is no digest"
elif [[ -n $PLAN_FILE$EXPECT_DIGEST$ALLOW_DELETES ]]; then
    refuse 64 "plan-file, expect-digest and allow-deletes are inputs of apply alone"
fi

# A head repository that is gone was a fork; a pull request always names its base.
is_fork=$(jq -r '
    .repository.full_name as $ours
    | (.pull_request != null and .pull_request.head.repo.full_name != $ours)
        or (.workflow_run != null and .workflow_run.head_repository.full_name != $ours)' "$GITHUB_EVENT_PATH")
is_on_pull_request=$(jq -r '.issue.pull_request != null' "$GITHUB_EVENT_PATH")
key=${!KEY_VARIABLE:-}
if [[ $KEY_VARIABLE == VAPI_API_KEY ]]; then key=$key${VAPI_TOKEN:-}; fi

is_review=false
case $GITHUB_EVENT_NAME in
pull_request)
    if [[ $is_fork == true || -z $key ]]; then is_review=true; fi ;;
issue_comment)
    [[ $is_on_pull_request == false ]] ||
        refuse 3 "a comment on a pull request does not tell whose definitions these are; plan on pull_request" ;;
*)
    [[ $is_fork == false ]] ||
        refuse 3 "definitions of a fork are never read where a key is; plan them on pull_request" ;;
esac
if [[ $is_review == true && $COMMAND != plan && $COMMAND != validate ]]; then
    refuse 3 "$COMMAND needs a key, and a pull request without one has none"
fi

name=$(printf '%s' "$COMMAND ${ENVIRONMENT:-default} $WORKING_DIRECTORY" | tr -c 'A-Za-z0-9._' '-')
name="assistants-sync-${name%-.}"
folder=$(mktemp -d "$RUNNER_TEMP/assistants-sync.XXXXXX")
output folder "$folder"
output artifact "$name"
output is-review "$is_review"
