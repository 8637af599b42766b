#!/bin/sh
# Tests what the Go guide says: its example, and a new module in an empty folder. The package itself has its tests in
# runtime/. Ends with "N passed, N failed, N skipped".
set -eu
cd "$(dirname "$0")/../.."
. scripts/settings.sh
. scripts/steps.sh
. scripts/tools.sh

here=bindings/go
root=$PWD
work=$PWD/$BUILD/bindings/go
mkdir -p "$work"
bindings/readme.sh $here/README.md text >"$work/wanted"

example() {
    "$GO" run ./$here/example >"$work/said"
    diff "$work/wanted" "$work/said"
}

# The commands are the guide's: those of an archive and of the sources. The modules that this one needs are those that it
# was built with, and nothing is asked for on the net.
from() { # from LANGUAGE: of the commands
    rm -rf "$work/user"
    mkdir -p "$work/user"
    bindings/readme.sh $here/README.md go >"$work/user/main.go"
    cmp $here/example/main.go "$work/user/main.go"
    bindings/readme.sh $here/README.md "$1" |
        sed "s|/where/the/sources/are|$root|; s|/where/goproxy/is|$work/goproxy|; s|go env|$GO env|; s|^go |$GO |" \
            >"$work/user/commands"
    cp go.sum "$work/user/"
    GOPROXY=file://$("$GO" env GOMODCACHE)/cache/download,off
    export GOPROXY GOMODCACHE="$work/modules" GOFLAGS=-modcacherw
    cd "$work/user"
    sh -eux commands >"$work/said"
    diff "$work/wanted" "$work/said"
}

# Twice the same bytes. The packages that a program must not import stay internal.
proxy() {
    rm -rf "$work/goproxy" "$work/again" "$work/modules"
    for folder in goproxy again; do
        SOURCE_DATE_EPOCH=1000000000 "$GO" run ./scripts/gomodule -out "$work/$folder" -version "$VERSION"
    done
    diff -r "$work/goproxy" "$work/again"
    from sh
    grep -q '^netmeshos.internal v' go.sum
    printf 'package main\n\nimport _ "netmeshos/internal/fault"\n' >internal.go
    if "$GO" vet . >"$work/said" 2>&1; then
        echo "another module may import what is internal"
        return 1
    fi
    grep 'use of internal package netmeshos/internal/fault not allowed' "$work/said"
}

sources() {
    from console
}

steps_begin "$BUILD/log/bindings/go"
check "example" example
check "go get from the archive's proxy" proxy
check "from the sources, in an empty folder" sources
steps_end
