# shellcheck shell=sh disable=SC2154  # dist.sh and targets.sh set what is used here
# Makes Debian and RPM packages of what dist.sh has built, by nfpm. Sourced by dist.sh.
#
# Three of each: the library, what programs are built with, and the mesh. The SONAME has no number, so there is one
# library of this name on a machine, and no package has a number in its name. The mesh is apart, for who has no mesh
# gets no code that listens to a network.

# Prints nfpm's list of the files below a folder whose names a pattern takes, or with -v doesn't.
contents() { # contents FOLDER [-v] PATTERN
    folder=$1
    shift
    (cd "$folder" && find . ! -type d | sed 's|^\.||' | sort) | grep -E "$@" | while read -r file; do
        if [ -L "$folder$file" ]; then
            printf '  - {src: "%s", dst: "%s", type: symlink, file_info: {mtime: "%s"}}\n' \
                "$(readlink "$folder$file")" "$file" "$date"
        else
            printf '  - {src: "%s", dst: "%s", file_info: {mode: 0%s, mtime: "%s"}}\n' "$folder$file" "$file" \
                "$(stat -c %a "$folder$file")" "$date"
        fi
    done
}

# What a program needs that runs, and what the mesh is; the rest is for those who build one.
of_library='/(lib64|[a-z0-9_]*-linux-gnu)/libnet_meshos\.so|/doc/net_meshos/(LICENSE$|licences/|.*\.spdx\.json$)|/doc/libnet-meshos/'
of_mesh='/net_meshos/mesh/|/net_meshos_mesh\.pc$|/bin/meshos$|/doc/net_meshos/(mesh|meshos)\.md$|/doc/net-meshos-mesh/'

# What differs between the packages, as nfpm takes it.
relations() { # relations FORMAT NAME
    case $1:$2 in
        deb:*-dev) printf 'depends: ["libnet-meshos (= %s-1)"]\nsection: libdevel\n' "$VERSION" ;;
        rpm:*-devel) printf 'depends: ["libnet_meshos = %s-1"]\n' "$VERSION" ;;
        deb:*-mesh) printf 'depends: ["libc6 (>= %s)"]\nsuggests: ["libnet-meshos-dev (= %s-1)"]\nsection: net\n' "$glibc_floor" "$VERSION" ;;
        rpm:*-mesh) printf 'depends: ["libc.so.6(GLIBC_%s)(64bit)"]\nsuggests: ["libnet_meshos-devel = %s-1"]\n' "$glibc_floor" "$VERSION" ;;
        deb:*)
            printf 'depends: ["libc6 (>= %s)"]\nsection: libs\n' "$glibc_floor"
            printf 'deb: {triggers: {activate_noawait: [ldconfig]}}\n'
            ;;
        rpm:*)
            printf 'depends: ["libc.so.6(GLIBC_%s)(64bit)"]\n' "$glibc_floor"
            printf 'provides: ["libnet_meshos.so()(64bit)", "libnet_meshos.so(NET_MESHOS_EXT_1)(64bit)"]\n'
            ;;
    esac
}

package() { # package FORMAT NAME ARCHITECTURE FOLDER DESCRIPTION [-v] PATTERN
    config=$work/$1-$2.yaml format=$1
    {
        sed -e "s|@NAME@|$2|; s|@ARCH@|$3|; s|@VERSION@|$VERSION|; s|@DESCRIPTION@|$5|; s|@DATE@|$date|" \
            packaging/nfpm.yaml.in
        relations "$1" "$2"
        echo "contents:"
        tree=$4
        shift 5
        contents "$tree" "$@"
    } >"$config"
    "$nfpm" package --config "$config" --packager "$format" --target "$dist/" >"$work/nfpm.log" 2>&1 || {
        cat "$work/nfpm.log" >&2
        return 1
    }
}

# Debian wants a page of licences in a folder named as the package.
debian_documents() { # debian_documents FOLDER
    for name in libnet-meshos libnet-meshos-dev net-meshos-mesh; do
        mkdir -p "$1/$name"
        texts=$work/licences
        [ "$name" != net-meshos-mesh ] || texts=$work/licences-mesh
        { cat LICENSE; for text in "$texts"/*; do printf '\n\n%s\n\n' "${text##*/}:"; cat "$text"; done; } >"$1/$name/copyright"
    done
    settle "$1"
}

# What dpkg-shlibdeps reads to tell what a package needs that was linked with the library. A shlibs file can't: it names
# a library by the number in its SONAME, and this one has none. nfpm knows neither file, so it is added to the package.
debian_symbols() { # debian_symbols PACKAGE.deb LIBRARY
    (
        file=$PWD/$1 library=$PWD/$2 rest="--owner=0 --group=0 --numeric-owner --format=ustar"
        rm -rf "$work/members"
        mkdir -p "$work/members/control"
        cd "$work/members" || exit
        "$AR" x "$file"
        tar -C control -xzf control.tar.gz
        {
            echo 'libnet_meshos.so libnet-meshos #MINVER#'
            "$NM" -D --defined-only "$library" | awk -v version="$VERSION" '
                $2 != "T" { next }
                { sub(/@@/, "@", $3); print " " ($3 ~ /@/ ? $3 : $3 "@Base") " " version }' | sort
        } >control/symbols
        settle control
        # shellcheck disable=SC2086  # options
        tar -C control --sort=name --mtime="@$SOURCE_DATE_EPOCH" $rest -cf - . | gzip -9n >control.tar.gz
        rm "$file"
        # In this order, without a table of symbols, and the same at any time.
        "$AR" qcSD "$file" debian-binary control.tar.gz data.tar.*
    )
}

make_packages() {
    say "Debian and RPM packages"
    nfpm=$PWD/$dist/work/nfpm date=$(date -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)
    GOOS='' GOARCH='' CGO_ENABLED=0 "$GO" -C packaging/tools build -trimpath -o "$nfpm" github.com/goreleaser/nfpm/v2/cmd/nfpm
    what="Supervised daemons for any language that speaks C"
    mesh="Daemons on many nodes: the library with the mesh, its server, and its operators' tool"
    stage "$work/deb" /usr "/usr/lib/$triple"
    gzip -9n "$work/deb/usr/share/man/man3/"*.3
    debian_documents "$work/deb/usr/share/doc"
    package deb libnet-meshos "$deb_arch" "$PWD/$work/deb" "$what" "$of_library"
    debian_symbols "$dist/libnet-meshos_$VERSION-1_$deb_arch.deb" "$work/libnet_meshos.so"
    package deb libnet-meshos-dev "$deb_arch" "$PWD/$work/deb" "$what (development files)" -v "$of_library|$of_mesh"
    package deb net-meshos-mesh "$deb_arch" "$PWD/$work/deb" "$mesh" "$of_mesh"
    stage "$work/rpm" /usr /usr/lib64
    gzip -9n "$work/rpm/usr/share/man/man3/"*.3
    settle "$work/rpm"
    package rpm libnet_meshos "$rpm_arch" "$PWD/$work/rpm" "$what" "$of_library"
    package rpm libnet_meshos-devel "$rpm_arch" "$PWD/$work/rpm" "$what (development files)" -v "$of_library|$of_mesh"
    package rpm net-meshos-mesh "$rpm_arch" "$PWD/$work/rpm" "$mesh" "$of_mesh"
}
