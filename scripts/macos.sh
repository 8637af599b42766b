# shellcheck shell=sh disable=SC2154  # the variables are the callers'
# What is different where macOS is the target. scripts/compile.sh sources it to build the library, with that file's
# functions; scripts/dist.sh for the archive.

. scripts/archive.sh

# @rpath: a program says where it looks for its libraries. No runtime path of Go's is in it, nor a build id.
macos_library() {
    out=$BUILD/go/macos/libnet_meshos.dylib
    small=
    for package in $rarely_used; do
        small="$small -gcflags=$package=-l"
    done
    GOOS='' GOARCH='' CGO_ENABLED=0 run "$GO" build -trimpath -o "$PWD/$BUILD/go/machlink" ./scripts/machlink
    # shellcheck disable=SC2086  # options
    MESHOS_CC=$CC GOOS=darwin GOARCH=$TARGET_ARCH CGO_ENABLED=1 run "$GO" build -trimpath -buildvcs=false \
        -buildmode=c-shared $small -ldflags "-s -w -buildid= -extld $PWD/$BUILD/go/machlink \
-extldflags '-Wl,-install_name,@rpath/libnet_meshos.dylib'" -o "$out" ./capi
    mv "$out" "$BUILD/libnet_meshos.dylib"
}

# A tree like that of Linux, without what is not built for macOS: the archive and the suite.
macos_tree() { # macos_tree FOLDER, from $work
    mkdir -p "$1/include" "$1/lib" "$1/share/man/man3"
    cp "$work/libnet_meshos.dylib" "$1/lib/"
    cp include/*.h bindings/cpp/net_meshos.hpp "$1/include/"
    foreign_packages "$1" Macos
    cp "$BUILD/man3/"*.3 "$1/share/man/man3/"
    foreign_documents "$1"
}

make_macos() {
    say "library"
    BUILD=$work scripts/compile.sh libnet_meshos.dylib
    bill "$archive" -product "$work/libnet_meshos.dylib" -licences "$work/licences"
    say "$archive.tar.gz"
    rm -rf "$work/tree"
    macos_tree "$work/tree/$archive"
    settle "$work/tree"
    pack "$work/tree"
    cp "$work/$archive.spdx.json" "$dist/"
}
