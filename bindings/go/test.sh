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

# The commands are the guide's. The modules that this one needs are those that it was built with.
readme() {
    rm -rf "$work/user"
    mkdir -p "$work/user"
    bindings/readme.sh $here/README.md go >"$work/user/main.go"
    cmp $here/example/main.go "$work/user/main.go"
    bindings/readme.sh $here/README.md sh | sed "s|/where/the/sources/are|$root|; s|^go |$GO |" >"$work/user/commands"
    cp go.sum "$work/user/"
    cd "$work/user"
    sh -eux commands >"$work/said"
    diff "$work/wanted" "$work/said"
}

steps_begin "$BUILD/log/bindings/go"
check "example" example
check "README in an empty folder" readme
steps_end
