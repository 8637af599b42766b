# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154  # variables shared with run.sh
# Every way in which stub/ can be broken, and what comes of it. Sourced by run.sh.

all_cases=$cases

build whole
if run whole --strict; then
    pass "the stub that isn't broken: $(tail -n 1 "$work/whole.tap")"
else
    fail "the stub that isn't broken" "it should pass" "$work/whole.tap"
fi

# Statuses, kinds, the last error
broken STATUS "order.sdk_shutdown sdk_shutdown.null" \
    'net_meshos_sdk_shutdown(NULL): status -3, expected -1'
broken KIND "errors.message errors.message_of_huge_name register.same_seed inputs.registration" \
    "the last error's kind should be \"register_failed\""
broken KEPT_ERROR "errors.cleared_by_success errors.kept_by_dropped sdk_start.queue_limit register.nul_in_name
    register.same_seed inputs.registration" \
    "the last error's kind should be NULL"
broken SHARED_ERROR "errors.new_thread errors.own_pair" \
    'net_meshos_last_error_kind(): 0x'
broken ORDER "order.publish_log" \
    'publish_log: level 5, message NULL'
broken OUT_WRITTEN "register.same_seed" \
    'two: (nil), expected 0x5a5a5a5a'
# Without a message nearly everything fails: one case stands for all.
cases="log.other_levels control.empty"
broken NO_MESSAGE "log.other_levels" \
    'the kind comes without a message'
cases=$all_cases

# Crashes and hangs
broken CRASH "order.try_next_control control.null" \
    'killed by SIGSEGV; last call: net_meshos_try_next_control'
broken ABORT "register.nul_in_name" \
    'killed by SIGABRT; last call: net_meshos_register_daemon'
broken EXIT "errors.kept metadata.node_ids metadata.null metadata.ownership inputs.registration resources.daemons
    process.silent signals.default" \
    'exited with status 0 in the middle of the case; last call: net_meshos_metadata'
limit=20
broken HANG "layout.events_written errors.cleared_by_success control.timeout graceful.next_control process.silent
    signals.default" \
    'killed after the time limit of 20 s; last call: net_meshos_next_control'
limit=12
broken NO_WAKE "sdk_shutdown.wakes" \
    '&woken is 0 after 2000 ms, expected at least 9'
limit=30

# Memory
broken OVERREAD "register.not_utf8_names inputs.registration" \
    'killed by SIGSEGV; last call: net_meshos_register_daemon'
broken NO_NUL "register.long_names register.same_seed accessors.name_lifetime metadata.node_ids inputs.registration" \
    'expected "daemon-1"'
broken SHARED_TEXT "metadata.ownership" \
    'texts.i. != texts.k. doesn.t hold'
broken LEAK "resources.daemons" \
    'LEAST_GROWTH(allocated, parts): [0-9]*, expected at most'
broken DESCRIPTORS "resources.daemons" \
    'LEAST_GROWTH(descriptors, parts): [0-9]* (0x[0-9a-f]*), expected 0'
broken THREADS "resources.daemons" \
    'LEAST_GROWTH(threads, parts): [0-9]* (0x[0-9a-f]*), expected 0'
cases="resources.logs control.empty"
broken KEPT_LINES "resources.logs" \
    'LEAST_GROWTH(resident, parts): [0-9]*, expected at most'
# The table of other cases is on a stack: what becomes of that can't be foreseen.
cases="inputs.vtable control.empty"
broken NO_COPY "inputs.vtable" \
    'killed by SIGSEGV'
cases=$all_cases

# Contents
build padding -DBREAK_PADDING
if run padding --strict; then
    pass "bytes between the fields of an event may stay as they were: $(tail -n 1 "$work/padding.tap")"
else
    fail "bytes between the fields of an event may stay as they were" "it should pass" "$work/padding.tap"
fi
broken FIELDS "layout.event_fields control.event_ends_unbounded graceful.next_control graceful.still_received" \
    'grace_period_ms 0, level'
broken NOT_ZERO "layout.events_written layout.event_fields sdk_shutdown.wakes control.empty control.timeout
    control.event_ends_unbounded graceful.next_control graceful.still_received" \
    'event: kind 0, grace_period_ms 6510615555426900570, level'
broken KEY_ORDER "metadata.node_ids" \
    'text: at byte 0 "{"daemon_name'
broken OVERLONG "log.not_utf8 register.not_utf8_names" \
    'status 0, expected -3 .overlong'
broken SURROGATES "log.not_utf8 register.not_utf8_names" \
    'status 0, expected -3 .the surrogate U+D800'

# Time and callbacks
cases="sdk_start.capacities control.empty"
limit=12
broken FULL "sdk_start.capacities" \
    'line_is_taken.*come about in 8000 ms'
limit=30
cases=$all_cases
broken EARLY "control.timeout" \
    'took: [0-9]*, expected at least'
broken TWICE "graceful.on_control" \
    'gauge_get(&probe.controls): 2, expected 1'
limit=12
broken NO_HEALTH "callbacks.polled" \
    'health is 0 after 2000 ms'
limit=30
broken LATE_CALLBACK "callbacks.after_free resources.daemons" \
    'killed by SIGSEGV'

# The library as a whole
broken MISSING "layout.symbols errors.kept metadata.node_ids metadata.null metadata.ownership inputs.registration
    process.silent signals.default" \
    'the library has no symbol net_meshos_refresh_metadata'
broken SIGNALS "signals.default" \
    'Broken pipe, after dlopen'
broken PRINTS "process.silent" \
    '^    .*ok 1 - forged'
