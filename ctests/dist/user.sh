#!/bin/sh
# What a user of a language does with what `make dist` has made: user.sh LANGUAGE VERSION, in a folder that has
#   packages/   from make dist
#   app/        a program of the language's guide, and what it prints (wanted)
#   needed/     what the package needs from elsewhere, for there is no network
# and nothing of the sources.
set -eu
language=$1 version=$2
cd "$(dirname "$0")"
here=$PWD

run() {
    printf '%s\n' "$*"
    "$@"
}

says_what_it_should() { # says_what_it_should COMMAND...
    run "$@" >"$here/printed"
    sed 1d "$here/printed" | diff "$here/app/wanted" -
}

in_cpp() {
    for each in packages/*.deb; do
        [ ! -e "$each" ] || run dpkg --install packages/*.deb
        break
    done
    # shellcheck disable=SC2046  # flags
    run g++ -std=c++17 app/words.cpp $(pkg-config --cflags --libs net_meshos) -o words
    says_what_it_should ./words
    command -v cmake >/dev/null || return 0
    run cmake -S app -B built
    run cmake --build built
    says_what_it_should built/words
}

in_python() {
    run python3 -m venv venv
    run venv/bin/python -m pip install --quiet --disable-pip-version-check --no-index packages/*_"$(uname -m)".whl
    run venv/bin/python -W error app/readme.py app/README.md
}

# The crate is in a folder that stands for a registry: the program's manifest is as it would be with one.
in_rust() {
    mkdir -p vendor app/src .cargo
    tar -C vendor -xzf "packages/net-meshos-$version.crate"
    printf '{"files":{},"package":"%s"}\n' "$(sha256sum <"packages/net-meshos-$version.crate" | cut -c1-64)" \
        >"vendor/net-meshos-$version/.cargo-checksum.json"
    printf '[source.crates-io]\nreplace-with = "folder"\n[source.folder]\ndirectory = "%s/vendor"\n' "$here" >.cargo/config.toml
    cd app
    run cargo build --quiet --offline --target-dir "$here/target"
    says_what_it_should "$here/target/debug/words"
    # The library is in the program.
    ! ldd "$here/target/debug/words" | grep net_meshos
}

in_java() {
    classes="packages/net-meshos-$version.jar:$(echo needed/jna-*.jar)"
    run javac -cp "$classes" -d classes app/Main.java
    says_what_it_should java -cp "classes:$classes" Main
}

in_node() {
    cd app
    run npm install --offline --cache "$here/needed/npm" --ignore-scripts --no-audit --no-fund --silent \
        "$here/packages/net-meshos-$version.tgz"
    says_what_it_should node first.js
}

# The commands are the guide's. What else the module needs comes from a folder, too, and nobody can be asked for sums. Go
# remembers what a folder of modules has by its name alone, so that each module gets its own.
in_go() {
    mkdir unpacked
    tar -C unpacked -xzf "packages/net_meshos-$version-goproxy.tar.gz"
    export GOPROXY="file://$here/needed/go" GOSUMDB=off GOFLAGS="-modcacherw -trimpath" GOTOOLCHAIN=local CGO_ENABLED=0
    GOMODCACHE=$here/modules/$(cksum <"packages/net_meshos-$version-goproxy.tar.gz" | tr " " -)
    export GOMODCACHE GOCACHE="${GOCACHE:-$here/go-build}"
    cd app
    sed "s|/where/goproxy/is|$here/unpacked/goproxy|" commands >"$here/commands"
    sh -eux "$here/commands" >"$here/printed"
    diff wanted "$here/printed"
}

"in_$language"
