# shellcheck shell=sh disable=SC2154  # ctests/dist/run.sh sets what is used here
# The packages of languages: that their libraries are those of the archives, and that a user needs nothing else. Sourced
# by ctests/dist/run.sh.

. bindings/java/tools.sh
. bindings/node/tools.sh

auditwheel_version=6.4.2

# At a desk those whose language is there; where CI=true none may be lacking.
languages_here() {
    for each in python:python3 node:npm java:mvn rust:cargo zig:python3; do
        if [ "${CI:-}" = true ] || command -v "${each#*:}" >/dev/null; then echo "${each%:*}"; fi
    done
}

has_language() { # has_language LANGUAGE
    case " $LANGUAGES " in *" $1 "*) ;; *) lacking "what makes the package for $1 is not installed" ;; esac
}

wheels() { for each in $machines; do echo "$dist"/net_meshos-*_"$(machine_of "$each")".whl; done; }

machine_of() {
    case $1 in
        linux-x86_64) echo x86_64 ;;
        linux-arm64) echo aarch64 ;;
    esac
}

# Every library in a package, unpacked: PACKAGE-TARGET/FILE below $work/packed.
unpack_packages() {
    rm -rf "$work/packed"
    mkdir "$work/packed"
    for each in $machines; do
        machine=$(machine_of "$each")
        node=linux-$([ "$machine" = x86_64 ] && echo x64 || echo arm64)
        java=linux-$([ "$machine" = x86_64 ] && echo x86-64 || echo aarch64)
        for language in $LANGUAGES; do
            to=$work/packed/$language-$each
            mkdir "$to"
            case $language in
                python) python3 -m zipfile -e "$dist"/net_meshos-*_"$machine".whl "$to/all" && mv "$to"/all/net_meshos/*.so "$to/" ;;
                java) python3 -m zipfile -e "$dist/net-meshos-$VERSION.jar" "$to/all" && mv "$to/all/$java"/* "$to/" ;;
                node) tar -C "$to" --strip-components=3 -xzf "$dist/net-meshos-$VERSION.tgz" "package/lib/$node" ;;
                rust) tar -C "$to" --strip-components=3 -xzf "$dist/net-meshos-$VERSION.crate" "net-meshos-$VERSION/lib/$machine-unknown-linux-gnu" ;;
                zig) tar -C "$to" --strip-components=3 -xzf "$dist/net_meshos-$VERSION-zig.tar.gz" "net_meshos-$VERSION/lib/$machine-linux-gnu" ;;
            esac
            rm -rf "$to/all"
        done
    done
}

# By the symbols that it asks glibc for; an archive, which names no versions, by linking with the glibc of that time.
needs_old_glibc() { # needs_old_glibc FILE TARGET
    case $1 in
        *.so)
            found=$(newest_glibc "$1")
            echo "$1: glibc $found"
            [ -n "$found" ] && [ "$(printf '%s\n' "$found" "$glibc_floor" | sort -V | tail -n 1)" = "$glibc_floor" ]
            ;;
        *.a)
            (
                use_target "$2"
                # shellcheck disable=SC2086  # a command with its arguments
                run $CC -std=c11 -Iinclude docs/reference/register_with_vtable.c "$1" -lpthread -o "$work/of-archive"
            )
            ;;
    esac
}

packaged_libraries() {
    need python3
    unpack_packages
    find "$work/packed" -type f | sort >"$work/packed.txt"
    bridges=0
    case " $LANGUAGES " in *" node "*) bridges=1 ;; esac
    [ "$(wc -l <"$work/packed.txt")" -eq "$((($(echo "$LANGUAGES" | wc -w) + bridges) * $(echo "$machines" | wc -w)))" ]
    while read -r file; do
        target_name=${file#"$work/packed/"*-}
        needs_old_glibc "$file" "${target_name%/*}"
        case $file in */libnet_meshos_node.so) continue ;; esac # the package's own
        # What was tried of the archive was tried of it.
        tar -C "$work" -xzOf "$dist/net_meshos-$VERSION-${target_name%/*}.tar.gz" \
            "net_meshos-$VERSION-${target_name%/*}/lib/$(archived "${file##*/}")" | cmp - "$file"
    done <"$work/packed.txt"
}

archived() { case $1 in *.so) echo "$1.$VERSION" ;; *) echo "$1" ;; esac; }

# By the tool that the people of Python's packages check wheels with.
wheel_is_audited() {
    has_language python
    tools=$PWD/$BUILD/tools
    if [ ! -e "$tools/auditwheel/complete-$auditwheel_version" ]; then
        rm -rf "$tools/auditwheel"
        python3 -m venv "$tools/auditwheel" || lacking "python3 has no venv module"
        "$tools/auditwheel/bin/pip" install --quiet --disable-pip-version-check "auditwheel==$auditwheel_version" ||
            lacking "auditwheel can't be fetched"
        : >"$tools/auditwheel/complete-$auditwheel_version"
    fi
    for wheel in $(wheels); do
        run "$tools/auditwheel/bin/auditwheel" show "$wheel" >"$work/said" 2>&1
        cat "$work/said"
        tr '\n' ' ' <"$work/said" | grep -q 'is consistent with the following platform tag: *"manylinux_2_17_'
        case $wheel in *.manylinux2014_*.whl) ;; *) return 1 ;; esac
    done
}

