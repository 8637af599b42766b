#!/bin/sh
# Holds the two editions of the library to what they promise: the core has no network code, the mesh edition
# has the same calls, is small, costs little while no mesh is configured, and passes what the core passes.
set -eu
cd "$(dirname "$0")/../.."
. scripts/settings.sh
. scripts/steps.sh

core=${1:-$BUILD/libnet_meshos.so}
mesh=${2:-$BUILD/mesh/libnet_meshos.so}
work=$BUILD/editions
mkdir -p "$work"
export LC_ALL=C

# Go's runtime keeps the names of all functions, stripped or not.
packages='github\.com/nats-io/|net\.\(\*netFD\)|net\.\(\*Resolver\)|crypto/tls\.\(\*Conn\)|internal/mesh/link'
# Go makes system calls by itself, but for what it takes from libc.
sockets='^(socket|connect|bind|listen|accept4?|send|sendto|sendmsg|recv|recvfrom|recvmsg|getaddrinfo|getnameinfo|res_.*)(@.*)?$'

names_of() { grep -aoE "$packages" "$1" | sort -u; }

core_has_no_package_of_the_network() {
    found=$(names_of "$core" || true)
    printf 'in the core: %s\n' "${found:-nothing}"
    [ -z "$found" ]
    names_of "$mesh" >"$work/mesh-names" # or the names that are looked for are wrong
    cat "$work/mesh-names"
    [ "$(wc -l <"$work/mesh-names")" -ge 5 ]
}

core_imports_no_socket() {
    "$NM" -D --undefined-only "$core" | awk '{ print $NF }' >"$work/imports"
    grep -q '^pthread_create' "$work/imports"
    ! grep -E "$sockets" "$work/imports"
}

same_calls() {
    for library in "$core" "$mesh"; do
        "$NM" -D --defined-only "$library" | awk '{ print $2, $NF }' | sort >"$work/$(basename "$(dirname "$library")").calls"
    done
    cmp "$work/$(basename "$(dirname "$core")").calls" "$work/$(basename "$(dirname "$mesh")").calls"
}

mesh_is_small() {
    size=$(wc -c <"$mesh")
    echo "$size bytes"
    [ "$size" -le 12000000 ]
}

mesh_costs_little() {
    # shellcheck disable=SC2086  # a list
    run $CC -std=c11 -Wall -Wextra -Werror $CFLAGS -Iinclude ctests/editions/first_start.c -ldl -o "$work/first_start"
    run "$work/first_start" "$mesh" "$core"
}

core_says_where_the_mesh_is() {
    run "$work/first_start" "$core" mesh
}

need_built() {
    [ -x "$BUILD/$1" ] || { echo "$1 wasn't built: install json-c 0.14 or newer" && exit 77; }
}

extensions() {
    need_built meshos-ext-suite
    "$BUILD/meshos-ext-suite" --lib "$mesh" --slow 4
}

# The server of the suites in a mesh; empty: there is none.
server() {
    program=${NET_MESHOS_SERVER_PROGRAM:-$BUILD/meshos}
    if [ ! -x "$program" ]; then
        echo "no server of a mesh: build $BUILD/meshos, or name one with NET_MESHOS_SERVER_PROGRAM"
        exit 77
    fi
    store=$(mktemp -d)
    "$program" up --listen 127.0.0.1:0 --store "$store/store" --sync 2m >"$store/said" 2>&1 &
    server=$!
    trap 'kill "$server"; wait "$server" || true; rm -rf "$store"' EXIT
    tries=0
    until url=$(sed -n 's/^meshos: ready at \([^,]*\),.*/\1/p' "$store/said") && [ -n "$url" ]; do
        tries=$((tries + 1))
        [ "$tries" -lt 600 ] && kill -0 "$server" || { cat "$store/said" && exit 1; }
        sleep 0.1
    done
}

# Each SDK is the one node of a mesh of its own. Cases whose promise is another one there check that. A thousand
# registrations, each of which waits for the server several times, take long on a busy machine.
extensions_in_mesh() {
    need_built meshos-ext-suite
    server
    MESHOS_TEST_SERVER=$url MESHOS_TEST_EVENTS=$1 "$BUILD/meshos-ext-suite" --lib "$mesh"
}

# Each SDK is the one node of a durable mesh. A filter with a bracket is a pattern, and so fits one name alone.
conformance_in_mesh() {
    server
    "$BUILD/meshos-conformance" --list | sed 's/[[:space:]].*//' | sort >"$work/all"
    sed -n 's/^\([^#	]*\)	.*/\1/p' ctests/conformance/in_mesh.txt | sort >"$work/left-out"
    [ -z "$(comm -13 "$work/all" "$work/left-out")" ] # or a name there is wrong
    set --
    for name in $(comm -23 "$work/all" "$work/left-out"); do
        set -- "$@" --filter "[${name%"${name#?}"}]${name#?}"
    done
    MESHOS_TEST_SERVER=$url "$BUILD/meshos-conformance" --lib "$mesh" --strict "$@"
}

steps_begin "$work/log"
check "the core has no package of the network" core_has_no_package_of_the_network
check "the core imports no socket" core_imports_no_socket
check "both have the same calls" same_calls
check "the mesh edition is at most 12 MB" mesh_is_small
check "the mesh edition costs little without a mesh" mesh_costs_little
check "the core says where the mesh is" core_says_where_the_mesh_is
suite "conformance of the mesh edition" "$BUILD/meshos-conformance" --lib "$mesh" --strict
suite "extension calls of the mesh edition" extensions
suite "the same in a mesh of one node" extensions_in_mesh direct
suite "the same where events are durable" extensions_in_mesh durable
suite "conformance where events are durable" conformance_in_mesh
steps_end
