#!/bin/sh
# Builds the program of one peer: build.sh PEER FOLDER makes FOLDER/PEER. Ends with 77, the last line saying why, where
# the machine lacks what the peer needs. What a registry has is fetched once, into FOLDER.
set -eu
case $2 in /*) folder=$2 ;; *) folder=$PWD/$2 ;; esac
cd "$(dirname "$0")/../.."
. scripts/settings.sh
. scripts/tools.sh
mkdir -p "$folder"
here=$PWD/bench/peers

ours() {
    need_cc
    # shellcheck disable=SC2086  # CC is a command with its arguments
    $CC -std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -Iinclude "$here"/ours/*.c -o "$folder/ours" -lpthread -ldl
}

# go_program NAME. Its modules go where Go keeps them.
go_program() {
    command -v "$GO" >/dev/null || lacking "$GO is not installed"
    need_go_for "$here/go"
    "$GO" -C "$here/go" list -deps ./... >/dev/null || lacking "the modules of bench/peers/go can't be fetched"
    "$GO" -C "$here/go" build -o "$folder/$1" "./$1"
}

# crate NAME: the versions are those of Cargo.lock.
crate() {
    need cargo
    (cd "$here/rust" && cargo fetch --quiet --locked) || lacking "the crates of bench/peers/rust can't be fetched"
    (cd "$here/rust" && cargo build --quiet --release --locked --target-dir "$folder/cargo" --features "$1" --bin "$1")
    cp "$folder/cargo/release/$1" "$folder/$1"
}

# Debian's package has the version.
erlang() {
    command -v erlc >/dev/null || lacking "erlc is not installed: Debian's package erlang-base"
    mkdir -p "$folder/erlang.beam"
    erlc -Werror -o "$folder/erlang.beam" "$here/erlang/daemons.erl"
    cat >"$folder/erlang" <<END
#!/bin/sh
ERL_CRASH_DUMP_SECONDS=0 exec erl -noshell -noinput +P 300000 -pa '$folder/erlang.beam' -eval 'daemons:main(init:get_plain_arguments())' \
    -extra "\$@"
END
    chmod +x "$folder/erlang"
}

# Debian's package has the version.
caf() {
    need g++
    echo '#include <caf/all.hpp>' | g++ -std=c++17 -fsyntax-only -x c++ - 2>/dev/null ||
        lacking "caf/all.hpp isn't found: Debian's package libcaf-dev"
    g++ -std=c++17 -O2 -DNDEBUG -Wall -Wextra -Werror "$here/caf/main.cpp" -o "$folder/caf" -lcaf_core -lpthread
}

case $1 in
    caf) caf ;;
    ours) ours ;;
    kameo | ractor | actix) crate "$1" ;;
    erlang) erlang ;;
    channel | protoactor) go_program "$1" ;;
    *)
        echo "there is no peer '$1'"
        exit 2
        ;;
esac
