#!/bin/sh
# The main job on a mesh: a server and three processes in C on three nodes, of which one reads a text of megabytes, one
# splits it and one counts the words. Meanwhile each of the three and the server is killed with -9 and started again,
# several times. The counts at the end are those of tr, sort and uniq.
#
#     demo-mesh.sh             with meshos up
#     demo-mesh.sh --outside   with a nats-server, which is fetched
#     demo-mesh.sh --cluster   with three of them, and everything stored on each
#     demo-mesh.sh needs       prints the products that it needs
#
# KILLS=3: how often each is killed. MEGABYTES=8, SECONDS_LONG=20: of the text, and how long its reading takes.
set -eu
cd "$(dirname "$0")/.."
. scripts/settings.sh

: "${KILLS:=3}" "${MEGABYTES:=8}" "${SECONDS_LONG:=20}"
kind=${1:-}
case $kind in
    needs)
        echo mesh/libnet_meshos.so mesh-words meshos
        exit
        ;;
    '' | --outside | --cluster) ;;
    *)
        echo "usage: scripts/demo-mesh.sh [--outside | --cluster | needs]" >&2
        exit 2
        ;;
esac

demo=$BUILD/demo-mesh
mkdir -p "$demo"
rm -rf "${demo:?}"/*
begun=$(date +%s)
servers=1
[ "$kind" != --cluster ] || servers=3

say() { printf '%3d s  %s\n' "$(($(date +%s) - begun))" "$*"; }

fail() {
    say "$*" >&2
    for log in "$demo"/*.log; do
        [ -s "$log" ] || continue
        echo "== the end of $log" >&2
        tail -n 5 "$log" >&2
    done
    exit 1
}

# await WHAT COMMAND...: until the command succeeds, at most two minutes.
await() {
    what=$1
    shift
    until=$(($(date +%s) + 120))
    until "$@"; do
        [ "$(date +%s)" -lt "$until" ] || fail "$what: not within two minutes"
        sleep 0.05
    done
}

pid() { cat "$demo/$1.pid"; }

# begin NAME OUT COMMAND...: starts a process, whose pid is in NAME.pid.
begin() {
    name=$1 out=$2
    shift 2
    "$@" >"$demo/$out" 2>>"$demo/$name.log" &
    echo $! >"$demo/$name.pid"
}

end_all() {
    for file in "$demo"/*.pid; do
        [ ! -e "$file" ] || kill "$1" "$(cat "$file")" 2>/dev/null || :
    done
}
trap 'end_all -9' EXIT
trap 'exit 1' INT TERM

# --- servers. The first start takes free ports, which each later one has again.

has() { grep -q "$1" "$2" 2>/dev/null; }
port_in() { sed -n "s/.*$1[^ ]*:\([0-9]*\).*/\1/p" "$2" | head -n 1; }

# Servers of a cluster must know each other's ports before they start. These are below those that the system gives to
# connections; one that is taken all the same is told by its server's log.
find_routes() {
    for number in $(seq "$servers"); do
        echo "$((10000 + ($$ * 3 + number) % 20000))" >"$demo/server$number.route"
    done
}

route() { cat "$demo/server$1.route"; }

other_routes() {
    for number in $(seq "$servers"); do
        [ "$number" = "$1" ] || printf 'nats://127.0.0.1:%s\n' "$(route "$number")"
    done | paste -s -d , -
}

server() { # server NUMBER
    client=$(cat "$demo/server$1.port" 2>/dev/null || :)
    case $kind in
        '') begin "server$1" "server$1.out" "$BUILD/meshos" up --listen "127.0.0.1:${client:-0}" --store "$demo/server$1" ;;
        --outside) begin "server$1" "server$1.out" "$nats" -js -sd "$demo/server$1" -a 127.0.0.1 -p "${client:--1}" ;;
        --cluster)
            begin "server$1" "server$1.out" "$nats" -js -sd "$demo/server$1" -a 127.0.0.1 -p "${client:--1}" \
                -n "s$1" -cluster_name demo -cluster "nats://127.0.0.1:$(route "$1")" -routes "$(other_routes "$1")"
            ;;
    esac
    [ -z "$client" ] || return 0
    if [ -z "$kind" ]; then
        await "server $1" has ready "$demo/server$1.out"
        port_in 'ready at nats:\/\/' "$demo/server$1.out" >"$demo/server$1.port"
    else
        await "server $1" has 'Listening for client connections' "$demo/server$1.log"
        port_in 'Listening for client connections on ' "$demo/server$1.log" >"$demo/server$1.port"
    fi
}

