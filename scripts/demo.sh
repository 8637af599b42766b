#!/bin/sh
# Runs the example on a text that is always there.
set -eu
cd "$(dirname "$0")/.."
. scripts/settings.sh

run "$BUILD/tally" --lines-per-log 50 LICENSE
