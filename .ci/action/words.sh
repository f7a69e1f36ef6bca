# Sourced by every step: what they write to GitHub, and how what others wrote is kept from acting.
# shellcheck shell=bash

# Everything below names its files in full, and nothing of the repository is on the way to a program.
export LC_ALL=C.UTF-8

# tell KIND TEXT: an annotation. KIND is notice, warning or error; TEXT is one paragraph.
tell() {
    local text=$2
    text=${text//'%'/'%25'}
    text=${text//$'\r'/'%0D'}
    text=${text//$'\n'/'%0A'}
    printf '::%s title=assistants-sync::%s\n' "$1" "$text"
}

# output NAME VALUE: an output of the step. A value of more than one line is a bug, never an output.
output() {
    if [[ $2 == *[$'\r\n']* ]]; then
        tell error "the output $1 would have two lines"
        exit 70
    fi
    printf '%s=%s\n' "$1" "$2" >> "$GITHUB_OUTPUT"
}

# marker: the hidden first line of the comment or issue that is ours. A folder and an environment
# make it, which name one project; nothing in it can end the comment it stands in.
marker() {
    jq -rn --arg command "$COMMAND" --arg environment "${ENVIRONMENT:-default}" \
        --arg folder "$WORKING_DIRECTORY" \
        '"<!-- assistants-sync action: " + ([$command, $environment, $folder] | map(@uri) | join(" ")) + " -->"'
}

# fenced FILE: the file as text that nothing in it can leave, cut after 55,000 characters.
fenced() {
    jq -rRs '
        (if length > 55000 then .[:55000] + "\n(cut; the rest is in the log)\n" else . end)
        | ([match("`{3,}"; "g").string | length] | max // 2) as $longest
        | ("`" * ($longest + 1)) as $fence
        | $fence + "text\n" + rtrimstr("\n") + "\n" + $fence' "$1"
}

# link: where this run is.
run_link() {
    printf '%s/%s/actions/runs/%s' "$GITHUB_SERVER_URL" "$GITHUB_REPOSITORY" "$GITHUB_RUN_ID"
}
