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

# The commands are the page's. The modules that this one needs are those that it was built with, and nothing is asked for
# on the net. Go remembers what a folder of modules has by its name alone, so another module of the same version gets
# another folder.
user() { # user PAGE
    rm -rf "$work/user" "$work/modules"
    mkdir -p "$work/user"
    bindings/readme.sh $here/README.md go >"$work/user/main.go"
    sed 's|"netmeshos.internal/|"netmeshos/|' "$work/user/main.go" | cmp $here/example/main.go -
    bindings/readme.sh "$1" sh >"$work/commands"
    cp go.sum "$work/user/"
    GOPROXY=file://$("$GO" env GOMODCACHE)/cache/download,off
    GOMODCACHE=$work/modules/$(cksum <"$work/goproxy/netmeshos.internal/@v/v$VERSION.zip" | tr " " -)
    export GOPROXY GOMODCACHE GOFLAGS="-modcacherw -trimpath"
    cd "$work/user"
    sed "s|/where/goproxy/is|$work/goproxy|; s|go env|$GO env|; s|^go |$GO |" "$work/commands" >commands
    sh -eux commands >"$work/said"
    diff "$work/wanted" "$work/said"
    grep -q '^netmeshos.internal v' go.sum
}

# The folder is made as the guide says, and twice of the same bytes. The packages that a program must not import stay
# internal.
proxy() {
    rm -rf "$work/goproxy" "$work/again"
    bindings/readme.sh $here/README.md console |
        sed "s|/where/the/sources/are|$root|; s|/where/goproxy/is|$work/goproxy|; s| go | $GO |" >"$work/making"
    sh -eux "$work/making"
    SOURCE_DATE_EPOCH=0 "$GO" run ./scripts/gomodule -out "$work/again" -version "$VERSION"
    diff -r "$work/goproxy" "$work/again"
    user $here/README.md
    printf 'package main\n\nimport _ "netmeshos.internal/internal/fault"\n' >internal.go
    if "$GO" vet . >"$work/said" 2>&1; then
        echo "another module may import what is internal"
        return 1
    fi
    grep 'use of internal package netmeshos.internal/internal/fault not allowed' "$work/said"
}

front_page() {
    user README.md
}

steps_begin "$BUILD/log/bindings/go"
check "example" example
check "go get, as the guide says" proxy
check "go get, as the README says" front_page
steps_end
