#!/usr/bin/env bash
# Runs the tool and keeps what it made. Ends with 0 whenever the tool ran: the last step of the action
# ends as the tool did, after the comment, the summary and the upload.
set -euo pipefail
# shellcheck source=.ci/action/words.sh
. "$GITHUB_ACTION_PATH/.ci/action/words.sh"

project=(--chdir "$WORKING_DIRECTORY" --no-color)
if [[ -n $ENVIRONMENT ]]; then project+=(--env "$ENVIRONMENT"); fi
more=()
while IFS= read -r line || [[ -n $line ]]; do
    line=${line%$'\r'}
    if [[ -n $line ]]; then more+=("$line"); fi
done <<< "$ARGUMENTS"
pages=(--detailed-exitcode --out "$FOLDER/plan.json" --out-markdown "$FOLDER/plan.md" --out-html "$FOLDER/plan.html")

child=
is_interrupted=
# A cancelled job signals this script alone. The tool finishes what is in flight, saves, and ends.
trap 'is_interrupted=1; [[ -z $child ]] || kill -TERM "$child" 2> /dev/null || true' INT TERM

# Definitions that nobody has read yet are never read where a key is: `token_env` may name any variable.
here=("$TOOL")
if [[ $IS_REVIEW == true ]]; then
    here=(env -i "PATH=$PATH" "HOME=$HOME" "GITHUB_WORKSPACE=$GITHUB_WORKSPACE"
        "ASSISTANTS_SYNC_STATE_URL=${ASSISTANTS_SYNC_STATE_URL:-}" "$TOOL")
fi

# tool ARGUMENT...: runs it; its code is in $code. What it says is text, whatever stands in a name or
# a prompt: GitHub takes no commands from it. Its stdout is kept in told.txt, its stderr in said.txt.
tool() {
    local word copier
    word=$(od -An -N 16 -tx1 /dev/urandom | tr -d ' \n')
    printf '::stop-commands::%s\n' "$word"
    # All goes to stdout, stderr too: GitHub reads the two in no order, and this pause is on one.
    mkfifo "$FOLDER/pipe"
    tee "$FOLDER/said.txt" < "$FOLDER/pipe" &
    copier=$!
    "${here[@]}" "${project[@]}" "$@" < /dev/null 2> "$FOLDER/pipe" > "$FOLDER/told.txt" &
    child=$!
    while :; do
        is_interrupted=
        code=0
        wait "$child" || code=$?
        if [[ -z $is_interrupted ]]; then break; fi
    done
    child=
    wait "$copier"
    rm "$FOLDER/pipe"
    if [[ ${1-} != cleanup ]]; then cat "$FOLDER/told.txt"; fi
    printf '\n::%s::\n' "$word"
}

# The tool writes these as annotations of files and lines; names in them are escaped.
annotate() { "${here[@]}" "${project[@]}" validate --format github < /dev/null; }

plan() {
    if [[ $IS_REVIEW == true ]]; then
        tool plan "${more[@]}" --secrets-unavailable "${pages[@]}" "$@"
        # A shared state that cannot be read without credentials is no fault of the definitions.
        if [[ $code == 1 || $code == 7 ]] && annotate > /dev/null 2>&1; then
            tell warning "the definitions are valid; what they change could not be planned here (exit code $code)"
            code=0
        fi
    else
        tool plan "${more[@]}" "${pages[@]}" "$@"
    fi
    if [[ $code == 8 ]]; then annotate 2> /dev/null || true; fi
}

case $COMMAND in
validate)
    code=0
    annotate 2> /dev/null || code=$?
    tool validate "${more[@]}"
    ;;
plan) plan ;;
drift) plan --refresh-only ;;
cleanup)
    tool cleanup list "${more[@]}" --format json
    if [[ $code == 0 ]]; then
        jq -rf "$GITHUB_ACTION_PATH/.ci/action/cleanup.jq" "$FOLDER/told.txt" > "$FOLDER/told.md.txt"
        {
            jq -r '"## \([.candidates[] | select(.verdict == "stale")] | length) stale assistants of \(.candidates | length) that no state owns\n"' \
                "$FOLDER/told.txt"
            fenced "$FOLDER/told.md.txt"
            printf '\n%s\n' 'To remove them: make a plan with "cleanup plan -o cleanup.json", look at it, then "apply cleanup.json --allow-deletes=N".'
        } > "$FOLDER/plan.md"
        stale=$(jq '[.candidates[] | select(.verdict == "stale")] | length' "$FOLDER/told.txt")
        output stale "$stale"
    fi
    ;;
apply)
    # The tool takes paths as seen from the project's folder.
    if [[ $PLAN_FILE != /* ]]; then PLAN_FILE=$GITHUB_WORKSPACE/$PLAN_FILE; fi
    # Ours come last, and the last word counts.
    tool apply "${more[@]}" "$PLAN_FILE" ${ALLOW_DELETES:+--allow-deletes "$ALLOW_DELETES"} \
        --expect-digest "$EXPECT_DIGEST"
    ;;
esac

has_changes=false
if [[ $code == 2 || ${stale:-0} != 0 ]]; then has_changes=true; fi
output has-changes "$has_changes"
if [[ -s $FOLDER/plan.json ]]; then
    output plan-file "$FOLDER/plan.json"
    output digest "$(jq -r .digest "$FOLDER/plan.json" | grep -E '^sha256:[0-9a-f]{64}$')"
    for name in create update delete forget drift conflict blocked; do
        output "$name" "$(jq -r --arg name "$name" '.summary[$name] | floor' "$FOLDER/plan.json")"
    done
fi
output exit-code "$code"
