#!/bin/sh
# Makes what `make dist` makes, installs it as its users would, and runs it: ctests/dist/run.sh [full].
# Without `full`: x86-64, and the parts of the conformance suite on arm64 and s390x that are quick under an emulator.
set -eu
cd "$(dirname "$0")/../.."
. scripts/settings.sh
. scripts/steps.sh
. ctests/dist/narrow.sh
. scripts/tools.sh
. scripts/targets.sh
. ctests/dist/languages.sh
. ctests/dist/macos.sh
. ctests/dist/readme.sh
. ctests/dist/roots.sh
. ctests/dist/vcpkg.sh

mode=${1:-quick}
conan_version=2.34.0
export LC_ALL=C
unset DESTDIR LIBDIR PREFIX PKG_CONFIG_PATH CMAKE_PREFIX_PATH LD_LIBRARY_PATH LIBRARY_PATH C_INCLUDE_PATH CPATH
dist=$PWD/$BUILD/dist
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
host=linux-x86_64
archive=net_meshos-$VERSION-$host
uname -sm | grep -qx 'Linux x86_64' || lacking "packages are tried on Linux x86-64 only"
[ -e /lib64/ld-linux-x86-64.so.2 ] || lacking "packages are tried with glibc only"
need_zig

# The consumer's sources, away from the tree, so that only an installed header can be found.
mkdir "$work/user"
cp ctests/consumers/c/*.[ch] ctests/install/CMakeLists.txt "$work/user/"
cp -R ctests/install/mesh "$work/mesh"

sums() {
    cd "$dist"
    sha256sum -c SHA256SUMS
    [ "$(find . -maxdepth 1 -type f ! -name SHA256SUMS | wc -l)" -eq "$(wc -l <SHA256SUMS)" ]
}

unpack() {
    tar -C "$work" -xzf "$dist/$archive.tar.gz"
    find "$work/$archive" -type f | sort
    # A path of the machine that it was made on would be of no use to anybody.
    ! grep -rlaF -e "$PWD/" "$work/$archive"
}

newest_glibc() { # newest_glibc FILE: the newest version of glibc that it names
    objdump -T "$1" | sed -n 's/.*(\{0,1\}GLIBC_\([0-9.]*\).*/\1/p' | sort -Vu | tail -n 1
}

old_glibc_will_do() {
    for file in lib/libnet_meshos.so lib/net_meshos/mesh/libnet_meshos.so bin/meshos-conformance; do
        found=$(newest_glibc "$work/$archive/$file")
        echo "$file: glibc $found"
        [ -n "$found" ]
        [ "$(printf '%s\n' "$found" "$glibc_floor" | sort -V | tail -n 1)" = "$glibc_floor" ]
    done
    if objdump -p "$work/$archive/bin/meshos" | grep NEEDED; then
        echo "the server needs libraries"
        return 1
    fi
}

exports_the_api() {
    scripts/calls.sh names >"$work/declared"
    for file in libnet_meshos.so net_meshos/mesh/libnet_meshos.so; do
        nm -D --defined-only "$work/$archive/lib/$file" |
            awk '$2 != "A" { sub(/@.*/, "", $NF); print $NF }' | sort | diff "$work/declared" -
    done
    nm -g --defined-only "$work/$archive/lib/libnet_meshos.a" | awk 'NF == 3 { print $3 }' | sort |
        diff "$work/declared" -
}

# Who runs programs without a mesh has no code of the mesh: it comes in a package of its own.
mesh_is_apart() {
    need dpkg-deb
    for name in libnet-meshos libnet-meshos-dev; do
        dpkg-deb --fsys-tarfile "$dist/${name}_$VERSION-1_amd64.deb" | tar -t >"$work/files"
        [ -s "$work/files" ]
        if grep -E '/net_meshos/mesh|_mesh\.pc|/bin/meshos$' "$work/files"; then return 1; fi
    done
    dpkg-deb --fsys-tarfile "$dist/net-meshos-mesh_$VERSION-1_amd64.deb" | tar -t >"$work/files"
    for file in bin/meshos lib/x86_64-linux-gnu/net_meshos/mesh/libnet_meshos.so share/doc/net_meshos/meshos.md \
        lib/x86_64-linux-gnu/pkgconfig/net_meshos_mesh.pc share/doc/net-meshos-mesh/copyright; do
        grep -qx "./usr/$file" "$work/files"
    done
}

