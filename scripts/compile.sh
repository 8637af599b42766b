#!/bin/sh
# Builds one product, or all, into the build folder: compile.sh list | all | PRODUCT.
# The Makefile knows when a product is out of date, this script how it is made.
set -eu
cd "$(dirname "$0")/.."
. scripts/settings.sh

products="libnet_meshos.so libnet_meshos.a mesh/libnet_meshos.so man3 meshos-conformance meshos-ext-suite meshos-bench meshos mesh-words"
for source in examples/*.c; do
    example=${source##*/}
    products="$products ${example%.c}"
done

# One short line before a product and one after it, or with V=1 each command between them.
run() {
    [ "${V:-}" != 1 ] || printf '%s\n' "$*"
    "$@"
}

# What the compilers say of the sources there is longer.
need_64_bits() {
    case ${TARGET_ARCH:-$("$GO" env GOARCH)} in
        386 | arm | mips | mipsle | wasm)
            echo "libnet_meshos is for 64-bit platforms only, which ${TARGET_ARCH:-$("$GO" env GOARCH)} is not" >&2
            exit 1
            ;;
    esac
}

# Go compiles its own library with it the first time, which takes minutes, and remembers that.
announce() { # announce PRODUCT
    need_cc
    case $1 in
        man3 | licences) need_go && echo "GO  $1" ;;
        meshos) need_go && echo "GO  $1 (minutes the first time, then seconds)" ;;
        *.so | *.a | *.dll | *.dylib) need_go && need_64_bits && echo "GO  $1 (minutes the first time, then seconds)" ;;
        *) echo "CC  $1" ;;
    esac
    from=$(date +%s)
}

finish() { # finish PRODUCT
    [ ! -e "$BUILD/$1" ] || printf 'ok  %-36s %4d s\n' "$1" "$(($(date +%s) - from))"
}

# Packages that calls never spend time in. Compiled without inlining they are smaller: the file must be at most 6 MB.
rarely_used="encoding/json fmt"
for package in jsontext internal/jsonfields internal/jsonnum internal/jsonstring internal/floatfmt internal/encoder \
    internal/encoder/vm_color internal/encoder/vm_color_indent internal/encoder/vm_indent; do
    rarely_used="$rarely_used github.com/goccy/go-json/$package"
done

# It runs on this machine, whatever the library is for.
build_link() {
    GOOS='' GOARCH='' CGO_ENABLED=0 run "$GO" build -trimpath -o "$PWD/$BUILD/go/link" ./scripts/link
}

# The mesh edition has Go's own resolver and no look at /etc/passwd: both would need libc's in the host's process.
mesh_tags=mesh,netgo,osusergo

# Without -trimpath and with Go's build id, the result would depend on the folder that it is built in.
go_build() { # go_build MODE OUTPUT LDFLAGS; tags are Go's build tags
    small=
    for package in $rarely_used; do
        small="$small -gcflags=$package=-l"
    done
    build_link
    # shellcheck disable=SC2086  # options
    MESHOS_CC=$CC MESHOS_MERGE=${merge:-} GOOS=$TARGET_OS GOARCH=$TARGET_ARCH CGO_ENABLED=1 run "$GO" build -trimpath -buildvcs=false -buildmode="$1" ${tags:+-tags=$tags} $small \
        -ldflags "-s -w -buildid= -extld $PWD/$BUILD/go/link $3" -o "$2" ./capi
}

wraps="--wrap=sigaction --wrap=pthread_create --wrap=pthread_getattr_np"

# Go's linker passes -z relro, -z nodelete and -Bsymbolic by itself. -z defs: a symbol that nothing
# defines fails here and not in the program of a user. --wrap: see capi/signals.c.
shared_library() { # shared_library PRODUCT
    out=$BUILD/go/shared/$1
    mkdir -p "${out%/*}" "$(dirname "$BUILD/$1")"
    elf="-Wl,-soname,libnet_meshos.so -Wl,--version-script=$PWD/capi/net_meshos.map -Wl,--build-id=sha1"
    elf="$elf -Wl,-z,now -Wl,-z,defs"
    if [ -n "$MERGES" ]; then
        # lld takes go_places for unused otherwise, for only names of the linker's own refer to it.
        merge="$LD -r $wraps" elf="$elf -Wl,--no-gc-sections"
    else
        for option in $wraps; do
            elf="$elf -Wl,$option"
        done
    fi
    go_build c-shared "$out" "-extldflags '$elf'"
    mv "$out" "$BUILD/$1"
}

