# shellcheck shell=sh disable=SC2154  # the variables are the callers'
# That 32 bits are refused, for Linux and for Windows. To be sourced; $work is a folder.

is_refused() { # is_refused COMMAND...: it fails, and says why
    status=0
    "$@" >"$work/said" 2>&1 || status=$?
    cat "$work/said"
    [ "$status" -ne 0 ]
    grep -qF 'libnet_meshos is for 64-bit platforms only' "$work/said"
}

# shellcheck disable=SC2086  # CC is a command with options
narrow_c_is_refused() { is_refused $CC -m32 -ffreestanding -fsyntax-only capi/narrow.c; }