builds_by_pkg_config() { # builds_by_pkg_config ROOT LIBDIR
    need pkg-config
    export PKG_CONFIG_PATH="$1$2/pkgconfig"
    [ "$(pkg-config --modversion net_meshos)" = "$VERSION" ]
    # shellcheck disable=SC2046,SC2086  # flags are lists
    run $CC -std=c11 "$work"/user/*.c $(pkg-config --cflags --libs net_meshos) -lpthread -o "$work/by-pkg-config"
    run env LD_LIBRARY_PATH="$1$2" "$work/by-pkg-config"
    # shellcheck disable=SC2046,SC2086
    run $CC -std=c11 "$work"/user/*.c $(pkg-config --cflags net_meshos) -L"$1$2" -l:libnet_meshos.a -lpthread \
        -o "$work/static"
    run "$work/static"
    # shellcheck disable=SC2046,SC2086
    run $CC -std=c11 "$work/mesh/main.c" $(pkg-config --cflags --libs net_meshos_mesh) -o "$work/joins-by-pkg-config"
    run "$work/mesh/join.sh" "$1/bin/meshos" "$work/joins-by-pkg-config"
}

builds_by_cmake() { # builds_by_cmake ROOT LIBDIR
    need cmake
    rm -rf "$work/cmake"
    run cmake -S "$work/user" -B "$work/cmake" "-Dnet_meshos_DIR=$1$2/cmake/net_meshos" -DCMAKE_C_COMPILER="${CC%% *}"
    run cmake --build "$work/cmake"
    run "$work/cmake/user_shared"
    run "$work/cmake/user_static"
    rm -rf "$work/joins"
    run cmake -S "$work/mesh" -B "$work/joins" "-Dnet_meshos_DIR=$1$2/cmake/net_meshos" -DCMAKE_C_COMPILER="${CC%% *}"
    run cmake --build "$work/joins"
    run "$work/mesh/join.sh" "$1/bin/meshos" "$work/joins/joins"
}

conformance() { # conformance FOLDER [OPTION...]
    folder=$1
    shift
    "$folder/bin/meshos-conformance" --lib "$folder/lib/libnet_meshos.so" --strict "$@"
}

mesh_conformance() { # mesh_conformance FOLDER [OPTION...]
    folder=$1
    shift
    "$folder/bin/meshos-conformance" --lib "$folder/lib/net_meshos/mesh/libnet_meshos.so" --strict "$@"
}

# dpkg itself into an empty system, whose C library is this machine's.
deb_installs() {
    need dpkg
    root=$work/deb
    mkdir -p "$root/var/lib/dpkg/info" "$root/var/lib/dpkg/updates" "$root/var/lib/dpkg/triggers"
    : >"$root/var/lib/dpkg/status"
    run dpkg --root="$root" --force-depends --force-not-root --force-script-chrootless --install \
        "$dist/libnet-meshos_$VERSION-1_amd64.deb" "$dist/libnet-meshos-dev_$VERSION-1_amd64.deb" \
        "$dist/net-meshos-mesh_$VERSION-1_amd64.deb"
    dpkg --root="$root" --list
    [ "$(dpkg --root="$root" --list | grep -c '^ii .*net-meshos')" -eq 3 ]
    (cd "$root" && sha256sum "usr/lib/x86_64-linux-gnu/libnet_meshos.so") >"$work/installed"
    [ "$(cut -c1-64 "$work/installed")" = "$(sha256sum <"$work/$archive/lib/libnet_meshos.so" | cut -c1-64)" ]
}

# A package of somebody else's programs, which were built with these, says by itself what it needs.
deb_is_depended_on() {
    need dpkg-shlibdeps
    need dpkg-deb
    folder=$work/theirs
    mkdir -p "$folder/debian"
    printf 'Source: theirs\nPackage: theirs\nArchitecture: any\n' >"$folder/debian/control"
    dpkg-deb -R "$dist/libnet-meshos_$VERSION-1_amd64.deb" "$folder/libnet-meshos"
    sed -n 's/^ \([a-z0-9_]*\)@.*/\1/p' "$folder/libnet-meshos/DEBIAN/symbols" | sort | diff "$work/declared" -
    # shellcheck disable=SC2086  # a command with its arguments
    run $CC -std=c11 -Iinclude docs/reference/register_with_vtable.c -o "$folder/theirs" \
        -L"$folder/libnet-meshos/usr/lib/x86_64-linux-gnu" -lnet_meshos
    cd "$folder"
    run dpkg-shlibdeps -O -Slibnet-meshos -e./theirs >"$work/needs" 2>"$work/warnings"
    cat "$work/needs" "$work/warnings"
    grep -qE "^shlibs:Depends=.*libnet-meshos \(>= $VERSION\)" "$work/needs"
    if grep net_meshos "$work/warnings"; then return 1; fi
}

