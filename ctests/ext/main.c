/* meshos-ext-suite: whether a libnet_meshos does what net_meshos_ext.h says. See README.md. */
#include <stdio.h>

#include "cases.h"
#include "check.h"
#include "json/json.h"
#include "json_oracle.h"
#include "lib.h"
#include "report.h"
#include "suite_run.h"
#include "utf8.h"

static void begin(void) {
    if (!lib.ext_version)
        report_skipped("the library has no net_meshos_ext_version, and so no extension calls");
    const char *lacking = lib_lacks() ? lib_lacks() : lib_lacks_ext();
    if (lacking)
        report_missing_symbol(lacking);
}

static const struct suite suite = {
    .program = "meshos-ext-suite",
    .at = cases_at,
    .begin = begin,
};

static const struct command command = {
    .program = "meshos-ext-suite",
    .head = "usage: meshos-ext-suite --lib PATH [option...]\n"
            "\n"
            "Checks what a libnet_meshos does against net_meshos_ext.h. Results: TAP 14 on standard output.\n",
    .tail = "Exit status: 0 if all that was run has passed, 1 if something failed, 2 if nothing could be run.\n",
    .options =
        (const struct command_option[]){
            SUITE_LIBRARY_OPTION,
            SUITE_FILTER_OPTION,
            SUITE_JUNIT_OPTION,
            SUITE_PAGE_OPTION,
            SUITE_JOBS_OPTION,
            SUITE_RUNNER_OPTION,
            {"slow", "N", "allow N times as long, for valgrind and the like", suite_take_slow},
            {"list", NULL, "print the names of the selected cases", suite_take_list},
            {NULL, NULL, NULL, NULL},
        },
};

static void list(const struct suite_case *c) {
    puts(c->name);
}

int main(int count, char **arguments) {
    check_messages_with(utf8_is_valid);
    json_check_with(json_is_valid);
    if (suite_is_child(count, arguments))
        suite_run_child(&suite, arguments);
    suite_options = (struct suite_options){.jobs = suite_processors(), .limit_ms = 60000, .slow = 1};
    command_read(&command, count, arguments);
    if (!suite_options.library && !suite_options.list)
        command_refuse(&command, "--lib PATH is missing");
    return command_end(&command, suite_run(&suite, &suite_options, list));
}
