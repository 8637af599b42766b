# shellcheck shell=sh
# What all scripts agree on. Sourced from the project's root; each value may come from the environment.

# shellcheck source=scripts/version
. scripts/version

: "${BUILD:=build}"
: "${GO:=go}"
: "${LD:=ld}" "${AR:=ar}" "${OBJCOPY:=objcopy}" "${NM:=nm}" "${READELF:=readelf}" "${STRIP:=strip}"
: "${CFLAGS:=-O2 -g}"

# What the library is for, in Go's words; empty: this machine. MERGES: $CC's linker lacks --wrap (scripts/targets.sh).
: "${TARGET_OS:=}" "${TARGET_ARCH:=}" "${MERGES:=}"

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

# What building can't do without, asked for first: the errors of what calls it say less.
need_go() {
    wanted=$(sed -n 's/^go \([0-9]*\.[0-9]*\).*/\1/p' go.mod)
    if ! command -v "$GO" >/dev/null; then
        echo "$GO is not installed: get Go $wanted or newer from https://go.dev/dl/, or name yours with GO=/path/to/go" >&2
        exit 1
    fi
    # A Go from 1.21 on fetches the one that go.mod asks for, unless GOTOOLCHAIN forbids it. Then it fails in this
    # folder, and tells its own version in another.
    found=$("$GO" env GOVERSION 2>/dev/null) || found=$(cd / && "$GO" env GOVERSION)
    if [ -z "$found" ]; then
        echo "$GO is no Go: get Go $wanted or newer from https://go.dev/dl/, or name yours with GO=/path/to/go" >&2
        exit 1
    fi
    older=$(printf '%s\n' "$wanted" "${found#go}" | sort -V | head -n 1)
    if [ "$older" != "$wanted" ]; then
        echo "$GO is $found, which is too old: get Go $wanted or newer from https://go.dev/dl/," \
            "or name yours with GO=/path/to/go" >&2
        exit 1
    fi
}

need_cc() {
    if ! command -v "${CC%% *}" >/dev/null; then
        echo "${CC%% *} is not installed: get a C compiler and the C library's headers, such as Debian's gcc and libc6-dev" >&2
        exit 1
    fi
    # shellcheck disable=SC2086  # a command with its arguments
    if ! echo '#include <stdlib.h>' | $CC -E -x c - >/dev/null 2>&1; then
        echo "$CC finds no stdlib.h: get the C library's headers, such as Debian's libc6-dev" >&2
        exit 1
    fi
}
