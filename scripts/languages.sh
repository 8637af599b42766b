# shellcheck shell=sh disable=SC2154  # dist.sh and its other parts set what is used here
# Makes the packages that people of each language install, with the libraries in them that dist.sh has built: so they
# need no newer glibc than those. Sourced by dist.sh.
#
# A package that is for several machines has the libraries of all those that were built now: x86-64 and arm64.

. bindings/python/tools.sh
. bindings/node/tools.sh
. bindings/java/tools.sh

# What each language calls a target.
named() { # named TARGET LANGUAGE
    case $1:$2 in
        linux-x86_64:python | linux-x86_64:zig) echo x86_64 ;;
        linux-x86_64:java) echo linux-x86-64 ;;
        linux-x86_64:rust) echo x86_64-unknown-linux-gnu ;;
        linux-arm64:python | linux-arm64:zig) echo aarch64 ;;
        linux-arm64:java) echo linux-aarch64 ;;
        linux-arm64:rust) echo aarch64-unknown-linux-gnu ;;
    esac
}

# Of each target that is built, a line: the words, with WORK for its folder and NAME for what the language calls it.
for_each_machine() { # for_each_machine LANGUAGE WORDS
    for each in $machines; do
        printf '%s\n' "$2" | sed "s|WORK|$PWD/$dist/work/$each|; s|NAME|$(named "$each" "$1")|"
    done
}

# A package is put beside the archives, and a bill of materials beside it.
put_package() { # put_package FILE NAME [NEEDS]
    cp "$1" "$dist/$2"
    touch -d "@$SOURCE_DATE_EPOCH" "$dist/$2"
    bill "$2" -what net-meshos -product "$first/libnet_meshos.so" -package "$dist/$2" -licences "$work/licences" \
        ${3:+-needs "$3"}
    cp "$work/$2.spdx.json" "$dist/"
}

# A wheel is for one machine.
make_python() {
    need_python_tools
    for each in $machines; do
        rm -rf "$work/python"
        mkdir -p "$work/python"
        (cd bindings/python && tar -chf - --exclude=__pycache__ .) | tar -xf - -C "$work/python"
        NET_MESHOS_LIBRARY=$PWD/$dist/work/$each/libnet_meshos.so "$tools" -m build --no-isolation --wheel \
            --outdir "$work/python/dist" "$work/python" >"$work/python.log" 2>&1 || { cat "$work/python.log" && return 1; }
        wheel=$(cd "$work/python/dist" && echo net_meshos-*.whl)
        put_package "$work/python/dist/$wheel" "$wheel"
    done
}

make_node() {
    have_node
    fetch_node_tools
    rm -rf "$work/node"
    mkdir -p "$work/node"
    (cd bindings/node && tar -chf - --exclude=node_modules --exclude=dist --exclude=lib .) | tar -xf - -C "$work/node"
    ln -s "$node_tools/node_modules" "$work/node/node_modules"
    for each in $machines; do
        (use_target "$each" && bindings/node/bridge/build.sh "$PWD/$dist/work/$each/libnet_meshos_node.so")
    done
    libraries=$(for_each_machine node WORK/libnet_meshos.so | paste -sd :)
    bridges=$(for_each_machine node WORK/libnet_meshos_node.so | paste -sd :)
    (cd "$work/node" && NET_MESHOS_LIBRARY=$libraries NET_MESHOS_BRIDGE=$bridges npm pack --silent)
    koffi=$(sed -n 's/.*"koffi": "\(.*\)".*/\1/p' bindings/node/package.json)
    put_package "$work/node/net-meshos-$VERSION.tgz" "net-meshos-$VERSION.tgz" "pkg:npm/koffi@$koffi=MIT"
}

# One of the machines is this one's in the eyes of Maven, which asks for a library of it.
make_java() {
    need_maven
    rm -rf "$work/bundle" "$work/java"
    mkdir -p "$work/bundle/META-INF"
    cp -R "$NET_MESHOS_LICENCES" "$work/bundle/META-INF/licences"
    for each in $machines; do
        mkdir "$work/bundle/$(named "$each" java)"
        cp "$dist/work/$each/libnet_meshos.so" "$work/bundle/$(named "$each" java)/"
    done
    maven_fetching "$work/java.log" -f bindings/java/pom.xml "-Dmeshos.build=$first" \
        "-Dmeshos.platform=$(named "${machines%% *}" java)" "-Dmeshos.bundle=$PWD/$work/bundle" \
        "-Dmeshos.target=$PWD/$work/java" -Dmaven.test.skip=true \
        "-Dproject.build.outputTimestamp=$(date -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)" package
    jna=$(sed -n '/<artifactId>jna</,/<version>/s|.*<version>\(.*\)</version>.*|\1|p' bindings/java/pom.xml)
    put_package "$work/java/net-meshos-$VERSION.jar" "net-meshos-$VERSION.jar" \
        "pkg:maven/net.java.dev.jna/jna@$jna=Apache-2.0"
    cp bindings/java/pom.xml "$dist/net-meshos-$VERSION.pom"
}

make_rust() {
    need cargo
    # shellcheck disable=SC2046  # a word each
    BUILD=$work bindings/rust/package.sh $(for_each_machine rust NAME=WORK/libnet_meshos.a) >"$work/rust.log" 2>&1 ||
        { cat "$work/rust.log" && return 1; }
    put_package "$(tail -n 1 "$work/rust.log")" "net-meshos-$VERSION.crate"
}

make_zig() {
    # shellcheck disable=SC2046
    BUILD=$work bindings/zig/package.sh $(for_each_machine zig NAME=WORK/libnet_meshos.a) >"$work/zig.log"
    put_package "$(tail -n 1 "$work/zig.log")" "net_meshos-$VERSION-zig.tar.gz"
}

make_languages() {
    machines=
    for each in $built; do
        [ -z "$(named "$each" zig)" ] || machines="$machines $each"
    done
    machines=${machines# }
    [ -n "$machines" ] || return 0
    work=$dist/work/languages first=$PWD/$dist/work/${machines%% *} NET_MESHOS_LICENCES=$PWD/$dist/work/${machines%% *}/licences
    mkdir -p "$work"
    export NET_MESHOS_LICENCES
    rm -f "$dist"/net_meshos-*.whl* "$dist"/net-meshos-*.tgz* "$dist"/net-meshos-*.jar* "$dist"/net-meshos-*.pom \
        "$dist"/net-meshos-*.crate* "$dist"/net_meshos-*-zig.tar.gz*
    for language in $LANGUAGES; do
        # shellcheck disable=SC2034  # say's
        target=$language
        say "package, for $machines"
        (make_"$language")
    done
}
