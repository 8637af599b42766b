#define _GNU_SOURCE
#include "child.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "cases.h"
#include "lib.h"
#include "report.h"
#include "sync.h"

int child_main(char **arguments) {
    const char *name = arguments[2], *library = arguments[3];
    report_to(atoi(arguments[4]), atoi(arguments[5]));
    prctl(PR_SET_PDEATHSIG, 9); /* nothing stays behind if the runner is killed */
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    sync_begin(strtoull(arguments[6], NULL, 10));

    const struct suite_case *c = cases_named(name);
    if (c && c->prepare)
        c->prepare();
    const char *why_not = lib_open(library);
    if (why_not)
        report_failed("%s", why_not);
    if (c && !why_not)
        c->run();
    report_end();
}
