#!/bin/sh
# Installs what was built, or removes what was installed: install.sh install|uninstall.
# PREFIX (/usr/local), LIBDIR (PREFIX/lib) and DESTDIR (empty) come from the environment.
set -eu
cd "$(dirname "$0")/.."
. scripts/settings.sh

# What is installed is for everyone, whatever the umask of the one who installs it.
umask 022

: "${PREFIX:=/usr/local}"
: "${LIBDIR:=$PREFIX/lib}"
: "${DESTDIR:=}"

for folder in "$PREFIX" "$LIBDIR" "${DESTDIR:-/}"; do
    case $folder in
        /*) ;;
        *)
            echo "install.sh: PREFIX, LIBDIR and DESTDIR must be absolute paths, and '$folder' is not" >&2
            exit 2
            ;;
    esac
done

include=$PREFIX/include
package=$LIBDIR/cmake/net_meshos
mesh=$LIBDIR/net_meshos/mesh
document=$PREFIX/share/doc/net_meshos
folders=$document/folders # those that installing has made, for uninstall: the others were there before

# Of man: a call each, and the headers. Without a compiler, which scripts/calls.sh needs: none is needed to uninstall.
pages="$(sed -n 's/^[a-z].*[ *]\(net_meshos_[a-z0-9_]*\)(.*/\1/p' include/*.h) net_meshos.h net_meshos_ext.h"

# Everything that is installed, once: calls COMMAND MODE SOURCE TARGET for each file.
each_file() {
    "$1" 755 "$BUILD/libnet_meshos.so" "$LIBDIR/libnet_meshos.so.$VERSION"
    "$1" link "libnet_meshos.so.$VERSION" "$LIBDIR/libnet_meshos.so"
    "$1" 644 "$BUILD/libnet_meshos.a" "$LIBDIR/libnet_meshos.a"
    # Without the mesh, as a build of the library alone has it, the rest is installed.
    if [ "$1" = remove ] || [ -e "$BUILD/mesh/libnet_meshos.so" ]; then
        "$1" 755 "$BUILD/mesh/libnet_meshos.so" "$mesh/libnet_meshos.so.$VERSION"
        "$1" link "libnet_meshos.so.$VERSION" "$mesh/libnet_meshos.so"
        "$1" filled cmake/net_meshos_mesh.pc.in "$LIBDIR/pkgconfig/net_meshos_mesh.pc"
    fi
    if [ "$1" = remove ] || [ -e "$BUILD/meshos" ]; then
        "$1" 755 "$BUILD/meshos" "$PREFIX/bin/meshos"
    fi
    for header in include/*.h bindings/cpp/net_meshos.hpp; do
        "$1" 644 "$header" "$include/${header##*/}"
    done
    "$1" filled cmake/net_meshos.pc.in "$LIBDIR/pkgconfig/net_meshos.pc"
    "$1" filled cmake/net_meshosConfig.cmake.in "$package/net_meshosConfig.cmake"
    "$1" filled cmake/net_meshosConfigVersion.cmake.in "$package/net_meshosConfigVersion.cmake"
    # The suite opens the library, which musl refuses: there is none for musl.
    [ "${SUITE:-yes}" != yes ] || "$1" 755 "$BUILD/meshos-conformance" "$PREFIX/bin/meshos-conformance"
    # With these, each page finds those that it refers to.
    for page in runtime-json embedding supervise look operate swap-in platforms windows mesh meshos abi-policy; do
        "$1" 644 "docs/$page.md" "$document/$page.md"
    done
    "$1" 644 LICENSE "$document/LICENSE"
    for page in $pages; do
        "$1" 644 "$BUILD/man3/$page.3" "$PREFIX/share/man/man3/$page.3"
    done
}

made= # a folder a line
make_folder() {
    [ ! -d "$DESTDIR${1:-/}" ] || return 0
    make_folder "${1%/*}"
    mkdir "$DESTDIR$1"
    made="$made$1
"
}

# Relative to the document's, so that the whole can be moved.
note_folders() {
    printf '%s' "$made" | while IFS= read -r folder; do
        realpath -m --relative-to="$document" "$folder"
    done >>"$DESTDIR$folders"
}

remove_folders() {
    noted=
    [ ! -e "$DESTDIR$folders" ] || noted=$(cat "$DESTDIR$folders")
    rm -f "$DESTDIR$folders"
    {
        printf '%s\n' "$noted" | while IFS= read -r folder; do
            [ -z "$folder" ] || realpath -m "$DESTDIR$document/$folder"
        done
        printf '%s\n' "$DESTDIR$package" "$DESTDIR$document" "$DESTDIR$mesh" "$DESTDIR${mesh%/*}" # ours alone, whoever has made them
    } | sort -ru | while IFS= read -r folder; do
        rmdir "$folder" 2>/dev/null || true # it has something of somebody else's
    done
}

put() {
    target=$DESTDIR$3
    [ -z "$DESTDIR" ] || mkdir -p "$DESTDIR"
    make_folder "${3%/*}"
    case $1 in
        link) ln -sf "$2" "$target" ;;
        filled)
            fill "$2" >"$target.new"
            chmod 644 "$target.new"
            mv "$target.new" "$target"
            ;;
        *)
            # Renamed into place: a running program keeps the library that it has open.
            cp "$2" "$target.new"
            chmod "$1" "$target.new"
            mv "$target.new" "$target"
            ;;
    esac
    echo "installed $target"
}

# The package files name other folders relative to their own, so that the whole can be moved.
fill() {
    # Byte 4 of an ELF file is 1 for 32-bit code and 2 for 64-bit code.
    class=$(od -An -tu1 -j4 -N1 "$BUILD/libnet_meshos.so")
    sed -e "s|@VERSION@|$VERSION|g" \
        -e "s|@POINTER_SIZE@|$((class * 4))|g" \
        -e "s|@LIBDIR_TO_INCLUDE@|$(realpath -m --relative-to="$LIBDIR" "$include")|g" \
        -e "s|@LIBDIR_TO_PREFIX@|$(realpath -m --relative-to="$LIBDIR" "$PREFIX")|g" "$1"
}

remove() {
    target=$DESTDIR$3
    if [ -e "$target" ] || [ -L "$target" ]; then
        rm -f "$target"
        echo "removed $target"
    fi
}

case ${1:-} in
    install)
        each_file put
        note_folders
        ;;
    uninstall)
        each_file remove
        remove_folders
        ;;
    *)
        echo "usage: install.sh install|uninstall" >&2
        exit 2
        ;;
esac
