#!/bin/sh
# On a machine to which ctests/dist/roots.sh has brought packages: installs them, builds hosts in every way that the
# README names, and runs them: machine.sh deb|rpm|archive VERSION.
set -eu
format=$1 version=$2
cd /srv

run() {
    printf '%s\n' "$*"
    "$@"
}

find=-DCMAKE_PREFIX_PATH=/opt/net_meshos # which only the archive needs
case $format in
    deb)
        run dpkg --install /srv/*.deb
        dpkg --list '*net-meshos*'
        include='' link='' libraries=/usr/lib/x86_64-linux-gnu
        ldconfig -p | grep -F "libnet_meshos.so"
        ;;
    rpm) # what such systems look through, and Debian doesn't
        find=-Dnet_meshos_DIR=/usr/lib64/cmake/net_meshos
        echo /usr/lib64 >/etc/ld.so.conf.d/lib64.conf
        ldconfig
        export PKG_CONFIG_PATH=/usr/lib64/pkgconfig
        include='' link=-L/usr/lib64 libraries=/usr/lib64
        ;;
    archive)
        export PKG_CONFIG_PATH=/opt/net_meshos/lib/pkgconfig
        include=-I/opt/net_meshos/include link="-L/opt/net_meshos/lib -Wl,-rpath,/opt/net_meshos/lib"
        libraries=/opt/net_meshos/lib
        ;;
esac

lives() { # lives PROGRAM HOST
    run "$1" >/srv/printed
    cat /srv/printed
    case $2 in
        life) grep -q 'lived and ended as it should' /srv/printed ;;
        event) sed 1d /srv/printed | diff /srv/event/expected - ;;
    esac
}

[ "$(pkg-config --modversion net_meshos)" = "$version" ]
for host in life event; do
    # shellcheck disable=SC2046,SC2086  # flags are lists
    {
        run cc $include $host/*.c $link -lnet_meshos -lpthread -o plain
        run cc $include $host/*.c $link -l:libnet_meshos.a -lpthread -o static
        run cc $host/*.c $(pkg-config --cflags --libs net_meshos) -lpthread -Wl,-rpath,$libraries -o by-pkg-config
    }
    for program in plain static by-pkg-config; do
        lives ./$program $host
    done
    run cmake -S $host -B $host-build "$find"
    run cmake --build $host-build
    lives $host-build/user_shared $host
    lives $host-build/user_static $host
done

# A mesh, of what is installed.
# shellcheck disable=SC2046  # flags are lists
run cc mesh/main.c $(pkg-config --cflags --libs net_meshos_mesh) -o joins
run cmake -S mesh -B mesh-build "$find"
run cmake --build mesh-build
run cc -D_GNU_SOURCE loopback.c -o loopback
run ./loopback
meshos=$(command -v meshos || echo /opt/net_meshos/bin/meshos)
for program in ./joins mesh-build/joins; do
    run mesh/join.sh "$meshos" $program
done

# The tool that comes with it, and the library as it is installed.
suite=$(command -v meshos-conformance || echo /opt/net_meshos/bin/meshos-conformance)
run "$suite" --lib "$libraries/libnet_meshos.so" --strict --filter events. >/srv/tap
tail -n 1 /srv/tap
tail -n 1 /srv/tap | grep -qE '^[1-9][0-9]* passed, 0 failed, 0 skipped$'

if [ "$format" = deb ]; then
    run dpkg --purge net-meshos-mesh libnet-meshos-dev libnet-meshos
    find / -xdev \( -path /srv -o -path /proc \) -prune -o -name '*net_meshos*' -print -o -name '*net-meshos*' -print | grep -v '/var/cache' >left || true
    cat left
    [ ! -s left ]
fi
