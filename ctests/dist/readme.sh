# shellcheck shell=sh disable=SC2154  # ctests/dist/run.sh sets what is used here
# The README of an archive: what it names is there, and what it says to do does what it says. Sourced by
# ctests/dist/run.sh.

# The paths that a README names, in backquotes or in links, but for those that the reader makes.
named_paths() { # named_paths README
    {
        # shellcheck disable=SC2016  # backquotes
        tr '`' '\n' <"$1" | grep -E '^(bin|include|lib|share)/[^ ]*$'
        grep -oE '\]\([^)#]*' "$1" | sed 's/^](//' | grep -v '^https://'
    } | sort -u
}

# No archive is of the sources, so none is built in.
readme_names_what_is_there() { # readme_names_what_is_there FOLDER
    named_paths "$1/README.md" >"$work/named"
    cat "$work/named"
    [ "$(wc -l <"$work/named")" -gt 15 ]
    while read -r path; do
        [ -e "$1/$path" ] || { echo "$1 has no $path" && return 1; }
    done <"$work/named"
    # shellcheck disable=SC2016  # a backquote
    if grep -nE '(^ *|`)make |(^|[ `])build/|@[A-Z]+@|^\?' "$1/README.md"; then return 1; fi
    # And all that there is to find is named.
    for path in "$1"/bin/* "$1"/lib/*.* "$1"/include/*; do
        [ -e "$path" ] || continue
        case $path in *."$VERSION") continue ;; esac # the library, by its full name
        grep -qF "\`${path#"$1"/}\`" "$1/README.md" || { echo "nothing says what ${path#"$1"/} is" && return 1; }
    done
}

archive_readmes() {
    for each in $targets; do
        mkdir -p "$work/readmes"
        case $each in
            windows-*) need python3 && python3 -m zipfile -e "$dist/net_meshos-$VERSION-$each.zip" "$work/readmes" ;;
            *) tar -C "$work/readmes" -xzf "$dist/net_meshos-$VERSION-$each.tar.gz" ;;
        esac
        head -n 1 "$work/readmes/net_meshos-$VERSION-$each/README.md" | tee /dev/stderr | grep -qx "# libnet_meshos $VERSION for $each"
        readme_names_what_is_there "$work/readmes/net_meshos-$VERSION-$each"
        rm -rf "$work/readmes"
    done
}

# As one who reads it does, in the folder.
readme_does_what_it_says() { # readme_does_what_it_says FOLDER
    need pkg-config
    need cmake
    need_cc
    cp -R "$1" "$work/reader"
    bindings/readme.sh "$1/README.md" c >"$work/reader/shout.c"
    bindings/readme.sh "$1/README.md" cmake >"$work/reader/CMakeLists.txt"
    bindings/readme.sh "$1/README.md" text >"$work/wanted"
    [ -s "$work/wanted" ]
    sed -n 's/^    \(.*shout$\)/\1/p' "$1/README.md" >"$work/commands"
    [ "$(wc -l <"$work/commands")" -eq 4 ]
    while read -r command; do
        echo "$command"
        # `cc` is not on every machine that has a compiler.
        (cd "$work/reader" && rm -f shout && sh -euc "$(echo "$command" | sed "s|^cc |$CC |")" >said </dev/null)
        tail -n "$(wc -l <"$work/wanted")" "$work/reader/said" | diff "$work/wanted" -
    done <"$work/commands"
    if [ -e "$1/bin/meshos-conformance" ]; then
        command=$(sed -n 's/^    \(bin\/meshos-conformance .*\)/\1/p' "$1/README.md")
        [ -n "$command" ]
        (cd "$work/reader" && sh -euc "$command --filter layout.") | tail -n 1 | grep -qE '^[1-9][0-9]* passed, 0 failed, 0 skipped$'
    fi
    rm -rf "$work/reader"
}
