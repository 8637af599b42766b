#!/bin/sh
# Shows that the comparison and the curves work, with the peers that are quickly built, and that docs/performance.md
# shows what was measured. No figure is judged. Ends with "N passed, N failed, N skipped".
set -eu
cd "$(dirname "$0")/../.."
. scripts/settings.sh
. scripts/steps.sh
. scripts/tools.sh

work=$BUILD/peers-test
TOOLS=$BUILD/tools
export TOOLS
rm -rf "$work/peers/peers.json" "$work/curves/curves.json"

# A peer that is lacking skips its part; one that counts wrong fails it.
peer() { # peer NAME COLUMN
    need python3
    bench/peers/run.sh "$work" --quick --only "$1" --lib "$BUILD/libnet_meshos.so"
    grep -q "| *$2 |" "$work/peers/table.md"
}

two_libraries() {
    need python3
    bench/peers/run.sh "$work" --quick --only ours --cases ask --lib "$BUILD/libnet_meshos.so" \
        --vs "$BUILD/libnet_meshos.so"
    grep -q '| *libnet_meshos | *VS |' "$work/peers/table.md"
}

curves() {
    need python3
    bench/curves/run.sh "$work" --quick --lib "$BUILD/libnet_meshos.so"
    grep -q '"key": "nested"' "$work/curves/curves.json"
}

refused() { # refused OPTION...
    status=0
    bench/peers/run.sh "$work" --quick "$@" || status=$?
    [ "$status" -eq 2 ]
}

refuses() {
    need python3
    refused --only nobody
    refused --cases nothing
    refused --only ours --lib "$work/no-library.so"
    refused --only channel --cases start # which it doesn't have
}

rounds() {
    need python3
    python3 -B bench/peers/rounds_test.py
}

document() {
    need python3
    python3 -B bench/report.py --check
    python3 -B bench/mesh/report.py --check
    python3 -B bench/mesh/table_test.py
}

go_code() {
    command -v "$GO" >/dev/null || lacking "$GO is not installed"
    need_go_for bench/peers/go
    "$GO" -C bench/peers/go list -deps ./... >/dev/null || lacking "the modules of bench/peers/go can't be fetched"
    "$GO" -C bench/peers/go vet ./...
}

steps_begin "$work/log"
check "rounds" rounds
check "ours" peer ours libnet_meshos
check "two libraries" two_libraries
check "Go channel" peer channel 'Go channel'
check "protoactor-go" peer protoactor protoactor-go
check "go vet" go_code
check "kameo" peer kameo kameo
check "curves" curves
check "what is not there is refused" refuses
check "the document has the figures" document
steps_end
