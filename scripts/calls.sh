#!/bin/sh
# The one list of the ABI's calls, which is the headers themselves: calls.sh names | rows | header.
#
#   names    every function that include/*.h declares, one a line, sorted
#   rows     each with its header, type, name, parameters and arguments, separated by tabs, in the header's order
#   header   calls.h, for C programs that need a table of them
#
# A header that is read with the C preprocessor has no comments left: what begins with net_meshos_ outside of
# braces, and has a parameter list, is a call.
set -eu
cd "$(dirname "$0")/.."
. scripts/settings.sh
export LC_ALL=C

# Prints HEADER, type, name, parameters and arguments of each declaration on standard input, separated by tabs.
declarations() { # declarations HEADER
    tr '\n\t' '  ' | awk -v header="$1" '
        # Without what stands in braces, so that each declaration ends at a semicolon.
        function flat(text,    out, depth, i, c) {
            for (i = 1; i <= length(text); i++) {
                c = substr(text, i, 1)
                depth += c == "{"
                if (depth == 0)
                    out = out c
                depth -= c == "}"
            }
            return out
        }
        # The name of a parameter: the last word before the ) of (*NAME)(...) in a function pointer, or before the
        # [ of an array, or at the end.
        function name_of(parameter) {
            if (match(parameter, /\(\*[^()]*\)/))
                parameter = substr(parameter, RSTART, RLENGTH - 1)
            sub(/\[.*$/, "", parameter)
            sub(/ +$/, "", parameter)
            match(parameter, /[A-Za-z_][A-Za-z0-9_]*$/)
            return substr(parameter, RSTART, RLENGTH)
        }
        # The arguments of a call that hands its parameters on.
        function arguments_of(parameters,    out, depth, i, c, one) {
            if (parameters == "void" || parameters == "")
                return ""
            for (i = 1; i <= length(parameters) + 1; i++) {
                c = i > length(parameters) ? "," : substr(parameters, i, 1)
                depth += (c == "(") - (c == ")")
                if (c == "," && depth == 0) {
                    out = out (out == "" ? "" : ", ") name_of(one)
                    one = ""
                } else {
                    one = one c
                }
            }
            return out
        }
        {
            n = split(flat($0), statement, ";")
            for (i = 1; i <= n; i++) {
                s = statement[i]
                gsub(/ +/, " ", s)
                if (s ~ /^ ?typedef / || !match(s, /net_meshos_[a-z0-9_]+ ?\(/))
                    continue
                type = substr(s, 1, RSTART - 1)
                name = substr(s, RSTART, RLENGTH - 1)
                parameters = substr(s, RSTART + RLENGTH)
                sub(/ ?\) ?$/, "", parameters)
                gsub(/^ | $/, "", type)
                sub(/ $/, "", name)
                printf "%s\t%s\t%s\t%s\t%s\n", header, type, name, parameters, arguments_of(parameters)
            }
        }'
}

# Each call once, with the header that declares it: net_meshos_ext.h includes net_meshos.h, which comes first.
calls() {
    for header in include/*.h; do
        # shellcheck disable=SC2086  # CC is a list
        preprocessed=$($CC -E -P -Iinclude "$header") || exit 1
        printf '%s' "$preprocessed" | declarations "${header##*/}"
    done
}

case ${1:-} in
    names | rows | header)
        all=$(calls) || {
            echo "calls.sh: $CC can't read include/" >&2
            exit 1
        }
        all=$(echo "$all" | awk -F '\t' '!seen[$3]++')
        ;;
esac
case ${1:-} in
    names) echo "$all" | cut -f 3 | sort ;;
    rows) echo "$all" ;;
    header)
        echo "$all" | awk -F '\t' '
            function line(macro, text) { body[macro] = body[macro] " \\\n    " text }
            {
                bare = substr($3, length("net_meshos_") + 1)
                line($1 == "net_meshos.h" ? "MESHOS_CALLS(X)" : "MESHOS_EXT_CALLS(X)", "X(" bare ")")
                line("MESHOS_WRAPPERS(VALUE, VOID)", $2 == "void" \
                    ? "VOID(" bare ", (" $4 "), (" $5 "))" \
                    : "VALUE(" $2 ", " bare ", (" $4 "), (" $5 "))")
            }
            END {
                print "/* Made by scripts/calls.sh from include/: the calls of libnet_meshos."
                print " *"
                print " * MESHOS_CALLS(X): X(NAME) for each net_meshos_NAME of net_meshos.h. MESHOS_EXT_CALLS(X): the same for what"
                print " * only net_meshos_ext.h declares. A prototype is __typeof__(net_meshos_NAME)."
                print " *"
                print " * MESHOS_WRAPPERS(VALUE, VOID): all of them as VALUE(TYPE, NAME, (PARAMETERS), (ARGUMENTS)), or as"
                print " * VOID(NAME, (PARAMETERS), (ARGUMENTS)) where nothing is returned. */"
                print "#ifndef MESHOS_CALLS_H"
                print "#define MESHOS_CALLS_H"
                split("MESHOS_CALLS(X)|MESHOS_EXT_CALLS(X)|MESHOS_WRAPPERS(VALUE, VOID)", macros, "|")
                for (i = 1; i <= 3; i++)
                    print "\n#define " macros[i] body[macros[i]]
                print "\n#endif"
            }'
        ;;
    *)
        echo "usage: calls.sh names|rows|header" >&2
        exit 2
        ;;
esac
