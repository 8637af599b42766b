#!/bin/sh
# What calls cost from Node: lines "name value unit".
#   bindings/node/bench.sh [BUILD]
set -eu
cd "$(dirname "$0")/../.."
BUILD=${1:-${BUILD:-build}}
. scripts/settings.sh
. scripts/tools.sh
. bindings/node/tools.sh

need_node_package >&2
cp bindings/node/bench.js "$node_user/"
node "$node_user/bench.js"
