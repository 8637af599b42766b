# shellcheck shell=sh
# shellcheck disable=SC2154  # variables shared with run.sh
# The suite on the likeness of the reference: only what that gets wrong fails, what can't be tested without it is
# skipped with words on that, and what is known to hang isn't waited for again and again. Sourced by run.sh.

# What its header or ours promises, and it doesn't do.
faults="
sdk_start.queue_limit sdk_start.control_limit register.nul_in_name
callbacks.polled callbacks.saturation graceful.on_control graceful.received graceful.try_next_control
sdk_shutdown.wakes
"
# What only ours promises.
softness="
control.beside_a_wait emit.made_up free_string.foreign free_string.twice inputs.huge_lengths handles.made_up
handles.freed cancel.free cancel.every_call fork.child
"

# Nobody waits longer for the suite than this, however much of the library hangs. A minute is what it takes, and nearly
# all of it is waiting for one call to return, which takes no longer on a slow machine: it works for six seconds.
patience=240 # seconds

# It waits more than it works, so other things are done meanwhile. nodelete: while a thread of Rust's lives, the C
# library leaves its code in place.
start_reference() {
    # shellcheck disable=SC2086  # a command with its arguments
    $cc -std=c11 -O1 -g -fPIC -shared -DREAL="\"$library\"" -Iinclude -I"$work" ctests/broken/reference.c \
        ctests/broken/reference_calls.c -o "$work/reference.so" -Wl,-z,defs -Wl,-Bsymbolic -Wl,-z,nodelete -lpthread -ldl
    (
        from=$(date +%s)
        "$suite" --lib "$work/reference.so" --strict --report "$work/reference.html" >"$work/reference.tap" 2>&1 || :
        echo $(($(date +%s) - from)) >"$work/reference.seconds"
    ) &
    reference_run=$!
}

skipped_saying() { # skipped_saying CASE WORDS
    if grep -qE "^ok [0-9]+ - $1 # SKIP $2\$" "$work/reference.tap"; then
        pass "skipped: $1"
    else
        fail "skipped: $1" "it isn't skipped with: $2"
        grep -A 12 -E " - $1( |\$)" "$work/reference.tap" | sed 's/^/    | /'
    fi
}

# It lacks one thing and is measured in the others.
passed_without() { # passed_without CASE "NAME..."
    without=$(awk -v name="$1" '/^(not )?ok / { here = /^ok / && $4 == name } here && $1 == "without_steps_of:" { sub(/^[^[]*/, ""); print }' \
        "$work/reference.tap")
    if [ "$without" = "[$(echo "$2" | sed 's/ /, /g')]" ]; then
        pass "passed without steps: $1"
    else
        fail "passed without steps: $1" "it isn't, or the steps are of: $without"
        grep -A 12 -E " - $1( |\$)" "$work/reference.tap" | sed 's/^/    | /'
    fi
}

check_reference() {
    wait "$reference_run" || :
    found=$(joined "$(failures "$work/reference.tap")")
    expected=$(joined "$faults $softness")
    if [ "$found" = "$expected" ]; then
        pass "the likeness of the reference fails for its faults: $(tail -n 1 "$work/reference.tap")"
    else
        fail "the likeness of the reference fails for its faults" \
            "these cases failed: $found- and should have: $expected" "$work/reference.tap"
    fi

    took=$(cat "$work/reference.seconds")
    if [ "$took" -lt $patience ]; then
        pass "the likeness of the reference is through in $took s"
    else
        fail "the likeness of the reference is through in $patience s" "it took $took s"
        sed -n '/^not ok/p; /duration_ms: [0-9]\{5\}/p' "$work/reference.tap"
    fi

    polled='needs the call of health at every tick, which failed in case callbacks\.polled'
    skipped_saying callbacks.each_tick "$polled"
    skipped_saying sdk_shutdown.silence "$polled"
    skipped_saying graceful.within 'needs the receipt of SHUTDOWN by next_control, which failed in case graceful\.received'
    # What it needs was skipped itself: the reason is the same.
    skipped_saying graceful.still_received \
        'needs the receipt of SHUTDOWN by next_control, which failed in case graceful\.received'
    skipped_saying sdk_free.wakes \
        'needs the end of an unbounded next_control by sdk_shutdown, which failed in case sdk_shutdown\.wakes'
    skipped_saying events.arguments 'the library has no net_meshos_ext_version, .*'

    for case in process.silent signals.default signals.ignored signals.handled signals.mask resources.failures; do
        passed_without $case "register.nul_in_name sdk_start.queue_limit"
    done
    for case in process.dlclose threads.sdks inputs.user_ctx fork.idle_child; do
        passed_without $case callbacks.polled
    done
    passed_without resources.sdks "callbacks.polled sdk_shutdown.wakes"
    passed_without fork.parent "fork.child callbacks.polled"
    # Where nothing is left of what it names, it is skipped.
    skipped_saying layout.vtable_slots "$polled"

    # Nothing is skipped for another reason.
    if grep -E '^ok .* # SKIP ' "$work/reference.tap" |
        grep -vE '# SKIP (needs .*, which failed in case [a-z_.]+|the library has no net_meshos_ext_.*)$'; then
        fail "reasons for what is skipped" "see above"
    else
        pass "reasons for what is skipped"
    fi
}
