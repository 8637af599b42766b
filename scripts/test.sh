#!/bin/sh
# Every test there is, one step after the other. Called by `make test` and `./build.sh test`, which hand
# over in BUILD_ALL how to build. Logs: build/log/. ONLY=STEP,...: these steps alone, by their names below.
set -eu
cd "$(dirname "$0")/.."
. scripts/settings.sh
. scripts/steps.sh
. scripts/tools.sh

gofmt_clean() {
    files=$(find . -name '*.go' ! -path "./$BUILD/*")
    # shellcheck disable=SC2086  # one argument per file
    unformatted=$("$(dirname "$(command -v "$GO")")/gofmt" -l $files)
    [ -z "$unformatted" ] || {
        echo "not formatted with gofmt:"
        echo "$unformatted"
        return 1
    }
}

vet_profile() {
    need_go_for bench/profile/strip
    "$GO" -C bench/profile/strip vet ./...
}

mesh_tool_vet() {
    need_go_for cmd/meshos
    "$GO" -C cmd/meshos vet -tags mesh ./...
}

mesh_tool_tests() {
    need_go_for cmd/meshos
    # shellcheck disable=SC2086  # an option or nothing
    limited "$GO" -C cmd/meshos test -tags mesh -timeout 20m $fresh ./...
}

# With both servers, meshos and nats-server, and without one missing unnoticed.
mesh() {
    NET_MESHOS_NATS_SERVER=$(scripts/nats-server.sh) || lacking "nats-server can't be fetched"
    export NET_MESHOS_NATS_SERVER
    # shellcheck disable=SC2086  # an option or nothing
    limited "$GO" test -race -tags mesh -timeout 30m $fresh ./internal/mesh/...
}

extension_calls() {
    need_built meshos-ext-suite json-c libjson-c-dev
    limited "$BUILD/meshos-ext-suite" --lib "$BUILD/libnet_meshos.so"
}

benchmark_works() {
    need_built meshos-bench json-c libjson-c-dev
    limited bench/test.sh "$BUILD"
}

# Go remembers the results of unchanged tests. That saves a developer time, and proves less than a run.
fresh=
[ "${CI:-}" != true ] || fresh=-count=1

# The programs of some steps have an ONLY of their own.
only=${ONLY:-}
unset ONLY

need_go
need_cc
begun=$(date +%s)
echo "make test: $(grep -cE '^(check|suite|step|\[.* step) ' scripts/test.sh) steps, about 30 minutes on two processors, and" \
    "some more the first time, for what is fetched. Logs: $BUILD/log/"
steps_begin "$BUILD/log" "$only"

# shellcheck disable=SC2086  # a command with its arguments
check "build" ${BUILD_ALL:-scripts/compile.sh all}
check "gofmt" gofmt_clean
check "go vet" "$GO" vet ./...
check "go vet gotests" "$GO" -C gotests vet ./...
check "go vet bench/profile" vet_profile
check "go vet cmd/meshos" mesh_tool_vet
check "go vet mesh" "$GO" vet -tags mesh ./...
check "go vet profiling" "$GO" vet -tags meshos_profile ./capi
# shellcheck disable=SC2086  # an option or nothing
step "go test -race" "$GO" test -race -timeout 20m $fresh ./...
# shellcheck disable=SC2086
step "go test -race gotests" "$GO" -C gotests test -race -timeout 20m $fresh ./...
suite "go test cmd/meshos" mesh_tool_tests
suite "go test -race mesh" mesh
step "C units with sanitizers" ctests/unit/run.sh "$CC" "$BUILD/unit"
step "panics" ctests/panic/run.sh
step "mesh under faults" ctests/mesh/run.sh --jobs 3
step "exports" ctests/exports/run.sh
step "editions" ctests/editions/run.sh
step "conformance" "$BUILD/meshos-conformance" --lib "$BUILD/libnet_meshos.so" --strict \
    --junit "$BUILD/conformance.xml"
suite "extension calls" extension_calls
step "ABI" ctests/abi/run.sh
step "broken libraries are caught" ctests/broken/run.sh "$BUILD/meshos-conformance" "$BUILD/broken" "$CC"
step "guest" ctests/guest/run.sh
step "hosts" ctests/hosts/run.sh
step "fuzzer" ctests/fuzz/run.sh
step "checkers" ctests/checkers/run.sh
step "consumers" ctests/consumers/run.sh
step "bindings" bindings/test.sh
step "install" ctests/install/run.sh
step "dist" ctests/dist/run.sh
step "Windows under wine" ctests/windows/run.sh
step "pages" ctests/pages/run.sh
step "reference" ctests/reference/run.sh
step "example tally" examples/tally_test.sh
step "demo on a mesh" env KILLS=1 MEGABYTES=2 SECONDS_LONG=6 scripts/demo-mesh.sh
step "example words" examples/words_test.sh "$BUILD" "$BUILD/words-test"
step "examples logpipe and gateway" examples/uses_test.sh
suite "benchmark works" benchmark_works
step "benchmark beside peers" bench/peers/test.sh
step "scripts" ctests/scripts/run.sh
# Memory that grows shows after minutes: at a desk `make soak`.
[ "${CI:-}" != true ] || step "soak" ctests/soak/run.sh
step "fresh machine" ctests/fresh/run.sh

echo "It took $((($(date +%s) - begun) / 60)) minutes."
steps_end
