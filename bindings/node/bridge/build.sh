#!/bin/sh
# Compiles the package's part in C, with CC or cc: bindings/node/bridge/build.sh FILE
# It calls the library, Node and koffi by addresses, so that only libc is linked. nodelete: koffi unloads what a Worker has
# loaded when that ends, and threads of the library may be in it.
set -eu
file=$1
here=$(dirname "$0")
# shellcheck disable=SC2086  # a command with its arguments
exec ${CC:-cc} -std=c11 -D_POSIX_C_SOURCE=200809L -O2 -Wall -Wextra -Wconversion -Wshadow -fPIC -fvisibility=hidden \
    -shared "$here"/*.c -lpthread -Wl,-z,nodelete -Wl,-z,defs -Wl,-z,relro -Wl,-z,now -Wl,-s -o "$file"