# The archive holds one object with the Go runtime and all of ours in it. Only the C API stays global,
# so that it can't clash with the names of a program, not even with a second Go runtime in it.
# ld's -d gives common symbols an address: objcopy can't make a common symbol local.
static_library() {
    dir=$BUILD/go/static
    go_build c-archive "$dir/raw.a" ""
    (cd "$dir" && rm -f go.o && run "$AR" x raw.a go.o)
    run "$BUILD/go/link" -object "$dir/go.o"
    run "$AR" r "$dir/raw.a" "$dir/go.o"
    # shellcheck disable=SC2086  # options
    run "$LD" -r -d $wraps --whole-archive "$dir/raw.a" -o "$dir/whole.o"
    run "$OBJCOPY" --wildcard --keep-global-symbol='net_meshos_*' --strip-unneeded \
        "$dir/whole.o" "$dir/net_meshos.o"
    rm -f "$dir/libnet_meshos.a"
    run "$AR" rcsD "$dir/libnet_meshos.a" "$dir/net_meshos.o"
    mv "$dir/libnet_meshos.a" "$BUILD/libnet_meshos.a"
}

# It runs on this machine, too. The folder is there when all pages are.
man_pages() {
    rm -rf "$BUILD/man3.new" "$BUILD/man3"
    GOOS='' GOARCH='' CGO_ENABLED=0 run "$GO" run ./scripts/manpages -version "$VERSION" -out "$BUILD/man3.new"
    mv "$BUILD/man3.new" "$BUILD/man3"
}

# The texts of the licences of what others have written and the library contains, for recipes that package it.
licences() {
    CGO_ENABLED=1 run env "GO=$GO" "$GO" run ./scripts/sbom -source ./capi -licences "$BUILD/licences"
}

# The tables of calls that test programs have, made from the headers. The file stays as it is while its text does.
calls_header() {
    mkdir -p "$BUILD/gen"
    scripts/calls.sh header >"$BUILD/gen/calls.$$"
    if cmp -s "$BUILD/gen/calls.$$" "$BUILD/gen/calls.h"; then
        rm "$BUILD/gen/calls.$$"
    else
        mv "$BUILD/gen/calls.$$" "$BUILD/gen/calls.h"
    fi
}

