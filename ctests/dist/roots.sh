# shellcheck shell=sh disable=SC2154  # ctests/dist/run.sh sets what is used here
# Packages in systems of their own: Debian as debootstrap makes it, with a compiler and little else, and without a
# network. Sourced by ctests/dist/run.sh.

roots_packages=gcc,libc6-dev,pkg-config,cmake,make

# The oldest Debian that its mirrors still have: glibc 2.31, Python 3.9.
# shellcheck disable=SC2034  # run.sh names it
old_release=bullseye

# Sets $bare to a root with those packages. It is kept, and each test has a copy.
bare_root() { # bare_root PACKAGES [RELEASE]
    PATH=$PATH:/usr/sbin:/sbin
    [ "$(id -u)" -eq 0 ] || lacking "only root may make a system in a folder"
    need debootstrap
    need unshare
    # shellcheck source=/dev/null
    here=$(. /etc/os-release && echo "$VERSION_CODENAME")
    release=${2:-$here}
    bare=$PWD/$BUILD/tools/$release-$(echo "${1:-minbase}" | tr , -)
    [ ! -e "$bare" ] || return 0
    # shellcheck disable=SC2016  # apt-get's variables
    mirror=$(apt-get indextargets --no-release-info --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
        awk -v release="$here" '$1 == release && $2 == "main" && $3 ~ /^(https?|file):/ { print $3; exit }')
    [ -n "$mirror" ] || lacking "apt knows no mirror of $here"
    rm -rf --one-file-system "$bare.new"
    eval "$(apt-config shell http_proxy Acquire::http::Proxy https_proxy Acquire::https::Proxy)"
    export http_proxy https_proxy
    run debootstrap --variant=minbase ${1:+--include="$1"} "$release" "$bare.new" "$mirror"
    rm -rf "$bare.new/var/cache/apt/archives"/*.deb "$bare.new/var/lib/apt/lists"/*
    mv "$bare.new" "$bare"
}

# The mount is in a namespace that ends with it.
inside() { # inside ROOT COMMAND...
    # shellcheck disable=SC2016  # the inner shell's
    run unshare --mount --net --pid --fork sh -c 'mount -t proc proc "$1/proc" && exec chroot "$@"' sh "$1" /usr/bin/env -i \
        PATH=/usr/local/go/bin:/usr/local/node:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C "$2" "$3" "$4" "$5"
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
    bare_root "$roots_packages"
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
    inside "$root" sh /srv/machine.sh "$1" "$VERSION"
    rm -rf --one-file-system "$root"
}

# A user of a language has what its guide names: its tools, and the package.
language_root() { # language_root LANGUAGE [RELEASE]
    case $1 in
        cpp) bare_root g++,pkg-config,cmake,make "${2:-}" ;;
        python) bare_root python3-venv "${2:-}" ;;
        rust) bare_root cargo,libc6-dev "${2:-}" ;;
        java) bare_root openjdk-17-jdk-headless "${2:-}" ;;
        node | go) bare_root "" "${2:-}" ;; # newer ones than Debian's come from this machine
    esac
    root=$work/root-$1
    cp -a --one-file-system "$bare" "$root"
    user_folder "$1" "$root/srv"
    case $1 in
        cpp) cp "$dist/libnet-meshos_$VERSION-1_amd64.deb" "$dist/libnet-meshos-dev_$VERSION-1_amd64.deb" "$root/srv/packages/" ;;
        node)
            fetch_node
            cp -R "$home" "$root/usr/local/nodejs"
            mkdir "$root/usr/local/node"
            ln -s ../nodejs/bin/node "$root/usr/local/node/node"
            printf '#!/bin/sh\nexec node /usr/local/nodejs/lib/node_modules/npm/bin/npm-cli.js "$@"\n' >"$root/usr/local/node/npm"
            chmod +x "$root/usr/local/node/npm"
            echo "registry=$(npm config get registry)" >"$root/root/.npmrc"
            ;;
        go)
            mkdir -p "$root/usr/local/go"
            (cd "$("$GO" env GOROOT)" && tar -cf - bin go.env lib pkg/include pkg/tool src VERSION) | tar -C "$root/usr/local/go" -xf -
            ;;
    esac
    inside "$root" sh /srv/user.sh "$1" "$VERSION"
    rm -rf --one-file-system "$root"
}