deb_goes() {
    root=$work/deb
    run dpkg --root="$root" --force-not-root --force-depends --purge net-meshos-mesh libnet-meshos-dev libnet-meshos
    find "$root" ! -type d ! -path '*/var/*' | tee "$work/left"
    [ ! -s "$work/left" ]
}

# rpm itself where it may change its root, and else what it would unpack. The status of rpm2cpio tells only whether
# the header has the payload's size, which nfpm leaves open.
rpm_installs() {
    root=$work/rpm
    mkdir "$root"
    for name in libnet_meshos libnet_meshos-devel net-meshos-mesh; do
        file=$dist/$name-$VERSION-1.x86_64.rpm
        if [ "$(id -u)" -eq 0 ]; then
            need rpm
            run rpm --root="$root" --nodeps --nosignature --install "$file"
        else
            need rpm2cpio
            need cpio
            rpm2cpio "$file" >"$work/cpio" || true
            (cd "$root" && cpio -idm --quiet <"$work/cpio")
        fi
        rpm -qpl "$file" | while read -r path; do ls -l "$root$path"; done
    done
}

# An RPM says what it is, and its signature-less digests are right.
rpm_is_right() {
    need rpm
    file=$dist/libnet_meshos-$VERSION-1.x86_64.rpm
    run rpm -K --nosignature "$file"
    rpm -qpl "$file" | grep -qx /usr/lib64/libnet_meshos.so
    rpm -qp --provides "$file" | grep -qxF 'libnet_meshos.so()(64bit)'
    rpm -qp --requires "$dist/libnet_meshos-devel-$VERSION-1.x86_64.rpm" | grep -qx "libnet_meshos = $VERSION-1"
    mesh_file=$dist/net-meshos-mesh-$VERSION-1.x86_64.rpm
    run rpm -K --nosignature "$mesh_file"
    for each in "$file" "$mesh_file"; do
        rpm -qp --requires "$each" | grep -qxF "libc.so.6(GLIBC_$glibc_floor)(64bit)"
    done
    # The edition is found by a path of its own, and not in the place of the other.
    if rpm -qp --provides "$mesh_file" | grep -F 'libnet_meshos.so'; then return 1; fi
}

# Every module that Go's linker has noted in a file of the archive is in the document, and the file's sum.
bill_is_complete() { # bill_is_complete DOCUMENT FILE NAME
    need python3
    "$GO" version -m "$work/$archive/$2" | awk '$1 == "dep" && $4 != "" { print $2, $3 }' >"$work/modules"
    [ -s "$work/modules" ]
    sum=$(sha256sum <"$work/$archive/$2" | cut -c1-64)
    run python3 ctests/dist/bill.py "$dist/$1.spdx.json" "$3" "$sum" "$work/modules"
}

bills_are_complete() {
    bill_is_complete "$archive" lib/libnet_meshos.so libnet_meshos
    bill_is_complete "$archive-mesh" lib/net_meshos/mesh/libnet_meshos.so 'libnet_meshos, mesh edition'
    bill_is_complete "$archive-meshos" bin/meshos meshos
}

# What is built without packages, for a quick look; GO's cache has most of it the second time.
built_alone() { # built_alone TARGET: prints the folder
    use_target "$1" >&2
    for product in libnet_meshos.so meshos-conformance; do
        BUILD=$BUILD/dist/work/$1 scripts/compile.sh "$product" >&2
    done
    mkdir -p "$work/$1/lib" "$work/$1/bin"
    cp "$BUILD/dist/work/$1/libnet_meshos.so" "$work/$1/lib/"
    cp "$BUILD/dist/work/$1/meshos-conformance" "$work/$1/bin/"
    echo "$work/$1"
}

