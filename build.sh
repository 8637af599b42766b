#!/bin/sh
# The Makefile for those without make: ./build.sh [all|demo|demo-mesh|test|install|uninstall|clean|distclean].
# Builds everything anew each time; Go's own cache keeps that short. PREFIX, LIBDIR, DESTDIR, CC, CFLAGS,
# GO and BUILD come from the environment.
set -eu
cd "$(dirname "$0")"
. scripts/settings.sh

target=${1:-all}
[ $# -le 1 ] || target=
case $target in
    all) scripts/compile.sh all ;;
    demo)
        for product in $(scripts/demo.sh needs); do
            scripts/compile.sh "$product"
        done
        scripts/demo.sh
        ;;
    demo-mesh)
        for product in $(scripts/demo-mesh.sh needs); do
            scripts/compile.sh "$product"
        done
        scripts/demo-mesh.sh
        ;;
    test) BUILD_ALL='scripts/compile.sh all' scripts/test.sh ;;
    install)
        for product in libnet_meshos.so libnet_meshos.a mesh/libnet_meshos.so meshos-conformance; do
            scripts/compile.sh "$product"
        done
        scripts/install.sh install
        ;;
    uninstall) scripts/install.sh uninstall ;;
    clean) scripts/clean.sh ;;
    distclean) scripts/clean.sh all ;;
    *)
        echo "usage: ./build.sh [all|demo|demo-mesh|test|install|uninstall|clean|distclean]" >&2
        exit 2
        ;;
esac
