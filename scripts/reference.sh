#!/bin/sh
# Makes the reference from the headers, by Doxygen: reference.sh. HTML goes into build/reference/html/, with a page
# for each call. The man pages are made besides, as scripts/compile.sh does.
set -eu
cd "$(dirname "$0")/.."
. scripts/settings.sh

command -v doxygen >/dev/null || {
    echo "doxygen is not installed" >&2
    exit 1
}
# Which example a call has is noted beside its man page.
need_go
scripts/compile.sh man3
out=$BUILD/reference
rm -rf "$out"
mkdir -p "$out"
{
    cat packaging/reference/Doxyfile
    echo "PROJECT_NUMBER = $VERSION"
    echo "OUTPUT_DIRECTORY = $out"
    echo "FILTER_PATTERNS = *.h=\"awk -v examples=$BUILD/man3/examples -f packaging/reference/comments.awk\""
} >"$out/Doxyfile"
doxygen "$out/Doxyfile"
echo "$out/html/index.html, and $(find "$BUILD/man3" -name '*.3' | wc -l) man pages in $BUILD/man3"
