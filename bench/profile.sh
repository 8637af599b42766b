#!/bin/sh
# Records the profile that Go compiles the library with (capi/default.pgo), so that it inlines the code in which calls
# spend their time. Repeat it when that code has changed much. It takes a minute; nothing else should run meanwhile.
set -eu
cd "$(dirname "$0")/.."
. scripts/settings.sh

work=$BUILD/profile
mkdir -p "$work"
MESHOS_LINK_PROFILE=1 GOFLAGS="-tags=meshos_profile -pgo=off" BUILD=$work scripts/compile.sh libnet_meshos.so
# shellcheck disable=SC2086  # CC and CFLAGS are lists
run $CC -std=gnu11 $CFLAGS -Iinclude bench/profile/work.c -o "$work/work" -ldl
NET_MESHOS_PROFILE=$work/cpu.pprof run "$work/work" "$work/libnet_meshos.so"
run "$GO" -C bench/profile/strip run . "$PWD/$work/cpu.pprof" "$PWD/capi/default.pgo"
