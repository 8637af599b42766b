#!/bin/sh
# The pages that a new user reads: their programs are compiled and run, and print what stands below them; what they
# refer to exists. Ends with "N passed, N failed, N skipped".
set -eu
cd "$(dirname "$0")/../.."
. scripts/settings.sh
. scripts/steps.sh

work=$BUILD/pages
library=$PWD/$BUILD/libnet_meshos.so
rm -rf "$work"
mkdir -p "$work"

# A page has one program, and below it what that prints.
program_of() { # program_of PAGE
    name=$work/$(basename "$1" .md)
    bindings/readme.sh "$1" c >"$name.c"
    bindings/readme.sh "$1" text >"$name.expected"
    # shellcheck disable=SC2086  # CC and CFLAGS are lists
    run $CC -std=c11 -Wall -Wextra -Werror -Wconversion -Wshadow -pedantic $CFLAGS -Iinclude "$name.c" -o "$name" \
        -L"$BUILD" -lnet_meshos -Wl,-rpath,"$PWD/$BUILD"
    run timeout --foreground -k 10 600 "$name" >"$name.printed"
    # The first line is the command that `run` shows.
    sed 1d "$name.printed" | diff "$name.expected" -
}

# The command as it stands there, in a folder that has what it names.
readme_command() {
    folder=$work/as-written
    mkdir -p "$folder"
    ln -sfn "$PWD/include" "$folder/include"
    ln -sfn "$PWD/$BUILD" "$folder/build"
    bindings/readme.sh README.md c >"$folder/shout.c"
    bindings/readme.sh README.md text >"$folder/expected"
    sed -n 's/^    \(cc .*shout.*\)/\1/p' README.md >"$folder/command"
    cat "$folder/command"
    [ "$(wc -l <"$folder/command")" -eq 1 ]
    # `cc` is not on every machine that has a compiler.
    (cd "$folder" && sed -i "s|^cc |$CC |" command && timeout --foreground -k 10 600 sh -eu ./command) >"$folder/printed"
    diff "$folder/expected" "$folder/printed"
}

# The example of a configuration is one, and an error in it is told with its place.
configuration() {
    mkdir -p "$work/state"
    bindings/readme.sh docs/operate.md json >"$work/written.json"
    sed "s|\"/var/lib/your-program\"|\"$PWD/$work/state\"|" "$work/written.json" >"$work/config.json"
    grep -q "$PWD/$work/state" "$work/config.json"
    NET_MESHOS_CONFIG=$work/config.json "$BUILD/tally" --grace-ms 1 LICENSE
    sed 's|"inbox_capacity"|"inbox_capacities"|' "$work/config.json" >"$work/wrong.json"
    status=0
    NET_MESHOS_CONFIG=$work/wrong.json "$BUILD/tally" --grace-ms 1 LICENSE >"$work/wrong" 2>&1 || status=$?
    cat "$work/wrong"
    [ "$status" -ne 0 ]
    grep -q 'config_invalid.*at line 5, column 3: .*"inbox_capacities"' "$work/wrong"
}

# Files in links, and paths of the project in backquotes.
refers() { # refers PAGE
    {
        grep -oE '\]\([^)#]+' "$1" | sed 's/^](//' | grep -v '^[a-z]*:' | sed "s|^|$(dirname "$1")/|"
        # shellcheck disable=SC2016  # backquotes
        grep -oE '`(examples|ctests|bindings|docs|include|runtime|bench|scripts|packaging)/[A-Za-z0-9_./-]*`' "$1" | tr -d '`' | grep -v NAME
    } >"$work/referred" || true
    missing=0
    while read -r file; do
        [ -e "$file" ] || { echo "$1 names $file, which isn't there" && missing=1; }
    done <"$work/referred"
    echo "$(wc -l <"$work/referred") files"
    return $missing
}

# What is installed refers to nothing that isn't.
installed() {
    prefix=$PWD/$work/installed
    PREFIX=$prefix LIBDIR=$prefix/lib DESTDIR='' scripts/install.sh install
    for page in "$prefix"/share/doc/net_meshos/*.md; do
        grep -oE '\]\([^)#]+' "$page" | sed 's/^](//' | grep -v '^[a-z]*:' >"$work/referred" || true
        while read -r file; do
            [ -e "${page%/*}/$file" ] || { echo "${page##*/} names $file, which isn't installed" && return 1; }
        done <"$work/referred"
    done
}

# Each call that a page names is in a header, and each other name of the kind in a file of the project.
named_calls() {
    for page in README.md docs/*.md; do
        [ "$page" != docs/runtime-json.md ] || continue # its metrics' names are put together where they are made
        for call in $(grep -ohE '\bnet_meshos_[a-z0-9_]+\(?' "$page" | tr -d '(' | sort -u); do
            grep -qhrE "\b$call\b" include packaging scripts cmake CMakeLists.txt bindings/cpp internal runtime ||
                { echo "$page names $call, which isn't there" && return 1; }
        done
    done
}

# What stands as code in a page: between backquotes, and in lines that are indented.
code_of() { # code_of PAGE...
    # shellcheck disable=SC2016  # backquotes
    grep -hoE '`[^`]+`|^    .*' "$@" | tr -d '`'
}

# What pages tell to run is there: what make makes, and the commands of meshos.
named_commands() {
    set -- README.md CONTRIBUTING.md docs/*.md bindings/README.md bindings/*/README.md bench/README.md
    for target in $(code_of "$@" | grep -oE '(^ *|[;&] *)make [a-z][a-z-]*' | sed 's/.*make //' | sort -u); do
        grep -qE "^$target:" Makefile || { echo "make $target is in a page, and not in the Makefile" && return 1; }
    done
    for command in $(code_of "$@" | grep -oE '(^ *|[;&] *|build/)meshos [a-z][a-z-]*' | sed 's/.*meshos //' | sort -u); do
        [ "$command" = completion ] || grep -qE "(Use: +|Order\()\"${command}[ \"]" cmd/meshos/*.go ||
            { echo "meshos $command is in a page, and no command" && return 1; }
    done
}

[ -e "$library" ] || scripts/compile.sh libnet_meshos.so
steps_begin "$BUILD/log/pages"
check "README.md: the first daemon" program_of README.md
check "README.md: the command to build it" readme_command
check "docs/supervise.md: its program" program_of docs/supervise.md
check "docs/operate.md: its configuration" configuration
for page in README.md CONTRIBUTING.md CHANGELOG.md SECURITY.md docs/*.md bindings/README.md; do
    check "$page: what it refers to" refers "$page"
done
check "what is installed refers to what is" installed
check "the calls that pages name" named_calls
check "the commands that pages name" named_commands
steps_end
