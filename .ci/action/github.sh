# Sourced: requests to GitHub. The token goes through a pipe, never through an argument or a file.
# shellcheck shell=bash

ANSWER=$(mktemp "$RUNNER_TEMP/answer.XXXXXX")
trap 'rm -f "$ANSWER"' EXIT

# ask METHOD URL [FILE]: one request. The answer is in $ANSWER, its status in $STATUS.
ask() {
    local -a flags=(--disable --config - --silent --show-error --max-time 30
        --request "$1" --output "$ANSWER" --write-out '%{http_code}')
    # Only what may be repeated is: a comment that GitHub made without telling would be there twice.
    if [[ $1 == GET ]]; then flags+=(--retry 2); fi
    if [[ -n ${3:-} ]]; then flags+=(--header 'Content-Type: application/json' --data-binary "@$3"); fi
    : > "$ANSWER"
    STATUS=000
    if [[ -z $TOKEN || $TOKEN == *[$'\r\n"\\']* ]]; then return 0; fi
    STATUS=$(printf 'header = "%s"\n' "Authorization: Bearer $TOKEN" \
        'Accept: application/vnd.github+json' 'X-GitHub-Api-Version: 2022-11-28' |
        curl "${flags[@]}" "$2") || STATUS=000
}

# is_done: whether GitHub did what was asked.
is_done() { [[ $STATUS == 2* ]]; }

# why: what GitHub said, in one line without anything that could act.
why() {
    printf 'HTTP %s %s' "$STATUS" "$(jq -r '.message // "" | tostring' "$ANSWER" 2> /dev/null |
        tr -cd '[:alnum:] .,-' | cut -c 1-200)"
}

# our_name: the login under which this token writes. REST does not tell it to a job's token.
our_name() {
    local question
    question=$(mktemp "$RUNNER_TEMP/question.XXXXXX")
    printf '{"query": "query { viewer { login } }"}' > "$question"
    ask POST "$GITHUB_GRAPHQL_URL" "$question"
    rm -f "$question"
    is_done || return 1
    jq -er '.data.viewer.login' "$ANSWER"
}

# find_marked URL LOGIN MARKER WHICH: the first thing below a list that LOGIN wrote and that begins
# with MARKER, as JSON; nothing if there is none. Anybody may quote a marker; only ours is ours.
find_marked() {
    local page found separator='?'
    if [[ $1 == *'?'* ]]; then separator='&'; fi
    for ((page = 1; page <= 200; page++)); do
        ask GET "$1${separator}per_page=100&page=$page"
        is_done || return 1
        found=$(jq -c --arg login "$2" --arg marker "$3" \
            'map(select(.user.login == $login and .pull_request == null
                        and ((.body // "") | startswith($marker))))[0] // empty' "$ANSWER") || return 1
        if [[ -n $found ]]; then
            printf '%s\n' "$found"
            return 0
        fi
        if [[ $(jq length "$ANSWER") == 0 ]]; then return 0; fi
    done
    return 1
}
