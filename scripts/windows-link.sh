#!/bin/sh
# Stands in for the C compiler when Go's linker links the DLL (its option -extld): $MESHOS_DEF says what is exported,
# and not Go's list, which has our functions in Go alone.
set -eu
for arg in "$@"; do
    shift
    case $arg in */export_file.def) arg=$MESHOS_DEF ;; esac
    set -- "$@" "$arg"
done
# shellcheck disable=SC2086  # a command with its arguments
exec $MESHOS_CC "$@"
