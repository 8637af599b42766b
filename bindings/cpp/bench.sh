#!/bin/sh
# What calls cost from C++: lines "name value unit".
#   bindings/cpp/bench.sh [BUILD]
set -eu
cd "$(dirname "$0")/../.."
BUILD=${1:-${BUILD:-build}}
. scripts/settings.sh
. scripts/tools.sh

need g++
mkdir -p "$BUILD/bindings/cpp"
g++ -std=c++17 -Wall -Wextra -Werror -O2 -Iinclude -Ibindings/cpp -o "$BUILD/bindings/cpp/bench" bindings/cpp/bench.cpp \
    -L"$BUILD" -lnet_meshos "-Wl,-rpath,$PWD/$BUILD" -lpthread
"$BUILD/bindings/cpp/bench"
