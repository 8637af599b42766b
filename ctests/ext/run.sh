#!/bin/sh
# Runs the suite of the extension calls on a library: ctests/ext/run.sh LIBRARY [OPTION...]
# The options are the suite's. Without json-c there is no suite: status 77, and the last line says what to install.
set -eu
[ $# -ge 1 ] || {
    echo "usage: run.sh LIBRARY [OPTION...]" >&2
    exit 2
}
library=$(realpath "$1")
shift
cd "$(dirname "$0")/../.."
. scripts/settings.sh

# It is left out where there is no json-c, which may have come since.
suite=$BUILD/meshos-ext-suite
[ -e "$suite" ] || scripts/compile.sh meshos-ext-suite
[ -e "$suite" ] || exit 77
exec "$suite" --lib "$library" "$@"
