#!/bin/sh
# What calls cost from Rust: lines "name value unit".
#   bindings/rust/bench.sh [BUILD]
set -eu
cd "$(dirname "$0")/../.."
BUILD=${1:-${BUILD:-build}}
. scripts/settings.sh
. scripts/tools.sh

need cargo
export CARGO_TARGET_DIR="$PWD/$BUILD/bindings/rust/target" NET_MESHOS_LIB_DIR="$PWD/$BUILD"
cd bindings/rust
LD_LIBRARY_PATH=$NET_MESHOS_LIB_DIR cargo run --quiet --release --offline --example bench
