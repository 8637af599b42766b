# Makes fakes.h and fakes.c of the prototypes in cgo's header. Each fake notes its arguments by name, does what
# fake_go.c has as do_NAME, if that exists, and answers as it is told. A text that is asked for is "{}".

function trim(s) {
    gsub(/^ +| +$/, "", s)
    return s
}

BEGIN {
    header = out ".h"
    body = out ".c"
    print "#include \"_cgo_export.h\"\n" >header
    print "#include \"fakes.h\"\n\n#include \"fake_go.h\"\n#include \"strings.h\"" >body
}

/^extern .*[ *]go[A-Z][A-Za-z]*\(.*\);$/ {
    split(substr($0, 8), half, "(")
    parameters = half[2]
    sub(/\);$/, "", parameters)
    count = split(parameters, parameter, ",")
    match(half[1], /go[A-Z][A-Za-z]*$/)
    name = substr(half[1], RSTART)
    type = trim(substr(half[1], 1, RSTART - 1))
    if (parameters == "void") { # it is no call's: it prepares a thread
        print "\n" type " " name "(void) {\n}" >body
        next
    }
    exports = exports "    \"" name "\",\n"

    print "enum meshos_error do_" name "(" parameters ") __attribute__((weak));" >header
    print "\n" type " " name "(" parameters ") {\n    go_note(\"" name "\");" >body
    arguments = ""
    text = ""
    for (i = 1; i <= count; i++) {
        p = trim(parameter[i])
        match(p, /[A-Za-z_][A-Za-z0-9_]*$/)
        argument = substr(p, RSTART)
        kind = trim(substr(p, 1, RSTART - 1))
        arguments = arguments (i > 1 ? ", " : "") argument
        if (kind == "struct sdk_cell*")
            print "    if (!go.many)\n        go.sdk = " argument ";" >body
        if (kind == "struct daemon_cell*")
            print "    if (!go.many)\n        go.daemon = " argument ";" >body
        if (kind == "char**")
            text = argument
        cast = kind ~ /(\*|Fn)$/ ? "(uint64_t)(uintptr_t)" : "(uint64_t)"
        print "    go_note_argument(\"" argument "\", " cast argument ");" >body
    }
    print "    enum meshos_error error = do_" name " ? do_" name "(" arguments ") : MESHOS_OK;" >body
    if (text != "")
        print "    if (go.answer == MESHOS_OK)\n        *" text " = text_hand_out(\"{}\", 2);" >body
    if (type == "void")
        print "    go_answer(error);" >body
    else
        print "    return go_answer(error);" >body
    print "}" >body
}

END {
    print "\nconst char *const go_exports[] = {\n" exports "    0,\n};" >body
}
