# shellcheck shell=sh
# What the hosts need beside scripts/tools.sh, each fetched once, by its version, into the build folder. Sourced
# after it.

jna_version=5.14.0
maven_copy=org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy

# Sets $jna to the jar.
need_jna() {
    need javac
    need java
    jna=$PWD/$BUILD/tools/jna/jna-$jna_version.jar
    [ ! -e "$jna" ] || return 0
    need mvn
    mkdir -p "$BUILD/tools/jna"
    mvn -q -B "$maven_copy" "-Dartifact=net.java.dev.jna:jna:$jna_version" \
        "-DoutputDirectory=$PWD/$BUILD/tools/jna" || lacking "jna $jna_version can't be fetched"
}

# shellcheck disable=SC2034  # for the caller
# Sets $koffi to the folder of the package. Scripts of packages aren't run: the binary comes in a package of its own.
need_koffi() {
    need node
    tools=$PWD/$BUILD/tools/node
    koffi=$tools/node_modules/koffi
    if ! cmp -s ctests/hosts/node/package-lock.json "$tools/fetched.json"; then
        need npm
        rm -rf "$tools"
        mkdir -p "$tools"
        cp ctests/hosts/node/package.json ctests/hosts/node/package-lock.json "$tools/"
        (cd "$tools" && npm ci --ignore-scripts --no-audit --no-fund) || lacking "the packages of npm can't be fetched"
        cp "$tools/package-lock.json" "$tools/fetched.json"
    fi
}
