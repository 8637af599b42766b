#!/bin/sh
# Starts a server, and a host that joins its mesh, and asks the operators' tool for it: join.sh MESHOS PROGRAM.
# MESHOS is the tool, and PROGRAM was built from main.c. Needs a loopback, and works in a folder of its own.
set -eu
meshos=$1 program=$2
work=$(mktemp -d)
server='' host=''
finish() {
    for each in $host $server; do
        kill "$each" 2>/dev/null || true
        wait "$each" || true
    done
    rm -rf "$work"
}
trap finish EXIT

within_a_minute() { # within_a_minute FILE PROCESS COMMAND...: FILE is shown when it doesn't come true
    file=$1 process=$2
    shift 2
    tries=0
    until "$@"; do
        tries=$((tries + 1))
        if [ "$tries" -gt 600 ] || ! kill -0 "$process" 2>/dev/null; then
            cat "$file"
            exit 1
        fi
        sleep 0.1
    done
}

says() { grep -q "$2" "$1"; }

tool_sees() { # tool_sees WHAT PATTERN
    "$meshos" "$1" --json >"$work/seen" 2>&1 && grep -qE "$2" "$work/seen"
}

"$meshos" up --listen 127.0.0.1:0 --store "$work/store" >"$work/server" 2>&1 &
server=$!
within_a_minute "$work/server" $server says "$work/server" '^meshos: ready at .*, sync always$'
MESHOS_SERVER=$(sed -n 's/^meshos: ready at \([^,]*\),.*/\1/p' "$work/server")
export MESHOS_SERVER

printf '{"mesh": {"servers": ["%s"]}}\n' "$MESHOS_SERVER" >"$work/node.json"
mkfifo "$work/input"
NET_MESHOS_CONFIG=$work/node.json "$program" <"$work/input" >"$work/host" 2>&1 &
host=$!
exec 3>"$work/input"
within_a_minute "$work/host" $host says "$work/host" '^ready$'
within_a_minute "$work/seen" $host tool_sees nodes '"node_id": *"?0*7"?,'
within_a_minute "$work/seen" $host tool_sees daemons '"name": *"packaged"'
cat "$work/seen"
exec 3>&-
wait $host
host=''
cat "$work/host"
printf 'ready\noutput: from a package\n' | cmp - "$work/host"
kill $server
wait $server
server=''
