#define _GNU_SOURCE
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 10, QUICK_ROUNDS = 2, PATIENCE = 60 };

static const char usage[] =
    "usage: meshos-bench --lib LIBRARY [--vs LIBRARY] [options]\n"
    "\n"
    "Measures what the calls of a libnet_meshos cost, or of two, in turn, and says where --lib\n"
    "costs more than it should. Each case runs in a process of its own for each library.\n"
    "\n"
    "  --lib LIBRARY    the library, A in the table\n"
    "  --vs LIBRARY     another one to compare it with, B in the table\n"
    "  --json FILE      writes all figures as JSON\n"
    "  --svg FILE       draws the curves over the number of daemons\n"
    "  --rounds N       rounds of each case, after one that isn't counted (default 10)\n"
    "  --filter WORD    only the cases with WORD in a name or title; see --list\n"
    "  --quick          few short rounds with few daemons, to see that all works;\n"
    "                   its times mean nothing\n"
    "  --patience N     seconds of silence after which a case hangs (default 60)\n"
    "  --list           lists the cases and what they measure\n"
    "  --help           says this\n"
    "\n"
    "The table goes to standard output, progress to standard error. Exit status: 0 if every case\n"
    "was measured, whatever the times; 1 if one was not; 2 for a command line that is wrong.\n";

__attribute__((format(printf, 1, 2))) static _Noreturn void refuse(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("meshos-bench: ", stderr);
    vfprintf(stderr, format, arguments);
    fputs("\nTry meshos-bench --help.\n", stderr);
    va_end(arguments);
    exit(EXIT_BAD_USAGE);
}

static int positive(const char *option, const char *text) {
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (errno || end == text || *end || value < 1 || value > 1000000)
        refuse("%s takes a number from 1 to 1000000, and '%s' is none", option, text);
    return (int)value;
}

/* A path with a slash, which dlopen looks for nowhere else. */
static const char *library(const char *option, const char *text) {
    char *path = realpath(text, NULL);
    if (!path)
        refuse("%s: there is no library '%s': %s", option, text, strerror(errno));
    return path;
}

static const char *not_empty(const char *option, const char *text) {
    if (!*text)
        refuse("%s takes something that isn't empty", option);
    return text;
}

struct options options_read(int argc, char **argv) {
    enum { LIB = 1, VS, JSON, SVG, ROUNDS_, FILTER, PATIENCE_, CHILD };
    static const struct option known[] = {
        {"lib", required_argument, NULL, LIB},       {"vs", required_argument, NULL, VS},
        {"json", required_argument, NULL, JSON},     {"svg", required_argument, NULL, SVG},
        {"rounds", required_argument, NULL, ROUNDS_}, {"filter", required_argument, NULL, FILTER},
        {"patience", required_argument, NULL, PATIENCE_}, {"child", required_argument, NULL, CHILD},
        {"quick", no_argument, NULL, 'q'},           {"list", no_argument, NULL, 'l'},
        {"help", no_argument, NULL, 'h'},            {NULL, 0, NULL, 0},
    };
    struct options o = {.patience = PATIENCE};
    opterr = 0;
    for (int option, index = -1; (option = getopt_long(argc, argv, ":h", known, &index)) != -1; index = -1) {
        const char *name = argv[optind - 1];
        switch (option) {
        case LIB: o.libraries[0] = library("--lib", optarg); break;
        case VS: o.libraries[1] = library("--vs", optarg); break;
        case JSON: o.json = not_empty("--json", optarg); break;
        case SVG: o.svg = not_empty("--svg", optarg); break;
        case ROUNDS_: o.rounds = positive("--rounds", optarg); break;
        case FILTER: o.filter = not_empty("--filter", optarg); break;
        case PATIENCE_: o.patience = positive("--patience", optarg); break;
        case CHILD: o.child = optarg; break;
        case 'q': o.quick = true; break;
        case 'l': o.list = true; break;
        case 'h': fputs(usage, stdout); exit(EXIT_SUCCESS);
        case ':': refuse("%s needs a value", name);
        default: refuse("unknown option '%s'", name);
        }
    }
    if (optind < argc)
        refuse("'%s' is no option", argv[optind]);
    if (!o.libraries[0] && !o.list)
        refuse("which library? --lib is missing");
    if (o.rounds == 0)
        o.rounds = o.quick ? QUICK_ROUNDS : ROUNDS;
    return o;
}
