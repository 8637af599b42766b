#!/bin/sh
# The ABI guard. Exported functions with their versions, the types that cross the border and the constants are held to
# ctests/abi/baseline/; old and new programs are run on new and old libraries. Ends with "N passed, N failed, N skipped".
#   ctests/abi/run.sh            fails if anything differs
#   ctests/abi/run.sh --accept   takes what is there as the new baseline: for a change on purpose, see docs/abi-policy.md
# shellcheck disable=SC2086  # compilers and flags are lists
set -eu
cd "$(dirname "$0")/../.."
. scripts/settings.sh
. scripts/steps.sh
. scripts/tools.sh

here=ctests/abi
work=$BUILD/abi
library=$PWD/$BUILD/libnet_meshos.so
baseline=$here/baseline
link="-ldl -lpthread"
export LC_ALL=C
mkdir -p "$work"

# "name version", "-" for none. The absolute symbol that stands for a version itself is none of ours.
symbols() { # symbols LIBRARY
    "$NM" -D --defined-only "$1" | awk '$2 != "A" { n = split($NF, part, "@+"); print part[1], (n > 1 ? part[2] : "-") }' | sort
}

# "NAME value": each macro with a value, as the compiler sees it. The version goes up without a change of the ABI.
constants() { # constants INCLUDE
    for header in "$1"/*.h; do
        $CC -E -dM "-I$1" "$header"
    done | awk '$2 ~ /^NET_MESHOS_/ && $2 !~ /VERSION$/ && NF > 2 { sub(/^#define /, ""); print }' | sort -u
}

# The types as Debian's abigail-tools read them out of debug information, in a form that is compared by meaning.
types() { # types INCLUDE OUTPUT
    need abidw
    "$here/probe.sh" "$1" "$CC" >"$work/probe.c"
    $CC -std=gnu11 -g -fPIC -shared "-I$1" "$work/probe.c" -o "$work/libprobe.so"
    # Types by their hash: with numbers, a new type would change the lines of all that follow.
    abidw --no-corpus-path --no-comp-dir-path --no-show-locs --type-id-style hash --out-file "$2" "$work/libprobe.so"
}

differs() {
    echo "This is the ABI. If the change is meant: $here/run.sh --accept, and docs/abi-policy.md."
    return 1
}

same_symbols() { # same_symbols LIBRARY
    symbols "$1" >"$work/symbols"
    [ -s "$work/symbols" ]
    diff "$baseline/symbols" "$work/symbols" || differs
}

same_constants() { # same_constants INCLUDE
    constants "$1" >"$work/constants"
    diff "$baseline/constants" "$work/constants" || differs
}

same_types() { # same_types INCLUDE
    need abidiff
    types "$1" "$work/types.abi"
    abidiff "$baseline/types.abi" "$work/types.abi" || differs
}

accept() {
    symbols "$library" >"$baseline/symbols"
    constants include >"$baseline/constants"
    (types include "$baseline/types.abi")
    echo "accepted: look at 'git diff $baseline'"
}

# An edit that might happen by accident must be noticed: notices CHECK HEADER SED-SCRIPT WORDS
notices() {
    rm -rf "$work/include"
    cp -R include "$work/include"
    sed -i "$3" "$work/include/$2"
    ! cmp -s "include/$2" "$work/include/$2" || {
        echo "the edit no longer changes anything"
        return 1
    }
    status=0
    ("$1" "$work/include") >"$work/noticed" 2>&1 || status=$?
    cat "$work/noticed"
    [ $status -ne 77 ] || exit 77
    [ $status -ne 0 ] && grep -q "$4" "$work/noticed"
}

notices_a_missing_function() {
    sed '/^net_meshos_ext_flush /d' "$baseline/symbols" >"$work/fewer"
    diff "$work/fewer" "$baseline/symbols" && return 1
    # A library whose extension calls have no versions.
    $CC -shared -fPIC -DEXT -Iinclude "$here/stand_in.c" -o "$work/unversioned.so"
    ! same_symbols "$work/unversioned.so"
}

looked_up() {
    $CC -D_GNU_SOURCE -std=c11 -Wall -Wextra -Werror "$here/lookup.c" -o "$work/lookup" -ldl
    run "$work/lookup" "$library" <"$baseline/symbols"
}

stand_in() { # stand_in FOLDER FLAG...
    folder=$work/$1
    shift
    mkdir -p "$folder"
    $CC -std=c11 -Wall -Wextra -Werror -shared -fPIC "$@" -Wl,-soname,libnet_meshos.so -Iinclude "$here/stand_in.c" \
        -o "$folder/libnet_meshos.so"
}

program() { # program NAME FOLDER FLAG...: linked with the library in the folder
    name=$1 folder=$2
    shift 2
    $CC -D_GNU_SOURCE -std=c11 -Wall -Wextra -Werror "$@" -Iinclude "$here/program.c" -o "$work/$name" \
        -L"$folder" -lnet_meshos $link
}

# The loader binds all at once, and has nothing to say.
runs_on() { # runs_on FOLDER PROGRAM WORDS
    LD_BIND_NOW=1 LD_LIBRARY_PATH=$1 "$work/$2" >"$work/said" 2>"$work/complained"
    cat "$work/said" "$work/complained"
    [ ! -s "$work/complained" ] && grep -q "$3" "$work/said"
}

old_program_new_library() { # with the extension calls as they were without versions
    stand_in before -DEXT
    program old "$work/before" -DEXT
    runs_on "$work/before" old 'extension calls: 0.0.9'
    runs_on "$BUILD" old "extension calls: $VERSION"
}

cdylib_program_new_library() {
    stand_in cdylib
    program plain-old "$work/cdylib"
    runs_on "$work/cdylib" plain-old 'extension calls: none'
    runs_on "$BUILD" plain-old "extension calls: $VERSION"
}

plain_program_on_cdylib() { # linked with ours, and asks for no version
    stand_in cdylib
    program plain-new "$BUILD"
    ! "$READELF" -VW "$work/plain-new" | grep -A3 'File: libnet_meshos.so' || return 1
    runs_on "$work/cdylib" plain-new 'extension calls: none'
}

# A program that needs the extension calls is told at its start, and not in the middle.
ext_program_on_cdylib() {
    stand_in cdylib
    program ext-new "$BUILD" -DEXT
    "$READELF" -VW "$work/ext-new" | grep NET_MESHOS_EXT_1
    ! LD_LIBRARY_PATH=$work/cdylib "$work/ext-new" 2>"$work/complained" || return 1
    cat "$work/complained"
    grep -q 'net_meshos_ext_\|NET_MESHOS_EXT_1' "$work/complained"
}

if [ "${1:-}" = --accept ]; then
    accept
    exit
fi

steps_begin "$BUILD/log/abi"
check "exported functions" same_symbols "$library"
check "constants" same_constants include
check "types" same_types include
check "notices a field that has moved" notices same_types net_meshos_ext.h \
    's/uint64_t origin_hash, sequence;/uint64_t sequence, origin_hash;/' 'origin_hash'
check "notices a field that has grown" notices same_types net_meshos.h \
    's/^    int kind; /    uint64_t kind; /' 'kind'
check "notices another parameter" notices same_types net_meshos_ext.h \
    's/uint64_t daemon_id, uint64_t grace_ms/uint64_t daemon_id, uint32_t grace_ms/' 'stop_daemon'
check "notices another value" notices same_constants net_meshos.h \
    's/^\(#define NET_MESHOS_ERR_INVALID_ARG *\)(-3)/\1(-5)/' 'INVALID_ARG'
check "notices functions and versions" notices_a_missing_function
check "names are found with dlsym" looked_up
check "old program, this library" old_program_new_library
check "program of the cdylib, this library" cdylib_program_new_library
check "this library's program on the cdylib" plain_program_on_cdylib
check "extension calls on the cdylib" ext_program_on_cdylib
steps_end
