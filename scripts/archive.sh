# shellcheck shell=sh disable=SC2154  # the variables are the callers'
# What the archives of all platforms have in common. To be sourced.

# The pages that stand at an archive's root, when all else is there: a line of the README that begins with ?PATH and a
# blank is about PATH, and left out where that isn't. The first program is that of the sources' README.
front_pages() { # front_pages FOLDER
    cp CHANGELOG.md LICENSE "$1/"
    bindings/readme.sh README.md c >"$work/first.c"
    bindings/readme.sh README.md text >"$work/first.txt"
    sed -e "s|@VERSION@|$VERSION|; s|@TARGET@|$target|" -e "/^@PROGRAM@/{r $work/first.c
d
}" -e "/^@PRINTED@/{r $work/first.txt
d
}" packaging/archive.md.in | while IFS= read -r line; do
        case $line in
            \?*)
                path=${line%% *}
                [ -e "$1/${path#?}" ] || continue
                line=${line#* }
                ;;
        esac
        printf '%s\n' "$line"
    done >"$1/README.md"
}

# The documents of a platform for which `make install` isn't.
foreign_documents() { # foreign_documents FOLDER
    document=$1/share/doc/net_meshos
    mkdir -p "$document"
    cp -R "$work/licences" "$document/licences"
    cp "$work/$archive.spdx.json" "$document/net_meshos.spdx.json"
    cp -R "$BUILD/reference/html" "$document/html"
    cp docs/*.md LICENSE "$document/"
    front_pages "$1"
}

# The package files of such a platform, in a tree that can be moved.
foreign_packages() { # foreign_packages FOLDER SYSTEM
    mkdir -p "$1/lib/pkgconfig" "$1/lib/cmake/net_meshos"
    foreign_fill "cmake/net_meshosConfig$2.cmake.in" >"$1/lib/cmake/net_meshos/net_meshosConfig.cmake"
    foreign_fill cmake/net_meshosConfigVersion.cmake.in >"$1/lib/cmake/net_meshos/net_meshosConfigVersion.cmake"
    foreign_fill cmake/net_meshos.pc.in >"$1/lib/pkgconfig/net_meshos.pc"
}

foreign_fill() { # foreign_fill TEMPLATE
    sed -e "s|@VERSION@|$VERSION|g" -e 's|@POINTER_SIZE@|8|g' -e 's|@LIBDIR_TO_INCLUDE@|../include|g' \
        -e 's|@LIBDIR_TO_PREFIX@|..|g' "$1"
}
