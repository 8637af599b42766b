#!/bin/sh
# Holds the built libraries to what include/ declares: every function of the headers is exported, and
# nothing else is. Looks at linkage too: SONAME, what is needed at run time, hardening.
#   ctests/exports/run.sh [SHARED [ARCHIVE]]
set -eu
cd "$(dirname "$0")/../.."
. scripts/settings.sh
. scripts/steps.sh

shared=${1:-$BUILD/libnet_meshos.so}
archive=${2:-$BUILD/libnet_meshos.a}
work=$BUILD/exports
mkdir -p "$work"
export LC_ALL=C

same_names() { # same_names DECLARED FOUND
    missing=$(comm -23 "$1" "$2")
    extra=$(comm -13 "$1" "$2")
    [ -z "$missing" ] || printf 'declared, but not in the library:\n%s\n' "$missing"
    [ -z "$extra" ] || printf 'in the library, but not declared:\n%s\n' "$extra"
    [ -z "$missing$extra" ]
}

headers_declare() {
    scripts/calls.sh names >"$work/declared"
    count=$(wc -l <"$work/declared")
    echo "$count functions declared"
    [ "$count" -ge 22 ]
}

shared_exports() {
    # A version is a symbol too, an absolute one, and stands behind an @ with those that have it.
    "$NM" -D --defined-only "$shared" | awk '$2 != "A" { sub(/@.*/, "", $NF); print $NF }' | sort >"$work/exported"
    same_names "$work/declared" "$work/exported"
}

archive_globals() {
    # Common and weak symbols would reach into the program too: all but local ones count.
    "$NM" -g --defined-only "$archive" | awk 'NF == 3 { print $3 }' | sort >"$work/archived"
    same_names "$work/declared" "$work/archived"
}

archive_needs() {
    # The C API in a program of its own: whatever the archive lacks, the linker names here.
    echo 'int main(void) { return 0; }' >"$work/empty.c"
    $CC -o "$work/empty" "$work/empty.c" -Wl,--whole-archive "$archive" -Wl,--no-whole-archive -lpthread
    "$work/empty"
}

dynamic() { # dynamic TAG: the values of the tag in the dynamic section
    "$READELF" -dW "$shared" | sed -n "s/.*($1).*\[\(.*\)\]/\1/p"
}

soname() {
    found=$(dynamic SONAME)
    echo "SONAME: $found"
    [ "$found" = libnet_meshos.so ]
}

needed() {
    dynamic NEEDED | while read -r name; do
        echo "NEEDED: $name"
        case $name in
            libc.so.* | ld-linux*.so.*) ;;
            *)
                echo "a program would have to bring $name along"
                exit 1
                ;;
        esac
    done
}

no_search_path() {
    found=$(dynamic RPATH)$(dynamic RUNPATH)
    [ -z "$found" ] || {
        echo "a path of the build machine is searched at run time: $found"
        return 1
    }
}

# The program header says what the loader does with the stack: RW is right, RWE or no header is executable.
stack_not_executable() {
    "$READELF" -lW "$shared" | grep GNU_STACK
    "$READELF" -lW "$shared" | grep -qE 'GNU_STACK.* RW +0x'
}

no_text_relocations() {
    ! "$READELF" -dW "$shared" | grep TEXTREL
}

read_only_relocations() {
    "$READELF" -lW "$shared" | grep GNU_RELRO
    "$READELF" -dW "$shared" | grep -E 'BIND_NOW|Flags:.*NOW'
}

# Those of Go's pointers are the library's own to apply, when Go starts.
few_relocations() {
    count=$("$READELF" -rW "$shared" | grep -c '^[0-9a-f]\{8,\} ')
    echo "$count relocations for the loader"
    [ "$count" -gt 0 ] && [ "$count" -le 1000 ]
}

# The loader keeps little of that block for libraries that are dlopened: one that needs much may not open.
small_static_tls() {
    size=$(($("$READELF" -lW "$shared" | awk '$1 == "TLS" { print $6 }')))
    echo "static thread-local storage: $size bytes"
    [ "$size" -gt 0 ] && [ "$size" -le 64 ]
}

# Threads of the Go runtime live as long as the process: unmapping their code would crash it.
never_unloaded() {
    "$READELF" -dW "$shared" | grep NODELETE
}

no_build_paths() {
    for library in "$shared" "$archive"; do
        if grep -qaF -e "$PWD/" "$library"; then
            echo "$library holds the path that it was built in"
            return 1
        fi
    done
}

# The same sources in another folder, one with a space: what a user builds can be compared with what a packager ships.
same_from_another_folder() {
    elsewhere=$(mktemp -d)
    trap 'rm -rf "$elsewhere"' EXIT
    other="$elsewhere/a folder"
    mkdir "$other"
    cp -R go.mod go.sum capi internal runtime include scripts examples "$other/"
    for library in "$shared" "$archive"; do
        BUILD='the build' "$other/scripts/compile.sh" "${library##*/}"
        cmp "$library" "$other/the build/${library##*/}" || {
            echo "$library depends on its folder, or is out of date, or was not built by $CC"
            return 1
        }
    done
}

# scripts/version is what the packages say; a program asks the header.
one_version() {
    for header in include/*.h; do
        found=$(sed -n 's/^#define NET_MESHOS_[A-Z_]*VERSION *"\(.*\)"$/\1/p' "$header")
        [ -z "$found" ] || [ "$found" = "$VERSION" ] || {
            echo "$header says $found, and scripts/version says $VERSION"
            return 1
        }
    done
}

steps_begin "$BUILD/log/exports"
check "the headers declare the API" headers_declare
check "one version" one_version
check "exports of the shared library" shared_exports
check "globals of the archive" archive_globals
check "the archive is complete" archive_needs
check "SONAME" soname
check "needs the C library only" needed
check "no run path" no_search_path
check "stack is not executable" stack_not_executable
check "no text relocations" no_text_relocations
check "relocations become read-only" read_only_relocations
check "few relocations for the loader" few_relocations
check "little thread-local storage" small_static_tls
check "stays loaded" never_unloaded
check "no path of the build machine" no_build_paths
check "the same from another folder" same_from_another_folder
echo "$(wc -l <"$work/declared") functions; $(wc -c <"$shared") bytes shared, $(wc -c <"$archive") bytes archive"
steps_end
