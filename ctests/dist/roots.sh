# shellcheck shell=sh disable=SC2154  # ctests/dist/run.sh sets what is used here
# Packages in systems of their own: Debian as debootstrap makes it, with a C compiler, pkg-config and CMake, and
# without a network. Sourced by ctests/dist/run.sh.

roots_packages=gcc,libc6-dev,pkg-config,cmake,make

# It is kept, and each test has a copy.
bare_root() {
    PATH=$PATH:/usr/sbin:/sbin
    [ "$(id -u)" -eq 0 ] || lacking "only root may make a system in a folder"
    need debootstrap
    need unshare
    # shellcheck source=/dev/null
    release=$(. /etc/os-release && echo "$VERSION_CODENAME")
    bare=$PWD/$BUILD/tools/$release-$(echo $roots_packages | tr , -)
    [ ! -e "$bare" ] || return 0
    # shellcheck disable=SC2016  # apt-get's variables
    mirror=$(apt-get indextargets --no-release-info --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
        awk -v release="$release" '$1 == release && $2 == "main" && $3 ~ /^(https?|file):/ { print $3; exit }')
    [ -n "$mirror" ] || lacking "apt knows no mirror of $release"
    rm -rf --one-file-system "$bare.new"
    eval "$(apt-config shell http_proxy Acquire::http::Proxy https_proxy Acquire::https::Proxy)"
    export http_proxy https_proxy
    run debootstrap --variant=minbase --include="$roots_packages" "$release" "$bare.new" "$mirror"
    mv "$bare.new" "$bare"
}

# What is in there that no package has brought: the sources of two hosts, and of a CMake project for each.
hosts_into() { # hosts_into ROOT
    mkdir -p "$1/srv/life" "$1/srv/event"
    cp ctests/consumers/c/*.[ch] ctests/install/CMakeLists.txt "$1/srv/life/"
    sed "s/life.c main.c watch.c/main.c/" ctests/install/CMakeLists.txt >"$1/srv/event/CMakeLists.txt"
    cp docs/reference/register_with_vtable.c "$1/srv/event/main.c"
    sed -n '/^\/\* It prints:$/,/^\*\/$/p' "$1/srv/event/main.c" | sed '1d;$d' >"$1/srv/event/expected"
    cp -R ctests/install/mesh "$1/srv/mesh"
    cp ctests/dist/machine.sh ctests/dist/loopback.c "$1/srv/"
}

in_root() { # in_root deb|rpm|archive
    bare_root
    root=$work/root-$1
    cp -a --one-file-system "$bare" "$root"
    hosts_into "$root"
    case $1 in
        deb) cp "$dist/libnet-meshos_$VERSION-1_amd64.deb" "$dist/libnet-meshos-dev_$VERSION-1_amd64.deb" \
            "$dist/net-meshos-mesh_$VERSION-1_amd64.deb" "$root/srv/" ;;
        rpm)
            need rpm
            run rpm --root="$root" --nodeps --nosignature --install "$dist/libnet_meshos-$VERSION-1.x86_64.rpm" \
                "$dist/libnet_meshos-devel-$VERSION-1.x86_64.rpm" "$dist/net-meshos-mesh-$VERSION-1.x86_64.rpm"
            ;;
        archive) tar -C "$root/opt" -xzf "$dist/$archive.tar.gz" && mv "$root/opt/$archive" "$root/opt/net_meshos" ;;
    esac
    # The mount is in a namespace that ends with it.
    # shellcheck disable=SC2016  # the inner shell's
    run unshare --mount --net --pid --fork sh -c 'mount -t proc proc "$1/proc" && exec chroot "$1" /usr/bin/env -i \
        PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C sh /srv/machine.sh "$2" "$3"' sh "$root" "$1" "$VERSION"
    rm -rf --one-file-system "$root"
}
