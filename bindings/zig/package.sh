#!/bin/sh
# Makes the Zig package with the library in it, into the build folder: package.sh
# Prints the file's name on its last line. The same sources make the same bytes.
set -eu
cd "$(dirname "$0")/../.."
. scripts/settings.sh

name=net_meshos-$VERSION
work=$PWD/$BUILD/bindings/zig
machine=$(uname -m)
[ -e "$BUILD/libnet_meshos.a" ] || scripts/compile.sh libnet_meshos.a

rm -rf "${work:?}/$name"
mkdir -p "$work/$name/lib/$machine-linux-gnu"
(cd bindings/zig && cp -R build.zig build.zig.zon src example README.md "$work/$name/")
cp LICENSE "$work/$name/"
cp "$BUILD/libnet_meshos.a" "$work/$name/lib/$machine-linux-gnu/"
tar -C "$work" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX -cf - "$name" |
    gzip -n >"$work/$name.tar.gz"
echo "$work/$name.tar.gz"
