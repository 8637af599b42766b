#include "cases.h"

#include <string.h>

#define CALLS(call) .setup = calls_setup, .round = calls_##call
#define SCALE(n) {.name = "scale_" #n, .setup = scale_setup, .round = scale_round, .size = n}
#define TICK(n) {.name = "tick_" #n, .setup = tick_setup, .round = tick_round, .size = n}
#define TICK_HEALTH(n) {.name = "tick_health_" #n, .setup = tick_health_setup, .round = tick_round, .size = n}

const struct bench_case cases[] = {
    {.name = CASE_LIBRARY, .setup = library_setup},
    {.name = "error_null", CALLS(error_null)},
    {.name = "error_level", CALLS(error_level)},
    {.name = "accessors", CALLS(accessors)},
    {.name = "try_next", CALLS(try_next)},
    {.name = "try_next_two", .setup = try_next_two_setup, .round = try_next_two_round},
    {.name = "dropped", CALLS(dropped)},
    {.name = "logs", .setup = logs_setup, .round = logs_round},
    {.name = "metadata", CALLS(metadata)},
    {.name = "refresh", CALLS(refresh)},
    {.name = "capabilities", CALLS(capabilities)},
    {.name = "register_free", .setup = register_free_setup, .round = register_free_round},
    SCALE(1),
    SCALE(10),
    SCALE(100),
    SCALE(1000),
    SCALE(10000),
    SCALE(100000),
    {.name = "sdk_life", .round = sdk_life_round},
    {.name = "next_control", .setup = calls_setup, .round = next_control_round},
    {.name = "deliver_0", .setup = deliver_0_setup, .round = deliver_round, .needs = {"ext_deliver"}},
    {.name = "deliver_1", .setup = deliver_1_setup, .round = deliver_round, .needs = {"ext_deliver"}},
    {.name = "deliver_8", .setup = deliver_8_setup, .round = deliver_round, .needs = {"ext_deliver"}},
    {.name = "post_1",
     .setup = post_1_setup,
     .round = post_round,
     .needs = {"ext_post", "ext_flush", "ext_set_output"}},
    {.name = "post_2",
     .setup = post_2_setup,
     .round = post_round,
     .needs = {"ext_post", "ext_flush", "ext_set_output"}},
    {.name = "resident", .round = resident_round, .fresh = true},
    {.name = "growth", .setup = growth_setup, .round = growth_round},
    {.name = "waiting", .setup = waiting_setup, .round = waiting_round, .opens = true},
    {.name = "first_start", .round = first_start_round, .fresh = true, .opens = true},
    {.name = "lateness",
     .setup = lateness_setup,
     .round = lateness_round,
     .needs = {"ext_post", "ext_stop_daemon", "ext_restart_daemon", "ext_daemon_done"}},
    {.name = "pauses", .setup = pauses_setup, .round = pauses_round, .needs = {"ext_deliver"}},
    TICK(1),
    TICK(10),
    TICK(100),
    TICK(1000),
    TICK(10000),
    TICK(100000),
    TICK_HEALTH(1),
    TICK_HEALTH(10),
    TICK_HEALTH(100),
    TICK_HEALTH(1000),
    TICK_HEALTH(10000),
    TICK_HEALTH(100000),
};

const size_t cases_count = sizeof cases / sizeof cases[0];

const struct bench_case *case_find(const char *name) {
    for (size_t i = 0; i < cases_count; i++)
        if (strcmp(cases[i].name, name) == 0)
            return &cases[i];
    return NULL;
}
