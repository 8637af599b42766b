# shellcheck shell=sh
# Runs test steps one after the other, each with its output in a log of its own. Sourced.
#
#   steps_begin FOLDER          the logs' folder
#   check NAME COMMAND...       a command or shell function
#   step NAME COMMAND...        a command, ended after STEP_LIMIT seconds (default 900)
#   steps_end                   prints "N passed, N failed, N skipped"; fails if a step failed
#
# A step passes with status 0 and is skipped with 77, its last line saying why; where CI=true nothing
# may be skipped, so there 77 is a failure. A failed step shows what matters of its log, and the rest goes on.

steps_begin() {
    steps_logs=$1
    steps_passed=0 steps_failed=0 steps_skipped=0
    mkdir -p "$steps_logs"
}

check() {
    steps_name=$1
    shift
    steps_log=$steps_logs/$(printf %s "$steps_name" | tr -cs 'A-Za-z0-9+.' '-').log
    # Shown while it runs, and written over by its result.
    [ ! -t 1 ] || printf '...  %s\r' "$steps_name"
    steps_from=$(date +%s)
    # Not `(...) || status=$?`: there the shell would ignore the set -e of the subshell.
    set +e
    (set -eu; "$@") >"$steps_log" 2>&1 </dev/null
    steps_status=$?
    set -e
    steps_seconds=$(($(date +%s) - steps_from))

    case $steps_status in
        0)
            steps_passed=$((steps_passed + 1))
            # A step that counts steps of its own says so on its last line.
            steps_say ok "$(tail -n 1 "$steps_log" | grep -E '^[0-9]+ passed, ' || true)"
            return 0
            ;;
        77)
            if [ "${CI:-}" != true ]; then
                steps_skipped=$((steps_skipped + 1))
                steps_say skip "$(tail -n 1 "$steps_log")"
                return 0
            fi
            ;;
    esac
    steps_failed=$((steps_failed + 1))
    steps_say FAIL "status $steps_status, log: $steps_log"
    # The lines that name what failed may be far above the end, and the log may not outlive this run.
    grep -E '^ *(--- FAIL|FAIL|panic:|fatal error:|not ok)|[^ ]: error: ' "$steps_log" | head -n 20 | sed 's/^/    ! /'
    tail -n "${STEP_TAIL:-40}" "$steps_log" | sed 's/^/    | /'
}

step() {
    steps_called=$1
    shift
    check "$steps_called" timeout --foreground -k 10 "${STEP_LIMIT:-900}" "$@"
}

steps_say() { # steps_say RESULT DETAIL
    printf '%-4s %-36s %4d s  %s\n' "$1" "$steps_name" "$steps_seconds" "$2"
}

steps_end() {
    echo "$steps_passed passed, $steps_failed failed, $steps_skipped skipped"
    [ "$steps_failed" -eq 0 ]
}
