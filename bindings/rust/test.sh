#!/bin/sh
# Tests the crate: what it wraps, its own tests, its package, and a new program that depends on the package.
# Ends with "N passed, N failed, N skipped".
set -eu
cd "$(dirname "$0")/../.."
. scripts/settings.sh
. scripts/steps.sh
. scripts/tools.sh
. bindings/shared.sh

here=bindings/rust
work=$PWD/$BUILD/bindings/rust
library=$PWD/$BUILD
export CARGO_TARGET_DIR="$work/target" RUSTFLAGS="-D warnings" RUST_BACKTRACE=0
mkdir -p "$work"
bindings/readme.sh $here/README.md text >"$work/wanted"

wraps_all() {
    bindings/externs.sh rust $here/src/sys.rs
    # shellcheck disable=SC2046  # one argument a file
    bindings/covers.sh // $(find $here/src -name '*.rs' ! -name sys.rs)
}

# One part for each test: cargo's sums are added.
tests() {
    need cargo
    status=0
    (
        cd $here
        NET_MESHOS_LIB_DIR=$library LD_LIBRARY_PATH=$library limit cargo test --offline
    ) >"$work/tests" 2>&1 || status=$?
    cat "$work/tests"
    awk '/^test result:/ { passed += $4; failed += $6; skipped += $8 }
        END { print passed + 0 " passed, " failed + 0 " failed, " skipped + 0 " skipped" }' "$work/tests"
    return $status
}

package() {
    need cargo
    grep -qx "version = \"$VERSION\"" $here/Cargo.toml
    $here/package.sh | tee "$work/package"
    file=$(tail -n 1 "$work/package")
    # crates.io takes no more.
    size=$(wc -c <"$file")
    echo "$size bytes"
    [ "$size" -lt 10485760 ]
}

# A new program whose only dependency is the package, with the README's code, and nothing set.
readme() {
    need cargo
    rm -rf "$work/user"
    mkdir -p "$work/user/words/src"
    tar -xzf "$work/target/package/net-meshos-$VERSION.crate" -C "$work/user"
    bindings/readme.sh $here/README.md rust >"$work/user/words/src/main.rs"
    cmp $here/examples/words.rs "$work/user/words/src/main.rs"
    {
        printf '[package]\nname = "words"\nversion = "0.0.0"\nedition = "2021"\n'
        bindings/readme.sh $here/README.md toml | sed "s|\"0.1\"|{ path = \"../net-meshos-$VERSION\" }|"
    } >"$work/user/words/Cargo.toml"
    cat "$work/user/words/Cargo.toml"
    cd "$work/user/words"
    env -u NET_MESHOS_LIB_DIR -u LD_LIBRARY_PATH cargo run --offline >"$work/said"
    diff "$work/wanted" "$work/said"
}

# The same with the library that is installed.
readme_with_pkg_config() {
    need cargo
    need pkg-config
    env -u DESTDIR -u LIBDIR PREFIX="$work/user/prefix" scripts/install.sh install
    cd "$work/user/words"
    sed -i 's|" }|", default-features = false }|' Cargo.toml
    env -u NET_MESHOS_LIB_DIR PKG_CONFIG_PATH="$work/user/prefix/lib/pkgconfig" cargo build --offline
    LD_LIBRARY_PATH="$work/user/prefix/lib" "$CARGO_TARGET_DIR/debug/words" >"$work/said"
    diff "$work/wanted" "$work/said"
    LD_LIBRARY_PATH="$work/user/prefix/lib" ldd "$CARGO_TARGET_DIR/debug/words" | grep -F "$work/user/prefix/lib"
}

steps_begin "$BUILD/log/bindings/rust"
check "every call has a wrapper" wraps_all
suite "tests" tests
check "package" package
check "README with the package" readme
check "README with pkg-config" readme_with_pkg_config
steps_end
