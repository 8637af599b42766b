#!/bin/sh
# Tests each language's binding with its own runner, bindings/LANGUAGE/test.sh, against the library in the build
# folder. Ends with "N passed, N failed, N skipped".
#   bindings/test.sh [LANGUAGE...]
# A runner is started in the project's root, counts with scripts/steps.sh, and skips what the machine lacks.
set -eu
cd "$(dirname "$0")/.."
. scripts/settings.sh
. scripts/steps.sh

all=$#
[ $# -gt 0 ] || set -- bindings/*/test.sh
steps_begin "$BUILD/log/bindings"
for language in "$@"; do
    language=${language#bindings/}
    language=${language%/test.sh}
    step "$language" "bindings/$language/test.sh"
done
# Measuring is not for a desk that is busy; that it works is seen where everything is.
if [ "$all" -eq 0 ] && [ "${CI:-}" = true ]; then
    step "what calls cost" bindings/bench.sh
fi
steps_end
