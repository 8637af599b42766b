#define _POSIX_C_SOURCE 200809L

#include "options.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GO_ON = -1, USAGE_ERROR = 2 };

static const struct options defaults = {.file = "-", .lines_per_log = 1000, .top = 10, .grace_ms = 500};

static int help(void)
{
    printf("Usage: tally [OPTION]... [FILE]\n"
           "Counts lines, words and bytes of a text and its most frequent words, as a MeshOS daemon.\n"
           "Without FILE, or when FILE is -, it reads the standard input. Counts go to the standard output,\n"
           "what happens on the way to the standard error.\n"
           "\n"
           "      --lines-per-log N  publish a log line every N lines (default %" PRIu64 ")\n"
           "      --top N            show the N most frequent words (default %" PRIu64 ")\n"
           "      --grace-ms N       give the daemon N ms to shut down (default %" PRIu64 ")\n"
           "      --help             show this and exit\n"
           "\n"
           "Ctrl-C or SIGTERM stops early, and shows what was counted until then. Exit status: 0 when all was\n"
           "counted, 1 on an error, 2 on a wrong option, 130 after Ctrl-C, 143 after SIGTERM.\n",
           defaults.lines_per_log, defaults.top, defaults.grace_ms);
    if (fflush(stdout) == 0 && !ferror(stdout))
        return EXIT_SUCCESS;
    fprintf(stderr, "tally: the help can't be shown: %s\n", strerror(errno));
    return EXIT_FAILURE;
}

static int usage_error(void)
{
    fputs("Try 'tally --help'.\n", stderr);
    return USAGE_ERROR;
}

static int read_number(const char *option, const char *text, uint64_t lowest, uint64_t *out)
{
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    /* strtoull takes " -1" too, so a digit must come first. */
    if (!isdigit((unsigned char)text[0]) || *end != '\0' || errno != 0 || number < lowest) {
        fprintf(stderr, "tally: --%s needs a whole number from %" PRIu64 " on, and got '%s'\n", option, lowest, text);
        return usage_error();
    }
    *out = number;
    return GO_ON;
}

int options_read(struct options *options, int argc, char **argv)
{
    enum { LINES_PER_LOG, TOP, GRACE_MS, HELP };
    static const struct option known[] = {
        [LINES_PER_LOG] = {"lines-per-log", required_argument, NULL, LINES_PER_LOG},
        [TOP] = {"top", required_argument, NULL, TOP},
        [GRACE_MS] = {"grace-ms", required_argument, NULL, GRACE_MS},
        [HELP] = {"help", no_argument, NULL, HELP},
        {NULL, 0, NULL, 0},
    };

    *options = defaults;
    int found;
    while ((found = getopt_long(argc, argv, "", known, NULL)) != -1) {
        int result = GO_ON;
        switch (found) {
        case LINES_PER_LOG:
            result = read_number(known[found].name, optarg, 1, &options->lines_per_log);
            break;
        case TOP:
            result = read_number(known[found].name, optarg, 0, &options->top);
            break;
        case GRACE_MS:
            /* 0 would mean the SDK's default of 5 s. */
            result = read_number(known[found].name, optarg, 1, &options->grace_ms);
            break;
        case HELP:
            return help();
        default: /* getopt_long has said what is wrong */
            return usage_error();
        }
        if (result != GO_ON)
            return result;
    }
    if (argc - optind > 1) {
        fprintf(stderr, "tally: one FILE at most, and '%s' is one more\n", argv[optind + 1]);
        return usage_error();
    }
    if (optind < argc)
        options->file = argv[optind];
    return GO_ON;
}
