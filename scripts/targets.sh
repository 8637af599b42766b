# shellcheck shell=sh
# The platforms that archives are made for, and how each is built. Sourced after settings.sh and tools.sh.
#
#   use_target NAME   sets and exports what scripts/compile.sh and scripts/install.sh take from the environment
#
# Zig compiles and links for all of them, against the oldest C library that programs may have. The binutils of each
# machine merge objects, and make the archive.

all_targets="linux-x86_64 linux-arm64 linux-s390x linux-x86_64-musl windows-x86_64 macos-arm64 macos-x86_64"

# The oldest glibc that runs what is built: 2012.
glibc_floor=2.17

binutils() { # binutils PREFIX PACKAGE
    need_target_tool "$1objcopy" "$2"
    LD=$1ld AR=$1ar OBJCOPY=$1objcopy NM=$1nm READELF=$1readelf STRIP=$1strip
    export LD AR OBJCOPY NM READELF STRIP
}

need_target_tool() { # need_target_tool COMMAND PACKAGE
    command -v "$1" >/dev/null || lacking "$1 is not installed: Debian's package $2"
}

# shellcheck disable=SC2034,SC2154  # for the caller; need_zig sets zig
use_target() {
    target=$1
    need_zig
    unset emulator
    deb_arch='' rpm_arch='' SUITE=yes floor=.$glibc_floor
    case $target in
        linux-x86_64)
            triple=x86_64-linux-gnu TARGET_ARCH=amd64 deb_arch=amd64 rpm_arch=x86_64
            binutils "" binutils
            ;;
        linux-arm64)
            triple=aarch64-linux-gnu TARGET_ARCH=arm64 deb_arch=arm64 rpm_arch=aarch64 emulator="qemu-aarch64 -L /usr/aarch64-linux-gnu"
            binutils aarch64-linux-gnu- binutils-aarch64-linux-gnu
            ;;
        linux-s390x)
            triple=s390x-linux-gnu TARGET_ARCH=s390x deb_arch=s390x rpm_arch=s390x emulator="qemu-s390x -L /usr/s390x-linux-gnu"
            binutils s390x-linux-gnu- binutils-s390x-linux-gnu
            ;;
        linux-x86_64-musl)
            triple=x86_64-linux-musl TARGET_ARCH=amd64 SUITE=no floor=''
            binutils "" binutils
            ;;
        macos-arm64) macos_machine=aarch64 TARGET_ARCH=arm64 ;;
        macos-x86_64) macos_machine=x86_64 TARGET_ARCH=amd64 ;;
        windows-x86_64) # with mingw-w64's gcc, whose libraries Go is tried with
            TARGET_ARCH=amd64
            need_target_tool x86_64-w64-mingw32-gcc-posix gcc-mingw-w64-x86-64-posix
            binutils x86_64-w64-mingw32- binutils-mingw-w64-x86-64
            ;;
        *)
            echo "there is no target '$target', but: $all_targets" >&2
            exit 2
            ;;
    esac
    if [ "${target%-*}" = macos ]; then # 12 is the oldest that Go's runtime is for
        TARGET_OS=darwin MERGES='' CC="$zig cc -target $macos_machine-macos.12.0" CFLAGS="-O2 -g0" CGO_CFLAGS=-O2 CGO_LDFLAGS=-O2
        export TARGET_OS TARGET_ARCH MERGES CC CFLAGS CGO_CFLAGS CGO_LDFLAGS
        return
    fi
    if [ "$target" = windows-x86_64 ]; then
        TARGET_OS=windows MERGES='' CC=x86_64-w64-mingw32-gcc-posix CFLAGS="-O2 -g0" CGO_CFLAGS=-O2 CGO_LDFLAGS=-O2
        export TARGET_OS TARGET_ARCH MERGES CC CFLAGS CGO_CFLAGS CGO_LDFLAGS
        return
    fi
    TARGET_OS=linux MERGES=yes CC="$zig cc -target $triple$floor" CFLAGS="-O2 -g0"
    # Without -g, which cgo gives by default and Zig's linker takes for a wish to keep all symbols.
    CGO_CFLAGS=-O2 CGO_LDFLAGS=-O2
    export SUITE TARGET_OS TARGET_ARCH MERGES CC CFLAGS CGO_CFLAGS CGO_LDFLAGS
}
