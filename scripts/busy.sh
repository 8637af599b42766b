#!/bin/sh
# Runs a command again and again on a machine that has other things to do: no test may depend on how busy it is.
#   scripts/busy.sh [--loops N] [--rounds N] [--logs FOLDER] [COMMAND...]
# Beside COMMAND, by default all tests, run N busy loops (8). Each round (of 10) prints a line, and at the end a
# table says what failed, and in which rounds. What each round printed is in FOLDER (build/log/busy). Fails if a
# round did. ONLY=STEP,... picks steps of the tests, as it does for scripts/test.sh.
set -eu
cd "$(dirname "$0")/.."
. scripts/settings.sh

loops=8 rounds=10 logs=$BUILD/log/busy
while [ $# -gt 0 ]; do
    case $1 in
        --loops) loops=$2 && shift 2 ;;
        --rounds) rounds=$2 && shift 2 ;;
        --logs) logs=$2 && shift 2 ;;
        --*) echo "unknown option $1" >&2 && exit 2 ;;
        *) break ;;
    esac
done
[ $# -gt 0 ] || set -- scripts/test.sh

# The loops and the command, which ends with all that it has started: timeout gives it a process group. What nobody
# ends, because this script was killed, ends by itself.
loop_ids='' command='' log=''
end() {
    # Not TERM, which a shell that is not yet awk takes for the trap that it has of this one, and forgets.
    # shellcheck disable=SC2086  # a number each
    [ -z "$loop_ids" ] || kill -KILL $loop_ids 2>/dev/null || true
    [ -z "$command" ] || end_command
    loop_ids='' command=''
    wait
}

# The log is there as soon as the shell that becomes timeout has none of these traps. The second kill is for what
# timeout has begun without knowing it yet.
end_command() {
    until [ -e "$log" ] || ! kill -0 "$command" 2>/dev/null; do
        sleep 0.1
    done
    kill "$command" 2>/dev/null || true
    kill -- "-$command" 2>/dev/null || true
}
trap end EXIT

# Begins the loops and, in the background, so that a signal is heeded while it runs, the command. A signal that
# comes meanwhile is heeded when all their numbers are known.
begin() { # begin COMMAND...
    held=
    trap 'held=130' INT
    trap 'held=143' TERM HUP
    loop=0
    while [ "$loop" -lt "$loops" ]; do
        loop=$((loop + 1))
        awk 'BEGIN { srand(); end = srand() + 7200; while (srand() < end); }' &
        loop_ids="$loop_ids $!"
    done
    timeout 7200 "$@" >"$log" 2>&1 </dev/null &
    command=$!
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    [ -z "$held" ] || exit "$held"
}

# Lines that name a failure: of these steps, of TAP, of go test and of what Go prints as it dies.
failures() { # failures FILE
    grep -hoE '^ *(not ok [0-9]+ - .*|--- FAIL: [^ ]+|FAIL [^ ].*|panic: .*|fatal error: .*|WARNING: DATA RACE)' "$1" |
        sed -E 's/^ *//; s/^not ok [0-9]+ /not ok /; s/^(FAIL .*[^ ])  +[0-9]+ s .*/\1/' | sort -u
}

rm -rf "$logs"
mkdir -p "$logs"
: >"$logs/failures"
round=0 failed=0
while [ "$round" -lt "$rounds" ]; do
    round=$((round + 1))
    log=$logs/$round.log
    begun=$(date +%s)
    begin "$@"
    status=0
    wait "$command" || status=$?
    command=
    end
    result=ok
    if [ "$status" -ne 0 ]; then
        result=FAIL failed=$((failed + 1))
        failures "$log" >"$logs/round" || echo "status $status, log: $log" >"$logs/round"
        sed "s/^/$round	/" "$logs/round" >>"$logs/failures"
        rm -f "$logs/round"
    fi
    printf '%-4s round %2d %6d s  %s\n' "$result" "$round" $(($(date +%s) - begun)) "$(tail -n 1 "$log")"
done

awk -F '\t' '
    { count[$2]++; rounds[$2] = rounds[$2] (rounds[$2] ? "," : "") $1 }
    END { for (what in count) printf "%4d of '"$rounds"'  %s  (round %s)\n", count[what], what, rounds[what] }
' "$logs/failures" | sort -rn
echo "$((rounds - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
