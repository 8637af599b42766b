#!/bin/sh
# Makes the crate's package with the library in it, into the build folder: package.sh [TRIPLE=ARCHIVE...]
# By default for this machine, with what is built in the build folder. NET_MESHOS_LICENCES is a folder with the licences
# of what the library is made of. Cargo builds the package once to verify it. Prints the file's name on its last line.
set -eu
cd "$(dirname "$0")/../.."
. scripts/settings.sh

here=$PWD/bindings/rust
target=$PWD/$BUILD/bindings/rust/target
if [ $# -eq 0 ]; then
    [ -e "$BUILD/libnet_meshos.a" ] || scripts/compile.sh libnet_meshos.a
    set -- "$(rustc -vV | sed -n 's/^host: //p')=$BUILD/libnet_meshos.a"
fi

# Made from a copy, so that the sources stay without what is built.
crate=$PWD/$BUILD/bindings/rust/crate
rm -rf "$crate"
mkdir -p "$crate/lib"
cp -R "$here/Cargo.toml" "$here/build.rs" "$here/README.md" "$here/src" "$here/tests" "$here/examples" LICENSE "$crate/"
for each in "$@"; do
    mkdir "$crate/lib/${each%%=*}"
    cp "${each#*=}" "$crate/lib/${each%%=*}/"
done
[ -z "${NET_MESHOS_LICENCES:-}" ] || cp -R "$NET_MESHOS_LICENCES" "$crate/lib/licences"
cd "$crate"
env -u NET_MESHOS_LIB_DIR -u LD_LIBRARY_PATH CARGO_TARGET_DIR="$target" cargo package --allow-dirty --offline
echo "$target/package/net-meshos-$VERSION.crate"
