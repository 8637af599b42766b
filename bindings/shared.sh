# shellcheck shell=sh disable=SC2154  # the variables are the callers'
# What the tests of the bindings share. To be sourced, after which $only is the word that names of parts must contain.

part() { # part NAME COMMAND...
    case $1 in *"$only"*) check "$@" ;; esac
}

limit() { timeout --foreground -k 10 900 "$@"; }

# The word counter of a binding, $program in the folder with the text "text": it says what can't be written before the
# work, with its name, and never writes over its text.
wordcount_writes() { # wordcount_writes NAME
    # The text is one that never comes.
    rm -rf never folder
    mkfifo never
    mkdir folder
    for state in no/state folder never; do
        status=0
        $program never "$state" 2>err || status=$?
        cat err
        [ $status -eq 1 ]
        grep -q "^$1: .*$state" err
    done
    cp text same
    status=0
    $program same same 2>err || status=$?
    cat err
    [ $status -eq 1 ]
    cmp text same
    status=0
    $program text full >/dev/full 2>err || status=$?
    cat err
    [ $status -eq 1 ]
    grep -q "^$1: " err
    [ ! -e full.new ]
    status=0
    $program 2>err || status=$?
    [ $status -eq 2 ]
}
