#!/bin/sh
# Tests each language's binding with its own runner, bindings/LANGUAGE/test.sh, against the library in the build
# folder. Ends with "N passed, N failed, N skipped".
#   bindings/test.sh [LANGUAGE...]
# A runner is started in the project's root, counts with scripts/steps.sh, and skips what the machine lacks.
set -eu
cd "$(dirname "$0")/.."
. scripts/settings.sh
. scripts/steps.sh

[ $# -gt 0 ] || set -- bindings/*/test.sh
steps_begin "$BUILD/log/bindings"
for language in "$@"; do
    language=${language#bindings/}
    language=${language%/test.sh}
    step "$language" "bindings/$language/test.sh"
done
steps_end