# --- nodes

id() { head -n 1 "$demo/$1.out"; }

node() { # node counter | splitter | reader
    case $1 in
        counter) begin counter counter.out "$BUILD/mesh-words" counter "$urls" 1 ;;
        splitter) begin splitter splitter.out "$BUILD/mesh-words" splitter "$urls" 2 "$counter" ;;
        reader)
            begin reader reader.out "$BUILD/mesh-words" reader "$urls" 3 "$splitter" "$counter" "$demo/text" \
                "$demo/progress" "$demo/counts" "$((size / SECONDS_LONG))"
            ;;
    esac
}

kill_and_start() { # kill_and_start NAME
    old=$(pid "$1")
    kill -9 "$old" || fail "$1 has ended by itself"
    wait "$old" 2>/dev/null || :
    say "$1 killed with -9 at $((100 * $(offset) / size)) % of the text, and started again"
    case $1 in
        server*) server "${1#server}" ;;
        *) node "$1" ;;
    esac
}

offset() { cut -d ' ' -f 1 "$demo/progress" 2>/dev/null || echo 0; }
is_at() { [ "$(offset)" -ge "$1" ] || ended reader; }
ended() { ! kill -0 "$(pid "$1")" 2>/dev/null; }

# --- the text: the project's own words, again and again

: >"$demo/text"
while [ "$(($(wc -c <"$demo/text") / 1048576))" -lt "$MEGABYTES" ]; do
    cat LICENSE README.md include/*.h >>"$demo/text"
done
size=$(wc -c <"$demo/text")

if [ -n "$kind" ]; then
    say "fetching nats-server"
    nats=$(scripts/nats-server.sh)
fi
[ "$kind" != --cluster ] || find_routes
urls=
for number in $(seq "$servers"); do
    server "$number"
    urls=$urls${urls:+,}nats://127.0.0.1:$(cat "$demo/server$number.port")
done
# shellcheck disable=SC2089,SC2090  # the quotes are JSON's
MESH_WORDS_MORE='"lease_ms": 1000'
# shellcheck disable=SC2089  # likewise
[ "$servers" = 1 ] || MESH_WORDS_MORE="\"replicas\": $servers"
# shellcheck disable=SC2090  # likewise
export MESH_WORDS_MORE
say "$servers server(s) at $urls"

# A cluster that has just begun may not have found all its servers yet.
runs() { # runs NODE
    [ ! -s "$demo/$1.out" ] || return 0
    if ended "$1"; then node "$1"; fi
    return 1
}

node counter
await "the counter" runs counter
counter=$(id counter)
node splitter
await "the splitter" runs splitter
splitter=$(id splitter)
node reader
say "three nodes: the counter is $counter, the splitter is $splitter, and the reader posts $size bytes"

victims="counter server1 splitter reader"
[ "$servers" = 1 ] || victims="counter server2 splitter server1 reader server3"
set --
for _ in $(seq "$KILLS"); do
    # shellcheck disable=SC2086  # a list
    set -- "$@" $victims
done
marks=$(($# + 1)) mark=0
for victim in "$@"; do
    mark=$((mark + 1))
    await "mark $mark" is_at "$((size * mark / marks))"
    kill_and_start "$victim"
done

say "nobody is killed any more"
( sleep 300 && kill -9 "$(pid reader)" 2>/dev/null ) &
watch=$!
status=0
wait "$(pid reader)" || status=$?
kill "$watch" 2>/dev/null || :
[ "$status" = 0 ] || fail "the reader has ended with the status $status"
say "$(cat "$demo/reader.out")"

LC_ALL=C tr -cs '[:alpha:]' '\n' <"$demo/text" | LC_ALL=C tr '[:upper:]' '[:lower:]' |
    sed '/^$/d' | LC_ALL=C sort | uniq -c | awk '{print $1, $2}' >"$demo/expected"
LC_ALL=C sort -k 2 "$demo/counts" >"$demo/counted"
LC_ALL=C sort -k 2 "$demo/expected" -o "$demo/expected"
cmp "$demo/counted" "$demo/expected" || fail "the counts are others: compare $demo/counted and $demo/expected"
say "tr, sort and uniq count the same: $(wc -l <"$demo/expected") different words, after $((marks - 1)) kills"

# In order, so that the mesh knows that they are gone.
all="splitter counter"
for number in $(seq "$servers"); do all="$all server$number"; done
for name in $all; do
    kill "$(pid "$name")"
    wait "$(pid "$name")" || fail "$name did not end in order"
    rm "$demo/$name.pid"
done
rm "$demo/reader.pid"
