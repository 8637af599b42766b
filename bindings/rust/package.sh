#!/bin/sh
# Makes the crate's package with the library in it, into the build folder: package.sh
# Cargo builds the package once to verify it. Prints the file's name on its last line.
set -eu
cd "$(dirname "$0")/../.."
. scripts/settings.sh

here=$PWD/bindings/rust
target=$PWD/$BUILD/bindings/rust/target
triple=$(rustc -vV | sed -n 's/^host: //p')
[ -e "$BUILD/libnet_meshos.a" ] || scripts/compile.sh libnet_meshos.a

# Made from a copy, so that the sources stay without what is built.
crate=$PWD/$BUILD/bindings/rust/crate
rm -rf "$crate"
mkdir -p "$crate/lib/$triple"
cp -R "$here/Cargo.toml" "$here/build.rs" "$here/README.md" "$here/src" "$here/tests" "$here/examples" LICENSE "$crate/"
cp "$BUILD/libnet_meshos.a" "$crate/lib/$triple/"
cd "$crate"
env -u NET_MESHOS_LIB_DIR -u LD_LIBRARY_PATH CARGO_TARGET_DIR="$target" cargo package --allow-dirty --offline
echo "$target/package/net-meshos-$VERSION.crate"
