/* Runs one case on one library and prints its figures, one a line: ours LIBRARY CASE full|quick. Each case is a
 * process of its own. CASE `cases` prints which there are. */
#include <stdio.h>
#include <string.h>

#include "case.h"
#include "cases.h"
#include "library.h"

static const struct {
    const char *name;
    void (*run)(void);
} cases[] = {
    {"single", case_single}, {"spread", case_spread},   {"pipeline", case_pipeline}, {"ask", case_ask},
    {"wake", case_wake},     {"lives", case_lives},     {"memory", case_memory},     {"restart", case_restart},
    {"refused", case_refused}, {"batch", case_batch},   {"start", case_start},
    {"floor", case_floor},
};

int main(int argc, char **argv) {
    if (argc != 4)
        fail("usage: ours LIBRARY CASE full|quick");
    quick = strcmp(argv[3], "quick") == 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (strcmp(argv[2], cases[i].name) == 0) {
            double took = library_open(argv[1]);
            if (cases[i].run == case_start)
                report("dlopen", took / 1e3);
            cases[i].run();
            return 0;
        }
    if (strcmp(argv[2], "cases") != 0)
        fail("there is no case '%s'", argv[2]);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        puts(cases[i].name);
    return 0;
}
