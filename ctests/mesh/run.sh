#!/bin/sh
# Kills nodes and servers of a mesh, and counts every event: run.sh [OPTION...], with the options of chaos.py. Needs
# BUILD/meshos and BUILD/mesh/libnet_meshos.so.
set -eu
cd "$(dirname "$0")/../.."
. scripts/settings.sh
if ! command -v python3 >/dev/null; then
    echo "python3 is not installed, which kills and counts"
    exit 77
fi
for product in meshos mesh/libnet_meshos.so; do
    if [ ! -e "$BUILD/$product" ]; then
        echo "there is no $BUILD/$product: run make first" >&2
        exit 2
    fi
done
mkdir -p "$BUILD/mesh-tests"
# shellcheck disable=SC2086  # CC is a command with options
$CC -std=c11 -O2 -Wall -Wextra -Iinclude ctests/mesh/*.c -o "$BUILD/mesh-tests/node" \
    -L"$BUILD/mesh" -lnet_meshos -lpthread
# shellcheck disable=SC2086
$CC -std=c11 -O2 -Wall -Wextra ctests/mesh/clock/*.c -o "$BUILD/mesh-tests/skew"
if [ "${CI:-}" = true ]; then
    scripts/nats-server.sh >/dev/null # some faults need another server than meshos
fi
exec python3 -B ctests/mesh/chaos.py --build "$BUILD" --programs "$BUILD/mesh-tests" "$@"
