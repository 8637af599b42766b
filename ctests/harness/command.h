/* A program's command line: a table of options, the help made of it, and complaints. For the thread of main(). */
#ifndef HARNESS_COMMAND_H
#define HARNESS_COMMAND_H

struct command;

struct command_option {
    const char *name;     /* without the dashes */
    const char *argument; /* what the help calls it; NULL: the option takes none */
    const char *help;     /* lines separated by newlines; NULL: not in the help */
    /* value: NULL where the option takes none; else it lives as long as the program. */
    void (*take)(const struct command *c, const char *value);
};

struct command {
    const char *program;
    const char *head; /* of the help, before the options: usage and purpose */
    const char *tail; /* and after them: exit statuses */
    const struct command_option *options; /* the last one has no name; --help is there by itself */
};

/* Takes all options in turn. Ends the program for --help (0) and for what is no option (2). */
void command_read(const struct command *c, int count, char **arguments);

/* The program's exit status: that one, or 2 with a word if what it printed could not be written. */
int command_end(const struct command *c, int status);

/* Ends the program with status 2 and says what is wrong. */
_Noreturn void command_refuse(const struct command *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A number above 0 and at most that, or the end of the program. */
double command_number(const struct command *c, const char *option, const char *value, double most);

#endif
