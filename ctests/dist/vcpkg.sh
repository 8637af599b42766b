# shellcheck shell=sh disable=SC2154  # ctests/dist/run.sh sets what is used here
# The vcpkg port, as far as it goes without vcpkg: see packaging/vcpkg/README.md. Sourced by ctests/dist/run.sh.

# As the archive has them: an end of each is in the file.
has_licences() { # has_licences FILE
    for text in "$work/$archive/share/doc/net_meshos/licences"/*.txt; do
        grep -qxF "$(grep . "$text" | tail -n 1)" "$1"
        grep -qF "${text##*/}" "$1"
    done
}

with_vcpkg_port() { # with_vcpkg_port dynamic|static
    need cmake
    need pkg-config
    port=packaging/vcpkg/net-meshos out=$work/vcpkg-$1
    grep -qF "\"version\": \"$VERSION\"" $port/vcpkg.json
    unset MERGES TARGET_OS TARGET_ARCH
    run cmake "-DPORT_DIR=$port" "-DLINKAGE=$1" "-DOUT=$out" -P ctests/dist/vcpkg/port.cmake
    package=$out/packages/net-meshos_x64-linux
    find "$package" ! -type d | sed "s|^$package/||" | sort | tee "$work/found"
    [ "$1" = dynamic ] && library=libnet_meshos.so || library=libnet_meshos.a
    printf '%s\n' include/net_meshos.h include/net_meshos.hpp include/net_meshos_ext.h "lib/$library" \
        lib/pkgconfig/net_meshos.pc share/net-meshos/copyright share/net-meshos/usage \
        share/net_meshos/net_meshosConfig.cmake share/net_meshos/net_meshosConfigVersion.cmake | diff - "$work/found"
    ! grep -rlaF -e "$work" "$package"
    has_licences "$package/share/net-meshos/copyright"
    # It is copied to where a project has its packages.
    mv "$package" "$out/installed"
    run cmake -S ctests/dist/vcpkg -B "$out/user" "-DCMAKE_PREFIX_PATH=$out/installed" "-DCONSUMER=$work/user" \
        -DCMAKE_C_COMPILER="${CC%% *}"
    run cmake --build "$out/user"
    run "$out/user/user"
    export PKG_CONFIG_PATH="$out/installed/lib/pkgconfig"
    [ "$(pkg-config --modversion net_meshos)" = "$VERSION" ]
    # shellcheck disable=SC2046,SC2086  # flags are lists
    run $CC -std=c11 "$work"/user/*.c $(pkg-config --cflags --libs net_meshos) -lpthread -o "$out/by-pkg-config"
    LD_LIBRARY_PATH="$out/installed/lib" run "$out/by-pkg-config"
}
