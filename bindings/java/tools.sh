# shellcheck shell=sh
# The Java half of scripts/tools.sh. Sourced after it, from the project's root.

maven_copy_dependencies=org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies

# All that Maven fetches and installs is in the build folder, and the sources stay as they are.
maven() {
    run mvn -q -B -Dstyle.color=never "-Dmaven.repo.local=$PWD/$BUILD/tools/m2" "$@"
}

have_java() {
    need java
    need javac
    need mvn
    javac --release 17 -version >/dev/null 2>&1 || lacking "javac is older than 17"
}

need_maven() {
    have_java
    java_work=$PWD/$BUILD/bindings/java
    mkdir -p "$java_work" "$BUILD/tools/m2"
}

# Runs Maven on a project. What can't be fetched is lacking, and all else that fails is a failure.
maven_fetching() { # maven_fetching LOG ARGUMENT...
    maven_log=$1
    shift
    maven "$@" >"$maven_log" 2>&1 || {
        cat "$maven_log"
        ! grep -qE 'Could not transfer artifact|Unknown host|Non-resolvable' "$maven_log" ||
            lacking "what Maven needs can't be fetched"
        return 1
    }
    cat "$maven_log"
}

# shellcheck disable=SC2034  # for the caller
# Sets $classpath to the jar of this tree, installed by Maven with its tests left out, and what it needs.
need_jar() {
    need_maven
    classpath="$java_work/lib/*"
    [ -n "$(find bindings/java "$BUILD/libnet_meshos.so" -newer "$java_work/built" -print 2>&1 | head -n 1)" ] || return 0
    maven_fetching "$java_work/install.log" -f bindings/java/pom.xml "-Dmeshos.build=$PWD/$BUILD" \
        "-Dmeshos.target=$java_work/target" -DskipTests install
    rm -rf "${java_work:?}/lib"
    maven_fetching "$java_work/copy.log" -f bindings/java/pom.xml "$maven_copy_dependencies" \
        "-Dmeshos.target=$java_work/target" -DincludeScope=runtime "-DoutputDirectory=$java_work/lib"
    cp "$java_work"/target/net-meshos-*.jar "$java_work/lib/"
    touch "$java_work/built"
}
