#define _GNU_SOURCE
#include "command.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <stdlib.h>
#include <string.h>

enum { HELP_COLUMN = 20, FIRST = 256 };

void command_refuse(const struct command *c, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "%s: ", c->program);
    vfprintf(stderr, format, arguments);
    fprintf(stderr, "\nTry %s --help\n", c->program);
    va_end(arguments);
    exit(2);
}

double command_number(const struct command *c, const char *option, const char *value, double most) {
    char *end;
    errno = 0;
    double number = strtod(value, &end);
    if (errno || end == value || *end || !(number > 0) || number > most)
        command_refuse(c, "--%s takes a number above 0, not '%s'", option, value);
    return number;
}

int command_end(const struct command *c, int status) {
    errno = 0;
    /* What has failed before is forgotten by errno, but not by the stream. */
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    fprintf(stderr, "%s: can't write the standard output%s%s\n", c->program, errno ? ": " : "",
            errno ? strerror(errno) : "");
    return 2;
}

static void print_option(const struct command_option *o) {
    int width = printf("  --%s%s%s", o->name, o->argument ? " " : "", o->argument ? o->argument : "");
    for (const char *line = o->help; line; width = 0) {
        int length = (int)strcspn(line, "\n");
        printf("%*s%.*s\n", width < HELP_COLUMN ? HELP_COLUMN - width : 1, "", length, line);
        line = line[length] ? line + length + 1 : NULL;
    }
}

static _Noreturn void print_help(const struct command *c) {
    printf("%s\n", c->head);
    for (const struct command_option *o = c->options; o->name; o++)
        if (o->help)
            print_option(o);
    print_option(&(struct command_option){.name = "help", .help = "print this"});
    printf("\n%s", c->tail);
    exit(command_end(c, 0));
}

void command_read(const struct command *c, int count, char **arguments) {
    size_t options = 0;
    while (c->options[options].name)
        options++;
    struct option *known = calloc(options + 2, sizeof *known);
    if (!known)
        exit(2);
    for (size_t i = 0; i < options; i++)
        known[i] = (struct option){c->options[i].name, c->options[i].argument ? required_argument : no_argument, NULL,
                                   FIRST + (int)i};
    known[options] = (struct option){"help", no_argument, NULL, 'h'};
    arguments[0] = (char *)(uintptr_t)c->program; /* getopt's complaints begin with it */
    for (int option; (option = getopt_long(count, arguments, "", known, NULL)) != -1;) {
        if (option == 'h')
            print_help(c);
        if (option < FIRST) { /* getopt has said what is wrong */
            fprintf(stderr, "Try %s --help\n", c->program);
            exit(2);
        }
        c->options[option - FIRST].take(c, optarg);
    }
    free(known);
    if (optind < count)
        command_refuse(c, "'%s' is no option", arguments[optind]);
}
