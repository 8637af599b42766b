# shellcheck shell=sh
# What all scripts agree on. Sourced from the project's root; each value may come from the environment.

# shellcheck source=scripts/version
. scripts/version

: "${BUILD:=build}"
: "${GO:=go}"
: "${LD:=ld}" "${AR:=ar}" "${OBJCOPY:=objcopy}" "${NM:=nm}" "${READELF:=readelf}"
: "${CFLAGS:=-O2 -g}"

# cgo's default, so that the Go build cache is shared with a plain `go build`.
if [ -z "${CC:-}" ]; then
    if command -v gcc >/dev/null; then CC=gcc; else CC=cc; fi
fi
export CC

# A child of make would take part in its job server and print its directory.
unset MAKEFLAGS MFLAGS MAKELEVEL

run() {
    printf '%s\n' "$*"
    "$@"
}
