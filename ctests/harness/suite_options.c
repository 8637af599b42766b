#define _GNU_SOURCE
#include "suite_options.h"

#include <stdlib.h>
#include <unistd.h>

#include "subprocess.h"

struct suite_options suite_options;

size_t suite_processors(void) {
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? (size_t)n : 1;
}

void suite_take_library(const struct command *c, const char *value) {
    (void)c;
    suite_options.library = value;
}

void suite_take_filter(const struct command *c, const char *value) {
    (void)c;
    struct suite_selection *s = &suite_options.selection;
    s->filters = realloc(s->filters, (s->filter_count + 1) * sizeof *s->filters);
    if (!s->filters)
        exit(2);
    s->filters[s->filter_count++] = value;
}

void suite_take_junit(const struct command *c, const char *value) {
    (void)c;
    suite_options.junit = value;
}

void suite_take_page(const struct command *c, const char *value) {
    (void)c;
    suite_options.page = value;
}

void suite_take_runner(const struct command *c, const char *value) {
    (void)c;
    subprocess_through(value);
}

void suite_take_jobs(const struct command *c, const char *value) {
    suite_options.jobs = (size_t)command_number(c, "jobs", value, 1000);
    if (suite_options.jobs == 0)
        command_refuse(c, "--jobs takes a whole number, not '%s'", value);
}

void suite_take_limit(const struct command *c, const char *value) {
    suite_options.limit_ms = (uint64_t)(command_number(c, "time-limit", value, 86400) * 1000);
}

void suite_take_slow(const struct command *c, const char *value) {
    suite_options.slow = (unsigned)command_number(c, "slow", value, 1000);
    if (suite_options.slow == 0)
        command_refuse(c, "--slow takes a whole number, not '%s'", value);
}

void suite_take_strict(const struct command *c, const char *value) {
    (void)c, (void)value;
    suite_options.strict = true;
}

void suite_take_list(const struct command *c, const char *value) {
    (void)c, (void)value;
    suite_options.list = true;
}
