#!/bin/sh
# Prints the calls of the headers as a language declares them: externs.sh rust|zig. What it prints stands in that
# binding's raw part, between two lines, and its tests compare the two:
#   externs.sh rust|zig FILE          fails with the difference
#   externs.sh rust|zig FILE update   writes it there
set -eu
cd "$(dirname "$0")/.."

language=$1
file=${2:-}

declared() {
    scripts/calls.sh rows | awk -F '\t' -v language="$language" '
        BEGIN {
            split("int c_int float f32 void c_void char c_char uint8_t u8 uint64_t u64 size_t usize", r, " ")
            for (i = 1; i < 16; i += 2)
                rust[r[i]] = r[i + 1]
            split("int c_int float f32 void anyopaque char u8 uint8_t u8 uint64_t u64 size_t usize", z, " ")
            for (i = 1; i < 16; i += 2)
                zig[z[i]] = z[i + 1]
        }
        # A type of C without a name, such as "const char *". A pointer to bytes or events is one to many of them.
        function type_of(c, returned,    constant, stars, base, out, i) {
            if (c ~ /\(\*/)
                return language == "rust" ? "Option<unsafe extern \"C\" fn(*mut c_void)>" \
                                          : "?*const fn (?*anyopaque) callconv(.c) void"
            constant = sub(/^const /, "", c)
            stars = gsub(/\*/, "", c)
            gsub(/ /, "", c)
            if (language == "rust") {
                out = c in rust ? rust[c] : c
                for (i = 1; i <= stars; i++)
                    out = (i == 1 && constant ? "*const " : "*mut ") out
                return out
            }
            base = c in zig ? zig[c] : c
            if (base ~ /Fn$/)
                return "?*const " base
            out = base
            for (i = 1; i <= stars; i++) {
                if (i == 1 && c == "char" && (returned || !constant))
                    out = "?[*:0]" (constant ? "const " : "") out
                else if (i == 1 && (base == "u8" || base == "NetMeshOsEvent"))
                    out = "?[*]" (constant ? "const " : "") out
                else
                    out = "?*" (i == 1 && constant ? "const " : "") out
            }
            return out
        }
        function parameter(p,    name) {
            gsub(/^ +| +$/, "", p)
            if (p ~ /\(\*/) {
                name = p
                sub(/^[^*]*\*/, "", name)
                sub(/\).*/, "", name)
                return name ": " type_of(p)
            }
            match(p, /[A-Za-z_][A-Za-z0-9_]*$/)
            name = substr(p, RSTART)
            return (name == "in" ? "input" : name) ": " type_of(substr(p, 1, RSTART - 1))
        }
        function parameters_of(c,    out, depth, i, ch, one) {
            if (c == "void" || c == "")
                return ""
            for (i = 1; i <= length(c) + 1; i++) {
                ch = i > length(c) ? "," : substr(c, i, 1)
                depth += (ch == "(") - (ch == ")")
                if (ch == "," && depth == 0) {
                    out = out "        " parameter(one) ",\n"
                    one = ""
                } else {
                    one = one ch
                }
            }
            return "\n" out "    "
        }
        {
            result = $2 == "void" ? "" : type_of($2, 1)
            if (language == "rust")
                printf "    pub fn %s(%s)%s;\n", $3, parameters_of($4), result == "" ? "" : " -> " result
            else
                printf "    pub extern fn %s(%s) %s;\n", $3, parameters_of($4), result == "" ? "void" : result
        }' | if [ "$language" = zig ]; then sed 's/^    //'; else cat; fi
}

between() { # between FILE
    sed -n '/BEGIN made by externs.sh/,/END made by externs.sh/p' "$1" | sed '1d;$d'
}

if [ -z "$file" ]; then
    declared
elif [ "${3:-}" = update ]; then
    declared >"$file.calls"
    sed -e "/BEGIN made by externs.sh/r $file.calls" -e '/BEGIN made by externs.sh/,/END made by externs.sh/{/made by/!d}' \
        "$file" >"$file.new"
    rm "$file.calls"
    mv "$file.new" "$file"
else
    wanted=$(declared)
    printf '%s\n' "$wanted" | {
        temporary=$(mktemp)
        trap 'rm -f "$temporary"' EXIT
        between "$file" >"$temporary"
        diff - "$temporary" || {
            echo "'<' is what the headers declare, '>' what $file has: bindings/externs.sh $language $file update"
            exit 1
        }
    }
fi
