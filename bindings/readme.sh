#!/bin/sh
# Prints the code in a page: readme.sh PAGE LANGUAGE, all blocks between ```LANGUAGE and ```.
set -eu
awk -v language="$2" '
    $0 == "```" language { inside = 1; found = 1; next }
    /^```$/ { inside = 0 }
    inside { print }
    END { exit !found }
' "$1"
