/* Measures one curve of one library and prints its points, "CURVE@X VALUE": curves LIBRARY CURVE full|quick. CURVE
 * `cases` prints which there are. README.md says what each is. */
#include <stdio.h>
#include <string.h>

#include "case.h"
#include "curves.h"
#include "library.h"

static const struct {
    const char *name;
    void (*run)(void);
} curves[] = {
    {"producers_1", curve_producers_1}, {"producers_8", curve_producers_8}, {"post_size", curve_post_size},
    {"deliver_size", curve_deliver_size}, {"daemons", curve_daemons},       {"subscribers", curve_subscribers},
    {"nested", curve_nested},
};

void point(const char *curve, size_t x, double value) {
    char name[64];
    snprintf(name, sizeof name, "%s@%zu", curve, x);
    report(name, value);
}

int main(int argc, char **argv) {
    if (argc != 4)
        fail("usage: curves LIBRARY CURVE full|quick");
    quick = strcmp(argv[3], "quick") == 0;
    for (size_t i = 0; i < sizeof curves / sizeof *curves; i++)
        if (strcmp(argv[2], curves[i].name) == 0) {
            library_open(argv[1]);
            curves[i].run();
            return 0;
        }
    if (strcmp(argv[2], "cases") != 0)
        fail("there is no curve '%s'", argv[2]);
    for (size_t i = 0; i < sizeof curves / sizeof *curves; i++)
        puts(curves[i].name);
    return 0;
}
