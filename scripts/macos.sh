# shellcheck shell=sh disable=SC2154  # the variables are the callers'
# What is different where macOS is the target. scripts/compile.sh sources it to build the library, with that file's
# functions; scripts/dist.sh for the archive.

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
    package=$1/lib/cmake/net_meshos document=$1/share/doc/net_meshos
    mkdir -p "$1/include" "$1/lib/pkgconfig" "$1/share/man" "$package" "$document"
    cp "$work/libnet_meshos.dylib" "$1/lib/"
    cp include/*.h bindings/cpp/net_meshos.hpp "$1/include/"
    macos_fill cmake/net_meshosConfigMacos.cmake.in >"$package/net_meshosConfig.cmake"
    macos_fill cmake/net_meshosConfigVersion.cmake.in >"$package/net_meshosConfigVersion.cmake"
    macos_fill cmake/net_meshos.pc.in >"$1/lib/pkgconfig/net_meshos.pc"
    cp -R "$work/licences" "$document/licences"
    cp "$work/$archive.spdx.json" "$document/net_meshos.spdx.json"
    cp -R "$BUILD/reference/html" "$document/html"
    mkdir "$1/share/man/man3"
    cp "$BUILD/man3/"*.3 "$1/share/man/man3/"
    cp docs/*.md LICENSE "$document/"
    cp README.md CHANGELOG.md LICENSE "$1/"
}

macos_fill() { # macos_fill TEMPLATE
    sed -e "s|@VERSION@|$VERSION|g" -e 's|@POINTER_SIZE@|8|g' -e 's|@LIBDIR_TO_INCLUDE@|../include|g' \
        -e 's|@LIBDIR_TO_PREFIX@|..|g' "$1"
}

make_macos() {
    say "library"
    BUILD=$work scripts/compile.sh libnet_meshos.dylib
    GOOS='' GOARCH='' CGO_ENABLED=0 "$GO" run ./scripts/sbom -name "$archive" -version "$VERSION" \
        -library "$work/libnet_meshos.dylib" -licences "$work/licences" >"$work/$archive.spdx.json"
    say "$archive.tar.gz"
    rm -rf "$work/tree"
    macos_tree "$work/tree/$archive"
    settle "$work/tree"
    pack "$work/tree"
    cp "$work/$archive.spdx.json" "$dist/"
}
