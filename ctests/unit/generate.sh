#!/bin/sh
# Writes what the unit tests need to know of the sources, so that nobody keeps it by hand:
#
#   _cgo_export.h   Go's exports as cgo declares them
#   fakes.h/.c      an export of each name that notes its arguments: see fake_go.h
#   abi_calls.h     the calls of include/*.h: see scripts/calls.sh
#   suites.inc      SUITE(NAME) for each test_NAME.c
#
#   ctests/unit/generate.sh FOLDER
set -eu
cd "$(dirname "$0")/../.."
folder=$1
mkdir -p "$folder/_cgo" # a name that ./... leaves out
here=$PWD
folder=$(cd "$folder" && pwd)

(
    cd capi
    # shellcheck disable=SC2046  # a list
    "${GO:-go}" tool cgo -objdir "$folder/_cgo/" -exportheader "$folder/_cgo_export.h" -- \
        -std=c11 -D_POSIX_C_SOURCE=200809L -I"$here/include" -I. \
        $("${GO:-go}" list -f '{{join .CgoFiles " "}}' .)
)
awk -v out="$folder/fakes" -f ctests/unit/fakes.awk "$folder/_cgo_export.h"
scripts/calls.sh header >"$folder/abi_calls.h"
for source in ctests/unit/test_*.c; do
    source=${source##*/test_}
    echo "SUITE(${source%.c})"
done >"$folder/suites.inc"
