#define _POSIX_C_SOURCE 200809L

#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "say.h"

enum { USAGE_ERROR = 2, DEFAULT_TOP = 10 };

static const char help[] =
    "Usage: words [OPTION]... FILE\n"
    "Counts how often each word occurs in a text. A word is a run of the letters A to Z, in either case.\n"
    "\n"
    "  --state FILE        on the way out save here what is counted and up to where, and on the next start go on\n"
    "                      from there\n"
    "  --counts FILE       write the count of every word here, as \"sort | uniq -c\" does\n"
    "  --top N             show the N most frequent words (%d)\n"
    "  --stop-after LINES  stop after so many lines, as if it were interrupted\n"
    "  --help              show this\n"
    "\n"
    "SIGINT (Ctrl-C) and SIGTERM stop early and save. A second one ends the program at once: the state file is then\n"
    "the one of before.\n"
    "\n"
    "Exit status: 0 the text, or as many lines as asked for, is counted; 1 failure; 2 wrong usage;\n"
    "128 + N stopped by signal N.\n";

static bool number(const char *option, const char *text, uint64_t least, uint64_t *value)
{
    char *end;
    errno = 0;
    unsigned long long read = strtoull(text, &end, 10);
    /* strtoull takes a sign and leading blanks, which are no numbers here. */
    if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 || read < least) {
        say("--%s needs a whole number from %" PRIu64 " on, and got '%s'", option, least, text);
        return false;
    }
    *value = read;
    return true;
}

static int wrong_usage(void)
{
    fputs("Try 'words --help'.\n", stderr);
    return USAGE_ERROR;
}

static int show_help(void)
{
    if (printf(help, DEFAULT_TOP) > 0 && fflush(stdout) == 0)
        return EXIT_SUCCESS;
    say("the help can't be shown: %s", strerror(errno));
    return EXIT_FAILURE;
}

int options_read(struct options *options, int argc, char **argv)
{
    enum { STATE = 256, COUNTS, TOP, STOP_AFTER, HELP };
    static const struct option known[] = {
        {"state", required_argument, NULL, STATE}, {"counts", required_argument, NULL, COUNTS},
        {"top", required_argument, NULL, TOP},     {"stop-after", required_argument, NULL, STOP_AFTER},
        {"help", no_argument, NULL, HELP},         {NULL, 0, NULL, 0},
    };
    *options = (struct options){.top = DEFAULT_TOP};
    for (int option; (option = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        bool fine = true;
        switch (option) {
        case STATE: options->state = optarg; break;
        case COUNTS: options->counts = optarg; break;
        case TOP: fine = number("top", optarg, 0, &options->top); break;
        case STOP_AFTER: fine = number("stop-after", optarg, 1, &options->stop_after); break;
        case HELP: return show_help();
        default: fine = false; /* getopt has said why */
        }
        if (!fine)
            return wrong_usage();
    }
    if (optind == argc) {
        say("no FILE is given");
        return wrong_usage();
    }
    if (optind + 1 < argc) {
        say("one FILE at a time, and '%s' is one more", argv[optind + 1]);
        return wrong_usage();
    }
    options->file = argv[optind];
    return OPTIONS_GO_ON;
}
