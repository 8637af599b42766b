# shellcheck shell=sh disable=SC2154  # ctests/dist/run.sh sets what is used here
# What can be tried of macOS without one. Sourced by ctests/dist/run.sh.

# Every C file of the library, for both machines, with the flags that cgo gives it. Those that are for Linux have a
# build tag, by which Go leaves them out.
macos_compiles() {
    ctests/unit/generate.sh "$work/generated"
    for target in macos-arm64 macos-x86_64; do
        use_target "$target"
        files=$(GOOS=darwin GOARCH=$TARGET_ARCH CGO_ENABLED=1 "$GO" list -f '{{range .CFiles}}{{$.Dir}}/{{.}} {{end}}' ./capi)
        case $files in *guest_darwin.c*) ;; *) echo "no guest_darwin.c for $target" && return 1 ;; esac
        flags="-std=c11 -D_POSIX_C_SOURCE=200809L -D_DARWIN_C_SOURCE -O2 -Wall -Wextra -Werror -Wconversion -Wshadow"
        for file in $files; do
            # shellcheck disable=SC2086  # lists
            run $CC $flags -fvisibility=hidden -Iinclude -Icapi -I"$work/generated" -c "$file" -o "$work/macos.o"
        done
    done
}

# It exports the calls and nothing else, needs nothing but the system's library, and a program links with it. What
# Apple's machines with arm64 want of a library before they load it is looked at, too: that each page of it has the
# sum that its signature says.
macos_library_is_right() { # macos_library_is_right TARGET
    need python3
    use_target "$1"
    tar -C "$work" -xzf "$dist/net_meshos-$VERSION-$1.tar.gz"
    folder=$work/net_meshos-$VERSION-$1
    scripts/calls.sh names >"$work/declared"
    run python3 ctests/dist/macho.py "$folder/lib/libnet_meshos.dylib" "$work/declared"
    # shellcheck disable=SC2086  # a command with its arguments
    run $CC -std=c11 -I"$folder/include" docs/reference/register_with_vtable.c -L"$folder/lib" -lnet_meshos -o "$work/macos-user"
    [ -s "$folder/lib/cmake/net_meshos/net_meshosConfig.cmake" ]
    [ -s "$folder/share/man/man3/net_meshos_sdk_start.3" ]
    need pkg-config
    PKG_CONFIG_PATH=$folder/lib/pkgconfig pkg-config --cflags --libs net_meshos
    ! grep -rlaF -e "$PWD/" "$folder"
}
