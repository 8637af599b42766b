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

case $1 in
    ours) ours ;;
    *)
        echo "there is no peer '$1'"
        exit 2
        ;;
esac
