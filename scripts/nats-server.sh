#!/bin/sh
# Fetches the nats-server that tests and the demo of the mesh run beside meshos up, into the build folder, and says where it is.
set -eu
cd "$(dirname "$0")/.."
. scripts/settings.sh

# The one that meshos has in it.
version=$(sed -n 's|^[[:blank:]]*github.com/nats-io/nats-server/v2 \(v[^ ]*\).*|\1|p' cmd/meshos/go.mod)
bin=$PWD/$BUILD/tools/bin
program=$bin/nats-server
"$program" --version 2>/dev/null | grep -qF "$version" || GOBIN="$bin" "$GO" install "github.com/nats-io/nats-server/v2@$version" >&2
echo "$program"
