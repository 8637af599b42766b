#!/bin/sh
# What calls cost from Java: lines "name value unit".
#   bindings/java/bench.sh [BUILD]
set -eu
cd "$(dirname "$0")/../.."
BUILD=${1:-${BUILD:-build}}
. scripts/settings.sh
. scripts/tools.sh
. bindings/java/tools.sh

need_jar >&2
javac -d "$java_work/bench" -cp "$classpath" bindings/java/bench/Bench.java
java -cp "$java_work/bench:$classpath" Bench
