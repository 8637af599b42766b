# The comments of the headers as Doxygen wants them: one that begins a line is a documenting one, one behind a
# declaration belongs to it, and what is indented in it stays as it is. Titles such as "/* ---- Status ---- */" go.
# The comment of a call gets its example at the end: -v examples=FILE has a line "CALL FILE" for each.
BEGIN {
    while ((getline line <examples) > 0) {
        split(line, word, " ")
        example[word[1]] = word[2]
    }
}
# The end of a comment waits for the line after it.
ended {
    ended = 0
    if ($0 !~ /^typedef/ && match($0, /net_meshos_[a-z0-9_]+\(/)) {
        print ""
        print "@par Example"
        print "@include " example[substr($0, RSTART, RLENGTH - 1)]
    }
    print "*/"
}
FNR == 1 { first = 1 }
/^\/\* ---- .* -+ ?\*\/$/ { print ""; next }
/^\/\*/ && !inside {
    sub(/^\/\*/, first ? "/** @file\n *" : "/**")
    first = 0
    inside = 1
}
inside && !verbatim && /^ \*   +[^ ]/ { print "@verbatim"; verbatim = 1 }
inside && verbatim && (/^ \*$/ || /^ \* ?[^ ]/ || /\*\/$/) { print "@endverbatim"; verbatim = 0 }
verbatim { sub(/^ \* /, "") }
!inside && /[;,)] +\/\* / { sub(/\/\* /, "/**< ") }
# A backslash begins a command of Doxygen's.
inside && !verbatim { gsub(/\\/, "\\\\&") }
inside && /\*\/$/ {
    sub(/\*\/$/, "")
    inside = 0
    ended = 1
}
{ print }
END {
    if (ended)
        print "*/"
}
