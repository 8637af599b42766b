#!/bin/sh
# Builds the jar, tests it, and uses it from empty projects. Ends with "N passed, N failed, N skipped".
#   bindings/java/test.sh [BUILD [WORD]]
# WORD: only the tests whose names contain it.
set -eu
cd "$(dirname "$0")/../.."
BUILD=${1:-${BUILD:-build}}
. scripts/settings.sh
. scripts/steps.sh
. scripts/tools.sh
. bindings/shared.sh
. bindings/java/tools.sh

have_java
only=${2:-}
here=$PWD/bindings/java
work=$PWD/$BUILD/bindings/java-test
rm -rf "$work"
mkdir -p "$work"
unset NET_MESHOS_LIBRARY CLASSPATH

jar() {
    need_jar
    found=$java_work/lib/net-meshos-$VERSION.jar
    for file in linux-x86-64/libnet_meshos.so META-INF/LICENSE net/meshos/Sdk.class; do
        "$(dirname "$(readlink -f "$(command -v javac)")")/jar" tf "$found" | grep -qx "${file%%/*}/.*${file##*/}"
    done
}

tests() {
    need_jar
    maven_fetching "$work/tests.log" -f "$here/pom.xml" "-Dmeshos.build=$PWD/$BUILD" \
        "-Dmeshos.target=$java_work/target" install
    cd "$java_work/target/surefire-reports"
    # Maven says nothing of tests that it didn't find.
    grep -h '^Tests run:' ./*.txt
    for class in Calls Control Events Exit Failures; do
        [ -s "net.meshos.${class}Test.txt" ]
    done
}

# The README's command finds what make has built. All but its last word, install, is run: the part above installs.
readme_command() {
    need_jar
    [ "$BUILD" = build ] || lacking "the README's command takes the library from build/"
    # shellcheck disable=SC2046  # words
    set -- $(sed -n 's/^    mvn \(-f .*\) install .*/\1/p' "$here/README.md")
    [ $# -eq 2 ]
    maven "$@" validate
    ln -s "$PWD/$BUILD" "$work/linked"
    maven "$@" "-Dmeshos.build=$work/linked" validate
}

# A project with nothing but what the README says, built with what is installed.
readme() {
    need_jar
    mkdir -p "$work/readme/src/main/java"
    part_of() { bindings/readme.sh "$here/README.md" "$1"; }
    part_of java >"$work/readme/src/main/java/Main.java"
    part_of text >"$work/readme/expected"
    {
        sed '/<dependencies>/,$d' "$here/example/pom.xml"
        echo '<dependencies>'
        part_of xml
        echo '</dependencies>'
        sed '1,/<\/dependencies>/d' "$here/example/pom.xml"
    } >"$work/readme/pom.xml"
    maven_project "$work/readme"
    limit java -cp "$work/readme/target/classes:$work/readme/target/lib/*" Main 2>"$work/readme/err" >"$work/readme/out"
    cat "$work/readme/out" "$work/readme/err"
    diff "$work/readme/expected" "$work/readme/out"
    grep -q 'process of the daemon "counter" failed' "$work/readme/err"
}

maven_project() { # maven_project FOLDER
    maven_fetching "$work/project.log" -f "$1/pom.xml" compile "$maven_copy_dependencies" \
        "-DoutputDirectory=$1/target/lib"
}

example() {
    need_jar
    cp -r "$here/example" "$work/example"
    maven_project "$work/example"
    cd "$work"
    program="limit java -cp $work/example/target/classes:$work/example/target/lib/* WordCount"
    set -f # the * is for java
    printf 'The the, cat!\n\377\nA cat.\n' >text
    status=0
    $program text state >out 2>err || status=$?
    cat out err
    [ $status -eq 1 ]
    grep -q '^error: process: java.nio.charset.MalformedInputException: ' err
    grep -q '^some lines could not be read$' err
    printf 'cat\n' >second
    $program second state >out 2>err
    cat out err
    printf '     3 cat\n     2 the\n     1 a\n' | diff - out
    [ ! -s err ]
    status=0
    $program none state 2>err || status=$?
    cat err
    [ $status -eq 1 ]
    grep -q '^WordCount: java.nio.file.NoSuchFileException: none$' err
    wordcount_writes WordCount
}

# A library that isn't there, or isn't ours.
other_libraries() {
    need_jar
    cat >"$work/Version.java" <<'END'
public class Version {
    public static void main(String[] arguments) {
        System.out.println(net.meshos.Sdk.version());
    }
}
END
    javac -d "$work" -cp "$classpath" "$work/Version.java"
    [ "$(limit java -cp "$work:$classpath" Version)" = "$VERSION" ]
    [ "$(limit java "-Dnet.meshos.library=$PWD/$BUILD/libnet_meshos.so" -cp "$work:$classpath" Version)" = "$VERSION" ]
    for case in "$work/none.so|UnsatisfiedLinkError: .*none.so" "libm.so.6|UnsatisfiedLinkError: .*net_meshos_"; do
        NET_MESHOS_LIBRARY=${case%%|*} limit java -cp "$work:$classpath" Version >"$work/err" 2>&1 && return 1
        cat "$work/err"
        grep -q "${case#*|}" "$work/err"
    done
    # Nor is a jar made without one.
    maven -f "$here/pom.xml" "-Dmeshos.build=$work/none" "-Dmeshos.target=$work/target" validate >"$work/err" 2>&1 && return 1
    grep 'the library is not built: run make first' "$work/err"
}

benchmark() {
    need_jar
    bindings/java/bench.sh "$BUILD" | tee "$work/bench"
    [ "$(grep -cE '^(post|post_batch_256) [1-9][0-9]* events/s$|^try_next_control [1-9][0-9]* ns$' "$work/bench")" -eq 3 ]
}

steps_begin "$BUILD/log/bindings-java"
part "jar" jar
part "tests" tests
part "README's command" readme_command
part "README from an empty project" readme
part "example" example
part "other libraries" other_libraries
part "benchmark" benchmark
steps_end
