#!/bin/sh
# Makes the Zig package with the library in it, into the build folder: package.sh [MACHINE=ARCHIVE...]
# By default for this machine, with what is built in the build folder. NET_MESHOS_LICENCES is a folder with the licences
# of what the library is made of. Prints the file's name on its last line. The same sources make the same bytes.
set -eu
cd "$(dirname "$0")/../.."
. scripts/settings.sh

name=net_meshos-$VERSION
work=$PWD/$BUILD/bindings/zig
if [ $# -eq 0 ]; then
    [ -e "$BUILD/libnet_meshos.a" ] || scripts/compile.sh libnet_meshos.a
    set -- "$(uname -m)=$BUILD/libnet_meshos.a"
fi

rm -rf "${work:?}/$name"
mkdir -p "$work/$name/lib"
(cd bindings/zig && cp -R build.zig build.zig.zon src example README.md "$work/$name/")
cp LICENSE "$work/$name/"
for each in "$@"; do
    mkdir "$work/$name/lib/${each%%=*}-linux-gnu"
    cp "${each#*=}" "$work/$name/lib/${each%%=*}-linux-gnu/"
done
[ -z "${NET_MESHOS_LICENCES:-}" ] || cp -R "$NET_MESHOS_LICENCES" "$work/$name/lib/licences"
tar -C "$work" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX -cf - "$name" |
    gzip -n >"$work/$name-zig.tar.gz"
echo "$work/$name-zig.tar.gz"
