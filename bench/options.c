#define _GNU_SOURCE
#include "options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"

enum { ROUNDS = 10, QUICK_ROUNDS = 2, PATIENCE = 60, MOST = 1000000 };

static struct options options = {.patience = PATIENCE};

/* A path with a slash, so that dlopen doesn't search for it. */
static const char *library(const struct command *c, const char *option, const char *text) {
    char *path = realpath(text, NULL);
    if (!path)
        command_refuse(c, "--%s: there is no library '%s': %s", option, text, strerror(errno));
    return path;
}

static int whole_number(const struct command *c, const char *option, const char *text) {
    int number = (int)command_number(c, option, text, MOST);
    if (number == 0)
        command_refuse(c, "--%s takes a whole number, not '%s'", option, text);
    return number;
}

static void take_lib(const struct command *c, const char *value) {
    options.libraries[0] = library(c, "lib", value);
}

static void take_vs(const struct command *c, const char *value) {
    options.libraries[1] = library(c, "vs", value);
}

static void take_json(const struct command *c, const char *value) {
    if (!*value)
        command_refuse(c, "--json takes the name of a file");
    options.json = value;
}

static void take_rounds(const struct command *c, const char *value) {
    options.rounds = whole_number(c, "rounds", value);
}

static void take_filter(const struct command *c, const char *value) {
    if (!*value)
        command_refuse(c, "--filter takes a word");
    options.filter = value;
}

static void take_quick(const struct command *c, const char *value) {
    (void)c, (void)value;
    options.quick = true;
}

static void take_patience(const struct command *c, const char *value) {
    options.patience = whole_number(c, "patience", value);
}

static void take_list(const struct command *c, const char *value) {
    (void)c, (void)value;
    options.list = true;
}

static void take_child(const struct command *c, const char *value) {
    (void)c;
    options.child = value;
}

static void take_commands(const struct command *c, const char *value) {
    options.commands = whole_number(c, "commands", value);
}

static void take_lines(const struct command *c, const char *value) {
    options.lines = whole_number(c, "lines", value);
}

static const struct command command = {
    .program = "meshos-bench",
    .head = "usage: meshos-bench --lib LIBRARY [--vs LIBRARY] [option...]\n"
            "\n"
            "Measures what the calls of a libnet_meshos cost, or of two, in turn, and says where --lib\n"
            "costs more than it should. Each case runs in a process of its own for each library.\n",
    .tail = "The table goes to standard output, progress to standard error. Exit status: 0 if every case\n"
            "was measured, whatever the times; 1 if one was not; 2 for a command line that is wrong.\n",
    .options =
        (const struct command_option[]){
            {"lib", "LIBRARY", "the library, A in the table", take_lib},
            {"vs", "LIBRARY", "another one to compare it with, B in the table", take_vs},
            {"json", "FILE", "write all figures as JSON", take_json},
            {"rounds", "N", "rounds of each case, after one that isn't counted (default 10)", take_rounds},
            {"filter", "WORD", "only the cases with WORD in a name or title; see --list", take_filter},
            {"quick", NULL, "few short rounds with few daemons, to see that all works;\nits times mean nothing",
             take_quick},
            {"patience", "N", "seconds of silence after which a case hangs (default 60)", take_patience},
            {"list", NULL, "list the cases and what they measure", take_list},
            /* How this program starts itself again for a case. */
            {"child", "CASE", NULL, take_child},
            {"commands", "FD", NULL, take_commands},
            {"lines", "FD", NULL, take_lines},
            {NULL, NULL, NULL, NULL},
        },
};

struct options options_read(int argc, char **argv) {
    command_read(&command, argc, argv);
    if (!options.libraries[0] && !options.list)
        command_refuse(&command, "which library? --lib is missing");
    if (options.rounds == 0)
        options.rounds = options.quick ? QUICK_ROUNDS : ROUNDS;
    return options;
}
