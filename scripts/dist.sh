#!/bin/sh
# Makes what people download, for each platform: dist.sh [TARGET...], all of scripts/targets.sh by default.
#
# Into build/dist/: an archive for each target (.tar.gz), Debian and RPM packages where there are such, packages of
# LANGUAGES ("python node java rust zig"), the module of Go programs, a bill of materials for each library, package and
# server (.spdx.json), and SHA256SUMS. The same sources make the same bytes in any folder, at
# any time: the date in all of it is that of the last commit, or SOURCE_DATE_EPOCH.
set -eu
cd "$(dirname "$0")/.."
. scripts/settings.sh
. scripts/tools.sh
. scripts/targets.sh
. scripts/archive.sh
umask 022
export LC_ALL=C TZ=UTC

dist=$BUILD/dist
if [ -z "${SOURCE_DATE_EPOCH:-}" ]; then
    SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null) || SOURCE_DATE_EPOCH=$(date -d 2000-01-01 +%s)
fi
export SOURCE_DATE_EPOCH

say() { printf '%s: %s\n' "$target" "$*"; }

# Files of the same content are the same, whenever they were made.
settle() { # settle FOLDER
    find "$1" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
}

# Prints to $work/NAME.spdx.json what is in a product: see scripts/sbom.
bill() { # bill NAME OPTION...
    bill_name=$1
    shift
    GOOS='' GOARCH='' CGO_ENABLED=0 "$GO" run ./scripts/sbom -name "$bill_name" -version "$VERSION" "$@" >"$work/$bill_name.spdx.json"
}

build() {
    say "library, archive, mesh edition, server, suite"
    for product in libnet_meshos.so libnet_meshos.a mesh/libnet_meshos.so meshos man3; do
        BUILD=$work scripts/compile.sh "$product"
    done
    if [ "$SUITE" = yes ]; then
        BUILD=$work scripts/compile.sh meshos-conformance
        "$STRIP" "$work/meshos-conformance"
    fi
    bill "$archive" -product "$work/libnet_meshos.so" -licences "$work/licences"
    bill "$archive-mesh" -what "libnet_meshos, mesh edition" -product "$work/mesh/libnet_meshos.so" -licences "$work/licences-edition"
    bill "$archive-meshos" -what meshos -product "$work/meshos" -module cmd/meshos -licences "$work/licences-mesh"
    cp "$work/licences-edition"/* "$work/licences-mesh/"
}

stage() { # stage FOLDER PREFIX LIBDIR
    rm -rf "$1"
    BUILD=$work DESTDIR=$PWD/$1 PREFIX=$2 LIBDIR=$3 scripts/install.sh install >"$work/installed.log"
    documents=$1$2/share/doc/net_meshos
    rm "$documents/folders" # what to uninstall is known to who installs this
    cp -R "$work/licences" "$documents/licences"
    cp "$work/$archive.spdx.json" "$documents/net_meshos.spdx.json"
    cp -R "$BUILD/reference/html" "$documents/html"
    mkdir -p "$1$2/share/doc/net-meshos-mesh"
    cp -R "$work/licences-mesh" "$1$2/share/doc/net-meshos-mesh/licences"
    for each in mesh meshos; do
        cp "$work/$archive-$each.spdx.json" "$1$2/share/doc/net-meshos-mesh/$each.spdx.json"
    done
    settle "$1"
}

pack() { # pack FOLDER: the archive of what it has
    tar -C "$1" --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" --format=ustar \
        -cf - "$archive" | gzip -9n >"$dist/$archive.tar.gz"
}

make_archive() {
    say "$archive.tar.gz"
    stage "$work/tree" "/$archive" "/$archive/lib"
    cp docs/*.md "$work/tree/$archive/share/doc/net_meshos/"
    front_pages "$work/tree/$archive"
    settle "$work/tree"
    pack "$work/tree"
    cp "$work/$archive"*.spdx.json "$dist/"
}

# For programs in Go: a folder that the go command takes for a proxy.
make_goproxy() {
    target=goproxy
    archive=net_meshos-$VERSION-goproxy
    say "$archive.tar.gz"
    rm -rf "$dist/work/goproxy"
    mkdir -p "$dist/work/goproxy"
    "$GO" run ./scripts/gomodule -out "$dist/work/goproxy/goproxy" -version "$VERSION"
    settle "$dist/work/goproxy"
    tar -C "$dist/work/goproxy" --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" \
        --format=ustar -cf - goproxy | gzip -9n >"$dist/$archive.tar.gz"
}

sums() {
    rm -f "$dist/SHA256SUMS"
    (cd "$dist" && find . -maxdepth 1 -type f -printf '%f\n' | sort | xargs sha256sum) >"$dist/work/sums"
    cp "$dist/work/sums" "$dist/SHA256SUMS"
}

make_target() {
    use_target "$1"
    archive=net_meshos-$VERSION-$target work=$dist/work/$target
    mkdir -p "$work"
    rm -f "$dist/$archive".* "$dist/$archive"-mesh*.spdx.json
    if [ "$TARGET_OS" = darwin ]; then
        . scripts/macos.sh
        make_macos
        return
    fi
    if [ "$TARGET_OS" = windows ]; then
        . scripts/windows.sh
        make_windows
        return
    fi
    build
    make_archive
    if [ -n "$deb_arch" ]; then
        . scripts/packages.sh
        make_packages
    fi
}

: "${LANGUAGES=python node java rust zig}" # those whose packages are made
need_go
need doxygen
scripts/reference.sh
mkdir -p "$dist"
# shellcheck disable=SC2048  # names without blanks
built=${*:-$all_targets}
for each in $built; do
    # A subshell, for a target leaves nothing to the next.
    (make_target "$each")
done
. scripts/languages.sh
make_languages
(make_goproxy)
sums
echo "in $dist:"
sed 's/^[0-9a-f]*/ /' "$dist/SHA256SUMS"
