# The comments of the headers as Doxygen wants them: one that begins a line is a documenting one, one behind a
# declaration belongs to it, and what is indented in it stays as it is. Titles such as "/* ---- Status ---- */" go.
FNR == 1 { first = 1 }
/^\/\* ---- .* ---- \*\/$/ { print ""; next }
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
{ print }
inside && /\*\/$/ { inside = 0 }
