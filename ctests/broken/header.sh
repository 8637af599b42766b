# shellcheck shell=sh
# shellcheck disable=SC2154  # variables shared with run.sh
# The header in every language that can include it, without a warning. Sourced by run.sh.

compiles() { # compiles NAME COMPILER FLAG...
    name=$1
    shift
    if ! command -v "${1%% *}" >/dev/null; then
        skip "the header is $name" "${1%% *} is not installed"
        return
    fi
    # shellcheck disable=SC2086  # a command with its arguments
    holds "the header is $name" "$@" -Wall -Wextra -Wpedantic -Werror -Iinclude -fsyntax-only
}

# Twice, for the guard; alone, for what it needs to include itself.
printf '%s\n' '#include <net_meshos.h>' '#include <net_meshos.h>' 'int main(void) { return NET_MESHOS_OK; }' >"$work/use.c"
cp "$work/use.c" "$work/use.cpp"
for std in c99 c11 c17 c2x; do
    # shellcheck disable=SC2086
    compiles "$std" $cc -std=$std "$work/use.c"
done
for std in c++11 c++17 c++20; do
    # shellcheck disable=SC2086
    compiles "$std" ${CXX:-c++} -std=$std "$work/use.cpp"
done
