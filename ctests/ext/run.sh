#!/bin/sh
# Builds the suite of the extension calls and runs it on a library.
#   ctests/ext/run.sh LIBRARY WORKDIR [OPTION...]
# The options are the suite's. CC and CFLAGS are taken as usual.
set -eu
[ $# -ge 2 ] || {
    echo "usage: run.sh LIBRARY WORKDIR [OPTION...]" >&2
    exit 2
}
library=$(realpath "$1")
mkdir -p "$2"
work=$(realpath "$2")
shift 2
cd "$(dirname "$0")"
# shellcheck disable=SC2086  # CFLAGS is a list
"${CC:-cc}" -std=c11 -Wall -Wextra -Werror -Wconversion -Wshadow ${CFLAGS:--O2 -g} -I. -I../../include \
    ./*.c cases/*.c -o "$work/meshos-ext-suite" -lpthread -ldl
exec "$work/meshos-ext-suite" --lib "$library" "$@"
