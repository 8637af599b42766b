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
    "$GO" -C "$here/go" mod download || lacking "the modules of bench/peers/go can't be fetched"
    "$GO" -C "$here/go" build -o "$folder/$1" "./$1"
}

case $1 in
    ours) ours ;;
    channel | protoactor) go_program "$1" ;;
    *)
        echo "there is no peer '$1'"
        exit 2
        ;;
esac
