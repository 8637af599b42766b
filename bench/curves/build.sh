#!/bin/sh
# Builds the program of the curves: build.sh BUILDDIR makes BUILDDIR/curves/curves.
set -eu
case $1 in /*) folder=$1/curves ;; *) folder=$PWD/$1/curves ;; esac
cd "$(dirname "$0")/../.."
. scripts/settings.sh
need_cc
mkdir -p "$folder"
ours=bench/peers/ours
# shellcheck disable=SC2086  # CC is a command with its arguments
$CC -std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -Iinclude -I$ours bench/curves/*.c $ours/case.c $ours/daemon.c \
    $ours/library.c -o "$folder/curves" -lpthread -ldl
