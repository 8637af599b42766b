#!/bin/sh
# What calls cost from C: lines "name value unit".
#   bindings/c/bench.sh [BUILD]
set -eu
cd "$(dirname "$0")/../.."
BUILD=${1:-${BUILD:-build}}
. scripts/settings.sh

mkdir -p "$BUILD/bindings/c"
$CC -std=c11 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Werror -Wconversion -Wshadow -O2 -Iinclude -o "$BUILD/bindings/c/bench" \
    bindings/c/bench.c -L"$BUILD" -lnet_meshos "-Wl,-rpath,$PWD/$BUILD" -lpthread
"$BUILD/bindings/c/bench"