# instrument NAME ARGUMENT...: a program on the harness. It knows no library at build time and opens the one that it
# is told to.
instrument() {
    name=$1
    shift
    calls_header
    # shellcheck disable=SC2086  # CC and CFLAGS are lists
    run $CC -std=c11 $CFLAGS -Iinclude -I"$BUILD/gen" -Ictests/harness "$@" ctests/harness/*.c -o "$BUILD/$name" \
        -lpthread -ldl -lm
}

# Sets $json to what compiles and links a program with json-c; fails where there is none that knows uint64_t.
find_json() {
    if ! json=$(pkg-config --cflags --libs json-c 2>/dev/null); then json=-ljson-c; fi
    # shellcheck disable=SC2086  # CC and json are lists
    printf '#include <json-c/json.h>\nint main(void) { return (int)json_object_get_uint64(NULL); }\n' |
        $CC -x c - -x none $json -o /dev/null 2>/dev/null
}

# Without json-c there is everything else: nobody needs this suite to use the library.
extension_suite() {
    if find_json; then
        # shellcheck disable=SC2086  # a list
        instrument meshos-ext-suite -Ictests/ext -Ictests/conformance ctests/ext/*.c ctests/ext/cases/*.c \
            ctests/conformance/json_oracle.c ctests/conformance/utf8.c ctests/conformance/guard.c \
            ctests/harness/json/*.c $json
    else
        rm -f "$BUILD/meshos-ext-suite"
        echo "meshos-ext-suite is left out: install json-c 0.14 or newer for it (Debian: apt install libjson-c-dev)"
    fi
}

# The server and tool of a mesh is plain Go and needs no C. Its module is one of its own, so that nothing of the server
# gets into the library.
mesh_tool() {
    out=$(cd "$BUILD" && pwd)/meshos
    GOOS=$TARGET_OS GOARCH=$TARGET_ARCH CGO_ENABLED=0 run "$GO" -C cmd/meshos build -trimpath -buildvcs=false -ldflags "-s -w -X main.version=$VERSION" -o "$out" .
}

# An example is examples/NAME.c, and the C files of examples/NAME/ where it has such a folder.
example() {
    sources=$(find "examples/$1.c" "examples/$1" -maxdepth 1 -name '*.c' 2>/dev/null | sort)
    # shellcheck disable=SC2086  # CC, CFLAGS and the sources are lists
    run $CC -std=c11 -Wall -Wextra $CFLAGS -Iinclude $sources -o "$BUILD/$1" \
        -L"$BUILD" -lnet_meshos -lpthread -Wl,-rpath,"\$ORIGIN"
}

# The example for a mesh takes its daemons from another one, and the mesh edition of the library.
mesh_words() {
    shared=
    for part in counter life say splitter stop table; do
        shared="$shared examples/words/$part.c"
    done
    # shellcheck disable=SC2086  # CC, CFLAGS and the sources are lists
    run $CC -std=c11 -Wall -Wextra $CFLAGS -Iinclude examples/mesh/*.c $shared examples/words/text.c -o "$BUILD/mesh-words" \
        -L"$BUILD/mesh" -lnet_meshos -lpthread -Wl,-rpath,"\$ORIGIN/mesh"
}

# For Windows and macOS, or for packages, and not among those that are built for this machine.
foreign="licences net_meshos.dll meshos-conformance.exe meshos-ext-suite.exe libnet_meshos.dylib"
case ${1:-} in *.dll | *.exe) . scripts/windows.sh ;; *.dylib) . scripts/macos.sh ;; esac

case " $products $foreign " in *" ${1:-} "*) announce "$1" ;; esac

case ${1:-} in
    list) echo "$products" ;;
    all)
        for product in $products; do
            "$0" "$product"
        done
        ;;
    libnet_meshos.so) shared_library "$1" ;;
    mesh/libnet_meshos.so) tags=$mesh_tags && shared_library "$1" ;;
    libnet_meshos.a) mkdir -p "$BUILD/go/static" && static_library ;;
    man3) man_pages ;;
    licences) licences ;;
    net_meshos.dll) windows_library ;;
    libnet_meshos.dylib) mkdir -p "$BUILD/go/macos" && macos_library ;;
    meshos-conformance.exe) windows_suite "$1" -Ictests/conformance ctests/conformance/*.c ;;
    meshos-ext-suite.exe)
        . scripts/tools.sh
        windows_json
        # shellcheck disable=SC2086  # a list
        windows_suite "$1" -Ictests/ext -Ictests/conformance ctests/ext/*.c ctests/ext/cases/*.c \
            ctests/conformance/json_oracle.c ctests/conformance/utf8.c ctests/conformance/guard.c \
            ctests/harness/json/*.c $json
        ;;
    meshos-conformance) instrument "$1" ctests/conformance/*.c ;;
    meshos-ext-suite) extension_suite ;;
    mesh-words) mkdir -p "$BUILD" && mesh_words ;;
    meshos) mkdir -p "$BUILD" && mesh_tool ;;
    meshos-bench) instrument "$1" bench/*.c ;;
    *)
        if [ ! -e "examples/${1:-}.c" ]; then
            echo "compile.sh: '${1:-}' is no product. There are: $products" >&2
            exit 2
        fi
        mkdir -p "$BUILD" && example "$1"
        ;;
esac

case " $products $foreign " in *" ${1:-} "*) finish "$1" ;; esac
