# shellcheck shell=sh disable=SC2034,SC2154  # the variables are the callers'
# What is different where Windows is the target. scripts/compile.sh sources it to build a product, with that product's
# functions; scripts/dist.sh for the archive.

. scripts/archive.sh

# gcc keeps thread-local variables in memory of its own on Windows. Of its two kinds, the one for win32 threads frees
# that at a thread's end and goes on to use it.
windows_compiler() {
    case $CC in
        *-gcc) ! command -v "$CC-posix" >/dev/null || CC=$CC-posix ;;
    esac
    if ! $CC -v 2>&1 | grep -q '^Thread model: posix'; then
        echo "$CC is not mingw-w64's gcc for posix threads, which the DLL needs: Debian's package gcc-mingw-w64-x86-64-posix" >&2
        exit 1
    fi
}

# The binutils beside the compiler.
windows_tool() { # windows_tool NAME: sets $tool
    case $CC in
        *-gcc | *-gcc-posix) tool=${CC%gcc*}$1 ;;
        *) tool=x86_64-w64-mingw32-$1 ;;
    esac
}

# What Windows shows of a file's version, which has four numbers there.
windows_resource() { # windows_resource FOLDER
    numbers=$(printf '%s.0' "$VERSION" | tr . ,)
    cat >"$1/version.rc" <<EOF
#include <winver.h>
1 VERSIONINFO
FILEVERSION $numbers
PRODUCTVERSION $numbers
FILETYPE VFT_DLL
BEGIN
    BLOCK "StringFileInfo"
    BEGIN
        BLOCK "040904b0"
        BEGIN
            VALUE "FileDescription", "Supervised daemons behind a C API"
            VALUE "FileVersion", "$VERSION"
            VALUE "InternalName", "net_meshos"
            VALUE "OriginalFilename", "net_meshos.dll"
            VALUE "ProductName", "libnet_meshos"
            VALUE "ProductVersion", "$VERSION"
        END
    END
    BLOCK "VarFileInfo"
    BEGIN
        VALUE "Translation", 0x409, 1200
    END
END
EOF
    windows_tool windres
    run "$tool" "$1/version.rc" -O coff -o "$1/version.o"
}

# -static: winpthreads and gcc's library are in the DLL, so that it needs nothing but Windows.
windows_library() {
    windows_compiler
    mkdir -p "$BUILD/go/windows"
    dir=$(cd "$BUILD/go/windows" && pwd)
    { echo 'LIBRARY net_meshos.dll' && echo EXPORTS && scripts/calls.sh names; } >"$dir/net_meshos.def"
    windows_resource "$dir"
    small=
    for package in $rarely_used; do
        small="$small -gcflags=$package=-l"
    done
    # shellcheck disable=SC2086  # options
    MESHOS_CC=$CC MESHOS_DEF=$dir/net_meshos.def GOOS=windows GOARCH=amd64 CGO_ENABLED=1 run "$GO" build -trimpath \
        -buildvcs=false -buildmode=c-shared $small \
        -ldflags "-s -w -buildid= -extld \"'$PWD/scripts/windows-link.sh'\" -extldflags '-static \"$dir/version.o\"'" \
        -o "$dir/net_meshos.dll" ./capi
    windows_tool dlltool
    # The prefix of its files, in the library too, is else a number of this process.
    (cd "$dir" && run "$tool" --deterministic-libraries --temp-prefix net_meshos -d net_meshos.def -l libnet_meshos.dll.a)
    mv "$dir/libnet_meshos.dll.a" "$dir/net_meshos.dll" "$BUILD/"
}

# A suite is the sources that all systems have, but for those of the harness that Windows has of its own.
windows_suite() { # windows_suite NAME ARGUMENT...
    name=$1
    shift
    calls_header
    windows_compiler
    sources=
    for source in ctests/harness/*.c; do
        [ -e "ctests/harness/windows/${source##*/}" ] || sources="$sources $source"
    done
    # shellcheck disable=SC2086  # lists
    run $CC -std=gnu11 $CFLAGS -D__USE_MINGW_ANSI_STDIO=1 -D_GNU_SOURCE= -include ctests/harness/windows/posix.h \
        -Ictests/harness/windows -Iinclude -I"$BUILD/gen" -Ictests/harness $sources ctests/harness/windows/*.c "$@" \
        -o "$BUILD/$name" -static -Wl,--no-insert-timestamp -lpthread -lpsapi
}

# json-c for Windows, which no package brings: the sources of Debian's package, built. Sets $json; ends with 77 where
# they are not to be had.
windows_json() {
    folder=$PWD/$BUILD/tools/windows-json-c
    json="-I$folder/include $folder/lib/libjson-c.a"
    [ ! -e "$folder/lib/libjson-c.a" ] || return 0
    command -v cmake >/dev/null || lacking "cmake is not installed"
    rm -rf "$folder"
    mkdir -p "$folder/lists/partial" "$folder/source"
    # The machine's own packages come from where its mirror is.
    # shellcheck disable=SC2016  # apt-get's variables
    apt-get indextargets --no-release-info --format 'deb-src $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
        sort -u >"$folder/sources"
    for each in update "source --download-only json-c"; do
        # shellcheck disable=SC2086  # words
        (cd "$folder/source" && run apt-get -qq -o Dir::Etc::SourceList="$folder/sources" -o Dir::Etc::SourceParts=- \
            -o Dir::State::Lists="$folder/lists" -o APT::Sandbox::User=root $each) || lacking "the sources of json-c can't be fetched"
    done
    tar -C "$folder/source" --strip-components=1 -xzf "$folder"/source/json-c_*.orig.tar.gz
    run cmake -S "$folder/source" -B "$folder/build" -DCMAKE_SYSTEM_NAME=Windows -DCMAKE_C_COMPILER="$CC" \
        -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=OFF -DBUILD_TESTING=OFF -DBUILD_APPS=OFF -DDISABLE_WERROR=ON \
        -DCMAKE_INSTALL_PREFIX="$folder"
    run cmake --build "$folder/build" --target install
}

# A tree like that of the other systems, but that the DLL is beside the programs, where Windows looks for it.
windows_tree() { # windows_tree WORK FOLDER: from what was built in WORK; $zig is set
    mkdir -p "$2/bin" "$2/include" "$2/lib"
    cp "$1/net_meshos.dll" "$1/meshos-conformance.exe" "$2/bin/"
    cp "$1/libnet_meshos.dll.a" "$2/lib/"
    # Microsoft's linker reads what LLVM's tool makes.
    $zig dlltool -m i386:x86-64 -d "$1/go/windows/net_meshos.def" -l "$2/lib/net_meshos.lib"
    cp include/*.h bindings/cpp/net_meshos.hpp "$2/include/"
    foreign_packages "$2" Windows
}

make_windows() {
    say "DLL, import libraries, suite"
    for product in net_meshos.dll meshos-conformance.exe; do
        BUILD=$work scripts/compile.sh "$product"
    done
    "$STRIP" "$work/meshos-conformance.exe"
    bill "$archive" -product "$work/net_meshos.dll" -licences "$work/licences"
    say "$archive.zip"
    rm -rf "$work/tree"
    windows_tree "$work" "$work/tree/$archive"
    foreign_documents "$work/tree/$archive"
    settle "$work/tree"
    python3 scripts/zip.py "$work/tree" "$archive" "$dist/$archive.zip" "$SOURCE_DATE_EPOCH"
    cp "$work/$archive.spdx.json" "$dist/"
}
