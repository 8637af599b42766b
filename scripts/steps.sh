# shellcheck shell=sh
# Runs test steps one after the other, each with its output in a log of its own. Sourced.
#
#   steps_begin FOLDER [ONLY]   the logs' folder; ONLY: a list of names separated by commas, no other step runs
#   check NAME COMMAND...       a command or shell function
#   suite NAME COMMAND...       the same, and it may have parts
#   step NAME COMMAND...        a command that may have parts, ended after STEP_LIMIT seconds (default 1800)
#   steps_end                   prints "N passed, N failed, N skipped"; fails if something failed
#
# A step passes with status 0 and is skipped with 77, its last line saying why. One that may have parts tells of
# them on its last line, "N passed, N failed[, N skipped]", and they are counted in its place. Where CI=true
# nothing may be skipped, so there a skipped step or part is a failure. A failed step shows what matters of its
# log, and the rest goes on.

steps_begin() {
    steps_logs=$1 steps_only=${2:-} steps_missing=${2:-}
    steps_passed=0 steps_failed=0 steps_skipped=0
    mkdir -p "$steps_logs"
}

check() { steps_run one "$@"; }

suite() { steps_run parts "$@"; }

step() {
    steps_called=$1
    shift
    suite "$steps_called" limited "$@"
}

limited() { timeout --foreground -k 10 "${STEP_LIMIT:-1800}" "$@"; }

steps_run() { # steps_run one|parts NAME COMMAND...
    steps_kind=$1 steps_name=$2
    steps_is_wanted || return 0
    shift 2
    steps_log=$steps_logs/$(printf %s "$steps_name" | tr -cs 'A-Za-z0-9+.' '-').log
    # On a terminal the result is written over it.
    if [ -t 1 ]; then printf '...  %s\r' "$steps_name"; else printf '...  %s\n' "$steps_name"; fi
    steps_from=$(date +%s)
    # Not `(...) || status=$?`: there the shell would ignore the set -e of the subshell.
    set +e
    (set -eu; "$@") >"$steps_log" 2>&1 </dev/null
    steps_status=$?
    set -e
    steps_seconds=$(($(date +%s) - steps_from))
    steps_judge
}

# Takes the step's name out of the list of those that are still to come.
steps_is_wanted() {
    [ -n "$steps_only" ] || return 0
    case ,$steps_only, in
        *,"$steps_name",*) ;;
        *) return 1 ;;
    esac
    steps_missing=$(printf %s "$steps_missing" | tr , '\n' | grep -vxF -e "$steps_name" | tr '\n' ,)
}

steps_judge() {
    steps_last=$(tail -n 1 "$steps_log")
    if [ "$steps_status" -eq 77 ]; then
        if [ "${CI:-}" = true ]; then
            steps_fail 0 1 0 "skipped, which CI=true forbids: $steps_last"
        else
            steps_count 0 0 1
            steps_say skip "$steps_last"
        fi
    elif [ "$steps_kind" = parts ] && steps_parts "$steps_last"; then
        steps_judge_parts
    elif [ "$steps_status" -eq 0 ]; then
        steps_count 1 0 0
        steps_say ok
    else
        steps_fail 0 1 0 "status $steps_status, log: $steps_log"
    fi
}

# Reads "N passed, N failed[, N skipped]" into part_passed, part_failed and part_skipped.
steps_parts() { # steps_parts LINE
    printf '%s\n' "$1" | grep -qxE '[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?' || return 1
    # shellcheck disable=SC2046  # the numbers become arguments
    set -- $(printf '%s\n' "$1" | tr -cs '0-9' ' ')
    part_passed=$1 part_failed=$2 part_skipped=${3:-0}
}

steps_judge_parts() {
    if [ "${CI:-}" = true ] && [ "$part_skipped" -gt 0 ]; then
        steps_fail "$part_passed" $((part_failed + part_skipped)) 0 \
            "$steps_last, and CI=true forbids to skip, log: $steps_log"
    elif [ "$steps_status" -ne 0 ] && [ "$part_failed" -eq 0 ]; then
        steps_fail "$part_passed" 1 "$part_skipped" "status $steps_status after \"$steps_last\", log: $steps_log"
    elif [ "$part_failed" -gt 0 ]; then
        steps_fail "$part_passed" "$part_failed" "$part_skipped" "$steps_last, log: $steps_log"
    else
        steps_count "$part_passed" 0 "$part_skipped"
        steps_say ok "$steps_last"
        steps_show_skipped
    fi
}

# The parts that were skipped, each with what it lacks: lines of these steps, and of TAP. What was skipped because of
# another part's failure is left out, as that failure is shown.
steps_show_skipped() {
    grep -E '^ *skip |^ok .* # SKIP ' "$steps_log" | grep -v ' # SKIP needs .*, which failed in case ' |
        sed 's/^/    /' || true
}

steps_count() { # steps_count PASSED FAILED SKIPPED
    steps_passed=$((steps_passed + $1))
    steps_failed=$((steps_failed + $2))
    steps_skipped=$((steps_skipped + $3))
}

steps_fail() { # steps_fail PASSED FAILED SKIPPED WHY
    steps_count "$1" "$2" "$3"
    steps_say FAIL "$4"
    [ "$steps_status" -eq 77 ] || steps_show_skipped
    steps_excerpt
}

# What failed, for logs may not outlive this run. What passed, was skipped or only began is left out: in TAP, in
# go test's words and in these steps' own. Of a failed case of TAP the message is shown, and the begin of what it
# printed. Long output is cut at its head, so the lines that name a failure come first.
steps_excerpt() {
    steps_tail=${STEP_TAIL:-40}
    steps_matters=$steps_log.failed
    # A case of TAP may have a block below it, from "---" to "...".
    awk '
        /^(ok| *skip|\.\.\.) / || /^ok\t/ || /^\?   \t/ || /^=== (RUN|PAUSE|CONT|NAME) / || /^ *--- (PASS|SKIP): / {
            passed = 1
            next
        }
        /^not ok / { failed = 1; print; next }
        /^  ---$/ && (passed || failed) { block = failed ? "failed" : "passed"; key = "" }
        { passed = failed = 0 }
        block && /^  \.\.\.$/ { block = ""; next }
        block == "failed" && /^  [a-z_]+:/ { key = $1; lines = 0; next }
        block == "failed" && key == "message:" && lines++ < 8 { print }
        block == "failed" && key == "output:" && lines++ < 5 { print "    printed:" substr($0, 4) }
        block { next }
        { print }
    ' "$steps_log" >"$steps_matters"
    if [ "$(wc -l <"$steps_matters")" -gt "$steps_tail" ]; then
        grep -E '^ *(--- FAIL|FAIL|panic:|fatal error:|not ok)|[^ ]: error: ' "$steps_matters" | head -n 20 |
            sed 's/^/    ! /'
    fi
    tail -n "$steps_tail" "$steps_matters" | sed 's/^/    | /'
    rm -f "$steps_matters"
}

steps_say() { # steps_say RESULT [DETAIL]
    printf '%-4s %-36s %4d s  %s\n' "$1" "$steps_name" "$steps_seconds" "${2:-}" | sed 's/ *$//'
}

steps_end() {
    if [ -n "$steps_missing" ]; then
        echo "no step has the name ${steps_missing%,}"
        steps_failed=$((steps_failed + 1))
    fi
    echo "$steps_passed passed, $steps_failed failed, $steps_skipped skipped"
    [ "$steps_failed" -eq 0 ]
}
