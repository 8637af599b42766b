#!/bin/sh
# Writes a C file that holds a pointer to each function of the headers, so that the debug information of its object
# has every type that crosses the border: probe.sh INCLUDE-FOLDER CC >FILE
set -eu
include=$1 cc=$2
echo '#include <net_meshos_ext.h>'
for header in "$include"/*.h; do
    # shellcheck disable=SC2086  # a compiler may be a list
    $cc -E -P "-I$include" "$header"
done | grep -oE '\bnet_meshos_[a-z0-9_]+ *\(' | tr -d ' (' | LC_ALL=C sort -u | while read -r name; do
    echo "__typeof__(&$name) abi_$name = &$name;"
done
