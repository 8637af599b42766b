#!/bin/sh
# The soak: SOAK_SECONDS of it; else 30 minutes, or 2 where CI=true.
set -eu
cd "$(dirname "$0")/../.."
. scripts/settings.sh

seconds=1800
[ "${CI:-}" != true ] || seconds=120
seconds=${SOAK_SECONDS:-$seconds}
work=$BUILD/soak
mkdir -p "$work"
# shellcheck disable=SC2086  # flags are a list
run $CC -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -Wconversion -Wshadow $CFLAGS -Iinclude ctests/soak/*.c \
    -o "$work/meshos-soak" -L"$BUILD" -lnet_meshos -Wl,-rpath,"$PWD/$BUILD" -lpthread
# Seconds after its time the last events are processed; what takes minutes hangs.
run timeout --foreground -k 10 $((seconds + 300)) "$work/meshos-soak" "$seconds"