packages_have_bills() {
    need python3
    "$GO" version -m "$work/$archive/lib/libnet_meshos.so" | awk '$1 == "dep" && $4 != "" { print $2, $3 }' >"$work/modules"
    for file in "$dist"/*.whl "$dist"/*.tgz "$dist"/*.jar "$dist"/*.crate "$dist"/*-zig.tar.gz; do
        [ -e "$file" ] || continue
        run python3 ctests/dist/bill.py "$file.spdx.json" net-meshos "$(sha256sum <"$file" | cut -c1-64)" "$work/modules"
    done
}

# A folder for ctests/dist/user.sh.
user_folder() { # user_folder LANGUAGE FOLDER
    case $1 in cpp | go) ;; *) has_language "$1" ;; esac
    guide=bindings/$1/README.md
    mkdir -p "$2/packages" "$2/app" "$2/needed"
    cp ctests/dist/user.sh "$2/"
    [ "$1" = python ] || bindings/readme.sh "$guide" text >"$2/app/wanted"
    case $1 in
        cpp)
            bindings/readme.sh "$guide" cpp >"$2/app/words.cpp"
            bindings/readme.sh "$guide" cmake >"$2/app/CMakeLists.txt"
            ;;
        python)
            cp "$dist"/*.whl "$2/packages/"
            cp "$guide" bindings/python/tests/readme.py "$2/app/"
            ;;
        rust)
            cp "$dist/net-meshos-$VERSION.crate" "$2/packages/"
            mkdir "$2/app/src"
            bindings/readme.sh "$guide" rust >"$2/app/src/main.rs"
            {
                printf '[package]\nname = "words"\nversion = "0.0.0"\nedition = "2021"\n'
                bindings/readme.sh "$guide" toml
            } >"$2/app/Cargo.toml"
            ;;
        java)
            cp "$dist/net-meshos-$VERSION.jar" "$2/packages/"
            bindings/readme.sh "$guide" java >"$2/app/Main.java"
            # As the pom says.
            need_maven
            maven_fetching "$work/jna.log" -f "$dist/net-meshos-$VERSION.pom" "$maven_copy_dependencies" \
                -DincludeScope=runtime "-DoutputDirectory=$2/needed" "-Dmeshos.target=$work/jna"
            ;;
        node)
            have_node
            cp "$dist/net-meshos-$VERSION.tgz" "$2/packages/"
            echo '{"name": "user", "version": "1.0.0", "private": true, "type": "module"}' >"$2/app/package.json"
            bindings/readme.sh "$guide" js >"$2/app/first.js"
            # What npm has fetched once it has in its cache.
            mkdir "$work/fetching"
            cp "$2/app/package.json" "$work/fetching/"
            (cd "$work/fetching" && npm install --cache "$2/needed/npm" --ignore-scripts --no-audit --no-fund --silent \
                "$2/packages/net-meshos-$VERSION.tgz") || lacking "the packages of npm can't be fetched"
            rm -rf "$work/fetching"
            ;;
        go)
            cp "$dist/net_meshos-$VERSION-goproxy.tar.gz" "$2/packages/"
            bindings/readme.sh "$guide" go >"$2/app/main.go"
            bindings/readme.sh "$guide" sh >"$2/app/commands"
            # The modules that it needs, as a proxy has them.
            GOPROXY="file://$("$GO" env GOMODCACHE)/cache/download,$("$GO" env GOPROXY)" GOMODCACHE=$work/go-modules \
                GOFLAGS=-modcacherw "$GO" mod download || lacking "the modules of Go can't be fetched"
            mv "$work/go-modules/cache/download" "$2/needed/go"
            rm -rf "$work/go-modules"
            ;;
    esac
}

# On this machine, with its tools, in an empty folder.
user_of() { # user_of LANGUAGE
    folder=$work/user-$1
    user_folder "$1" "$folder"
    case $1 in
        cpp) need g++ && need pkg-config && export PKG_CONFIG_PATH="$work/$archive/lib/pkgconfig" LD_LIBRARY_PATH="$work/$archive/lib" \
            CMAKE_PREFIX_PATH="$work/$archive" ;;
        go) GOCACHE=$("$GO" env GOCACHE) && export GOCACHE ;;
    esac
    unset NET_MESHOS_LIBRARY NET_MESHOS_LIB_DIR
    "$folder/user.sh" "$1" "$VERSION"
    rm -rf "$folder"
}
