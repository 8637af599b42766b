#!/bin/sh
# Makes the reference from the headers, by Doxygen: reference.sh. HTML into build/reference/html/, a man page for
# each call into build/reference/man/man3/.
set -eu
cd "$(dirname "$0")/.."
. scripts/settings.sh

command -v doxygen >/dev/null || {
    echo "doxygen is not installed" >&2
    exit 1
}
out=$BUILD/reference
rm -rf "$out"
mkdir -p "$out"
{
    cat packaging/reference/Doxyfile
    echo "PROJECT_NUMBER = $VERSION"
    echo "OUTPUT_DIRECTORY = $out"
} >"$out/Doxyfile"
doxygen "$out/Doxyfile"
# Pages of the whole headers are named as those, and of calls as these; Doxygen makes others of folders.
find "$out/man/man3" -type f ! -name 'net_meshos*' ! -name 'NetMeshOs*' -exec rm {} +
# Whenever they are made, they are the same.
# shellcheck disable=SC2046  # a list
sed -i "1,/^\.TH/s/^\(\.TH \"[^\"]*\" 3 \)\"[^\"]*\"/\1\"$VERSION\"/" $(grep -l "^\.TH" "$out"/man/man3/*.3)
echo "$out/html/index.html, and $(find "$out/man/man3" -type f | wc -l) man pages in $out/man/man3"
