# Sourced by the other scripts: runs one step after another, each on one line with its seconds.

# The log of the step that runs; shown when it fails.
step_log=$(mktemp)
step_child=""

# tree PID: the process and all that it started. Not by process group: `swift test` runs the tests in one of their own.
tree() {
    local child
    echo "$1"
    for child in $(cat "/proc/$1/task/"*/children 2>/dev/null); do tree "$child"; done
}

# Ends what the script started: the step that runs, and what `at_exit` (a function of the script) has to undo.
finish() {
    local status=$?
    trap - EXIT INT TERM HUP
    set +e
    if [[ -n $step_child ]]; then
        echo "interrupted"
        kill -TERM $(tree "$step_child") 2>/dev/null
        wait "$step_child" 2>/dev/null
    fi
    if declare -F at_exit >/dev/null; then at_exit; fi
    rm -f "$step_log"
    exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

# step TITLE COMMAND…: prints "TITLE … 12 s". On a terminal it shows meanwhile what the command says last.
step() {
    local title=$1 began=$SECONDS status=0 last=""
    shift
    printf '%s … ' "$title"
    "$@" >"$step_log" 2>&1 </dev/null &
    step_child=$!
    if [[ -t 1 ]]; then
        while kill -0 "$step_child" 2>/dev/null; do
            last=$(tail -c 400 "$step_log" | tr '\r' '\n' | tail -n 1 | tr -cd '[:print:]' | cut -c 1-50)
            printf '\r\033[K%s … %d s  %s' "$title" $((SECONDS - began)) "$last"
            sleep 0.5
        done
        printf '\r\033[K%s … ' "$title"
    fi
    wait "$step_child" || status=$?
    step_child=""
    if ((status != 0)); then
        printf 'failed after %d s\n' $((SECONDS - began))
        show_failure
        exit "$status"
    fi
    printf '%d s\n' $((SECONDS - began))
}

# What went wrong: the lines that say so, then the end of the log.
show_failure() {
    if (($(wc -l <"$step_log") > 80)); then
        grep -E 'error:|✘|Fatal|BROKEN' "$step_log" | head -n 100 >&2 || true
        echo '--- the last lines ---' >&2
    fi
    tail -n 80 "$step_log" >&2
}
