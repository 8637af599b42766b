/* meshos-conformance: whether a libnet_meshos does what net_meshos.h says. See README.md. */
#include <stdio.h>

#include "cases.h"
#include "check.h"
#include "clauses.h"
#include "lib.h"
#include "mesh.h"
#include "suite_run.h"
#include "utf8.h"

static const struct suite suite = {
    .program = "meshos-conformance",
    .at = cases_at,
    .lenient_class = CLASS_HARDENING,
    .clause = clauses_at,
};

/* An action that was requested instead of a run. */
static const char *header_to_check;
static bool print_clauses;

static void take_class(const struct command *c, const char *value) {
    if (!is_class(value))
        command_refuse(c, "there is no class '%s': header, reference or hardening", value);
    suite_options.selection.class = value;
}

static void take_clauses(const struct command *c, const char *value) {
    (void)c, (void)value;
    print_clauses = true;
}

static void take_header(const struct command *c, const char *value) {
    (void)c;
    header_to_check = value;
}

static const struct command command = {
    .program = "meshos-conformance",
    .head = "usage: meshos-conformance --lib PATH [option...]\n"
            "\n"
            "Checks what a libnet_meshos does against net_meshos.h. Results: TAP 14 on standard output.\n",
    .tail = "Exit status: 0 if nothing failed that counts, 1 if something did, 2 if the suite could not be run.\n",
    .options =
        (const struct command_option[]){
            SUITE_LIBRARY_OPTION,
            {"class", "C",
             "only cases of class C:\n"
             " header     promised by the header of the reference\n"
             " reference  measured on the reference, where its header is silent\n"
             " hardening  promised by net_meshos.h beyond both",
             take_class},
            SUITE_FILTER_OPTION,
            {"strict", NULL, "failures of class hardening count too", suite_take_strict},
            SUITE_JUNIT_OPTION,
            SUITE_PAGE_OPTION,
            SUITE_JOBS_OPTION,
            SUITE_RUNNER_OPTION,
            {"time-limit", "S", "seconds that a case may take (default 60)", suite_take_limit},
            {"list", NULL, "print the selected cases: name, class, clauses", suite_take_list},
            {"clauses", NULL, "print what the header promises, each with the cases that check it", take_clauses},
            {"check-header", "F", "check that the clauses are the sentences of the header F", take_header},
            {NULL, NULL, NULL, NULL},
        },
};

static void list(const struct suite_case *c) {
    printf("%s %s %s\n", c->name, c->class, c->clauses);
}

int main(int count, char **arguments) {
    if (in_mesh()) {
        lib_before_start = mesh_join;
        lib_after_start = mesh_joined;
    }
    check_messages_with(utf8_is_valid);
    if (suite_is_child(count, arguments))
        suite_run_child(&suite, arguments);

    suite_options = (struct suite_options){.jobs = suite_processors(), .limit_ms = 60000};
    command_read(&command, count, arguments);
    if (!clauses_are_covered())
        return 2;
    if (print_clauses) {
        clauses_print();
        return command_end(&command, 0);
    }
    if (header_to_check)
        return clauses_match_header(header_to_check) ? 0 : 1;
    if (!suite_options.library && !suite_options.list)
        command_refuse(&command, "--lib PATH is missing");
    return command_end(&command, suite_run(&suite, &suite_options, list));
}