# All cases but those that are known to fail under the emulator, which must do so.
emulated() { # emulated TARGET FOLDER [OPTION...]
    use_target "$1"
    need "${emulator%% *}"
    folder=$2
    [ -e "${emulator##* }/lib/libc.so.6" ] || lacking "${emulator##* } has no C library: Debian's package libc6-*-cross"
    sed '/^#/d' "ctests/dist/emulator/$1" | sort >"$work/known"
    shift 2
    # shellcheck disable=SC2086  # a command with its arguments
    $emulator "$folder/bin/meshos-conformance" --lib "$folder/lib/libnet_meshos.so" --runner "$emulator" --strict \
        --time-limit 300 "$@" >"$work/tap" || true
    cat "$work/tap"
    tail -n 1 "$work/tap" | grep -qE '^[1-9][0-9]* passed, [0-9]+ failed, 0 skipped$'
    sed -n 's/^not ok [0-9]* - //p' "$work/tap" | sort >"$work/failed"
    # With options only some cases run.
    if [ $# -gt 0 ]; then : >"$work/known"; fi
    diff "$work/known" "$work/failed"
}

quick_emulated() { # quick_emulated TARGET GROUP...
    quick_target=$1
    shift
    emulated_folder=$(built_alone "$quick_target")
    for group in "$@"; do
        shift
        set -- "$@" --filter "$group."
    done
    emulated "$quick_target" "$emulated_folder" "$@"
}

full_emulated() { # full_emulated TARGET
    tar -C "$work" -xzf "$dist/net_meshos-$VERSION-$1.tar.gz"
    emulated "$1" "$work/net_meshos-$VERSION-$1"
}

# With musl a program is linked with the archive, or with the library, and can't open it.
musl() {
    use_target linux-x86_64-musl
    tar -C "$work" -xzf "$dist/net_meshos-$VERSION-$target.tar.gz"
    folder=$work/net_meshos-$VERSION-$target
    # shellcheck disable=SC2086  # a command with its arguments
    run $CC -std=c11 -I"$folder/include" "$work"/user/*.c -static "$folder/lib/libnet_meshos.a" -lpthread \
        -o "$work/musl-static"
    run "$work/musl-static"
    [ -e /lib/ld-musl-x86_64.so.1 ] || lacking "musl's loader is not installed: Debian's package musl"
    # shellcheck disable=SC2086
    run $CC -std=c11 -I"$folder/include" "$work"/user/*.c -dynamic -L"$folder/lib" -lnet_meshos -lpthread \
        -o "$work/musl-linked"
    LD_LIBRARY_PATH=$folder/lib run "$work/musl-linked"
    # shellcheck disable=SC2086
    run $CC -std=c11 -I"$folder/include" "$work/mesh/main.c" -dynamic -L"$folder/lib/net_meshos/mesh" -lnet_meshos \
        -o "$work/musl-joins"
    LD_LIBRARY_PATH=$folder/lib/net_meshos/mesh run "$work/mesh/join.sh" "$folder/bin/meshos" "$work/musl-joins"
    # shellcheck disable=SC2086
    run $CC -std=c11 ctests/dist/open.c -dynamic -o "$work/musl-open"
    status=0
    "$work/musl-open" "$folder/lib/libnet_meshos.so" >"$work/said" 2>&1 || status=$?
    cat "$work/said"
    [ "$status" -eq 1 ]
    grep -q 'initial-exec TLS' "$work/said"
}

# The root's CMakeLists.txt, in a project of its own.
with_cmake_project() { # with_cmake_project subdirectory|fetch
    need cmake
    need g++
    unset MERGES TARGET_OS TARGET_ARCH
    run cmake -S ctests/dist/cmake -B "$work/cmake-$1" "-DHOW=$1" "-DSOURCES=$PWD" "-DCONSUMER=$work/user" \
        -DCMAKE_C_COMPILER="${CC%% *}" -DCMAKE_CXX_COMPILER=g++
    run cmake --build "$work/cmake-$1"
    for linkage in net_meshos static; do
        run "$work/cmake-$1/user_$linkage"
        run "$work/cmake-$1/user_cpp_$linkage"
    done
    if [ "$1" = fetch ]; then
        run "$work/cmake-$1/user_mesh"
        "$READELF" -dW "$work/cmake-$1/user_mesh" | grep RUNPATH | grep -F "/mesh]"
    fi
}

# conan builds the recipe's package in a cache of its own, and the recipe's test with it.
with_conan() {
    need python3
    tools=$PWD/$BUILD/tools
    if [ ! -x "$tools/conan/bin/conan" ]; then
        python3 -m venv "$tools/conan" || lacking "python3 has no venv module"
        "$tools/conan/bin/pip" install --quiet conan==$conan_version || lacking "conan $conan_version can't be fetched"
    fi
    export CONAN_HOME="$work/conan"
    run "$tools/conan/bin/conan" profile detect
    cp -R packaging/conan/test_package "$work/conan-test"
    for shared in True False; do
        # The test is built where it stands, so not here.
        run "$tools/conan/bin/conan" create packaging/conan --version "$VERSION" --test-folder "" \
            -o "net_meshos/*:shared=$shared"
        run "$tools/conan/bin/conan" test "$work/conan-test" "net_meshos/$VERSION" -o "net_meshos/*:shared=$shared" 2>&1 |
            tee "$work/said"
        grep -q 'host: lived and ended as it should' "$work/said"
        grep -q 'host in C++: lived and ended as it should' "$work/said"
        # The licences of what the library has inside are those of the archive.
        find "$CONAN_HOME" -path '*/p/licenses' | tee "$work/found"
        [ -s "$work/found" ]
        while read -r folder; do
            diff -r --exclude=LICENSE "$work/$archive/share/doc/net_meshos/licences" "$folder"
            cmp LICENSE "$folder/LICENSE"
        done <"$work/found"
    done
}

# Who has installed a package reads about a call, with its example. ctests/reference looks at the pages themselves.
reads_manual() { # reads_manual PREFIX
    need man
    scripts/calls.sh names | while read -r call; do
        set -- "$1" "$1/share/man/man3/$call.3"*
        if [ $# -ne 2 ] || [ ! -s "$2" ]; then
            echo "$call has no man page"
            return 1
        fi
    done
    MANPATH=$1/share/man MANWIDTH=100 run man -P cat 3 net_meshos_sdk_start >"$work/page"
    grep -q 'a queue capacity is 2^61 or more' "$work/page"
    grep -q 'It prints:' "$work/page"
    html=$1/share/doc/net_meshos/html
    grep -rlF '<title>libnet_meshos: net_meshos_sdk_start</title>' "$html" | xargs grep -q 'It prints:'
}

same_bytes_from_another_folder() {
    other=$(mktemp -d)
    trap 'rm -rf "$other"' EXIT
    mkdir -p "$other/build"
    cp -R go.mod go.sum capi cmd internal runtime include scripts examples cmake docs packaging bindings ctests ./*.md \
        LICENSE "$other/"
    ln -s "$PWD/$BUILD/tools" "$other/build/tools"
    # The one thing that git tells: when.
    date=$(tar -tvzf "$dist/$archive.tar.gz" --full-time | awk 'NR == 1 { print $4 " " $5 }')
    SOURCE_DATE_EPOCH=$(TZ=UTC date -d "$date UTC" +%s)
    export SOURCE_DATE_EPOCH
    if [ "$mode" = full ]; then
        export GOCACHE="$other/go-cache"
        languages=$LANGUAGES
        cp "$dist/SHA256SUMS" "$work/sums"
    else
        # Those that take the least time.
        languages=$(echo "$LANGUAGES" | tr ' ' '\n' | grep -xE 'python|node' | paste -sd ' ')
        grep -v -e '\.jar' -e '\.pom$' -e '\.crate' -e '-zig\.tar\.gz' "$dist/SHA256SUMS" >"$work/sums"
    fi
    # shellcheck disable=SC2086  # a list
    LANGUAGES=$languages BUILD=build "$other/scripts/dist.sh" $targets
    diff "$work/sums" "$other/build/dist/SHA256SUMS"
}

# Both halves of the sources say it themselves, too, to those who don't come through the scripts.
refuses_32_bits() {
    is_refused env GOARCH=386 scripts/compile.sh libnet_meshos.so
    narrow_c_is_refused
    status=0
    GOARCH=386 CGO_ENABLED=0 "$GO" vet ./capi >"$work/said" 2>&1 || status=$?
    cat "$work/said"
    [ "$status" -ne 0 ]
    tr _ ' ' <"$work/said" | grep -qF 'libnet meshos is for 64 bit platforms only'
}

targets=$host
[ "$mode" != full ] || targets=$all_targets
machines=$host # those whose libraries are in the packages of languages
[ "$mode" != full ] || machines="linux-x86_64 linux-arm64"
LANGUAGES=$(languages_here | paste -sd ' ')
export LANGUAGES

if [ "$mode" = full ]; then
    count=$(grep -E '^( {4})?(check|suite) ' ctests/dist/run.sh | grep -vc 'some conformance')
    echo "make dist-test: $count steps, about 40 minutes on two processors, and some more the first time, for what is" \
        "fetched. Logs: $BUILD/log/dist/"
fi
steps_begin "$BUILD/log/dist"
rm -rf "$dist"
check "32 bits are refused" refuses_32_bits
check "macOS, the C half compiles" macos_compiles
# shellcheck disable=SC2086  # a list
check "make dist" scripts/dist.sh $targets
check "checksums" sums
check "the archive unpacks" unpack
check "glibc $glibc_floor will do" old_glibc_will_do
check "exports" exports_the_api
check "conformance" conformance "$work/$archive"
if [ "$mode" = full ]; then
    check "conformance, mesh edition" mesh_conformance "$work/$archive"
else
    check "conformance, mesh edition" mesh_conformance "$work/$archive" --filter layout. --filter events. --filter signals.
fi
check "archive, pkg-config" builds_by_pkg_config "$work/$archive" /lib
check "archive, CMake" builds_by_cmake "$work/$archive" /lib
check "archive, manual" reads_manual "$work/$archive"
check "README of each archive" archive_readmes
check "archive, as its README says" readme_does_what_it_says "$work/$archive"
check "the mesh is apart" mesh_is_apart
check "deb installs" deb_installs
check "deb, pkg-config" builds_by_pkg_config "$work/deb/usr" "/lib/x86_64-linux-gnu"
check "deb, CMake" builds_by_cmake "$work/deb/usr" "/lib/x86_64-linux-gnu"
check "deb, manual" reads_manual "$work/deb/usr"
check "deb is removed" deb_goes
check "deb, what programs need" deb_is_depended_on
check "rpm installs" rpm_installs
check "rpm, pkg-config" builds_by_pkg_config "$work/rpm/usr" /lib64
check "rpm, manual" reads_manual "$work/rpm/usr"
check "rpm says what it needs" rpm_is_right
check "bills of materials" bills_are_complete
check "packages of languages, libraries" packaged_libraries
check "packages of languages, bills" packages_have_bills
check "a user of Python" user_of python
check "a user of Rust" user_of rust
check "a user of Java" user_of java
check "a user of Node" user_of node
check "CMake, add_subdirectory" with_cmake_project subdirectory
if [ "$mode" = full ]; then
    check "auditwheel" wheel_is_audited
    check "a Debian of its own, deb" in_root deb
    check "a Debian of its own, rpm" in_root rpm
    check "a Debian of its own, archive" in_root archive
    check "a Debian of its own, C++" language_root cpp
    check "a Debian of its own, Python" language_root python
    check "a Debian of its own, Rust" language_root rust
    check "a Debian of its own, Java" language_root java
    check "a Debian of its own, Node" language_root node
    check "a Debian of its own, Go" language_root go
    check "an old Debian, C++" language_root cpp $old_release
    check "an old Debian, Python" language_root python $old_release
    check "CMake, FetchContent" with_cmake_project fetch
    check "conan" with_conan
    check "vcpkg's port, shared" with_vcpkg_port dynamic
    check "vcpkg's port, static" with_vcpkg_port static
    check "arm64, conformance" full_emulated linux-arm64
    check "s390x, conformance" full_emulated linux-s390x
    check "musl" musl
    check "macOS arm64, the library" macos_library_is_right macos-arm64
    check "macOS x86-64, the library" macos_library_is_right macos-x86_64
    suite "Windows" ctests/windows/run.sh archive
else
    check "arm64, some conformance" quick_emulated linux-arm64 layout errors events emit handles fork signals
    check "s390x, some conformance" quick_emulated linux-s390x layout errors emit signals
fi
check "the same bytes from another folder" same_bytes_from_another_folder
steps_end
