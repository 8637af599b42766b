#!/bin/sh
# Prints the version of one peer: version.sh PEER.
set -eu
cd "$(dirname "$0")/../.."
. scripts/settings.sh
here=bench/peers

crate() {
    awk -v name="\"$1\"" '$1 == "name" { found = $3 == name } $1 == "version" && found { gsub("\"", "", $3); print $3 }' \
        "$here/rust/Cargo.lock"
}

case $1 in
    ours) git describe --always --dirty 2>/dev/null || echo "$VERSION" ;;
    channel) "$GO" env GOVERSION ;;
    protoactor) sed -n 's/.*protoactor-go v[0-9.]*-\([0-9]\{8\}\).*/\1/p' "$here/go/go.mod" ;;
    kameo | ractor | actix) crate "$1" ;;
    erlang) erl -noshell -eval 'io:format("~s~n", [erlang:system_info(otp_release)]), halt().' ;;
    caf) printf '#include <caf/config.hpp>\nCAF_VERSION\n' | g++ -E -x c++ - | tail -n 1 |
        awk '{ printf "%d.%d.%d\n", $1 / 10000, $1 / 100 % 100, $1 % 100 }' ;;
    *) exit 2 ;;
esac
