/* Calls that are made with every subset of the faults that they can have. */
#ifndef CONFORMANCE_FAULTS_H
#define CONFORMANCE_FAULTS_H

#include "fixture.h"

/* One thing that can be wrong: its bit, and what is reported. */
struct wrong {
    const char *what;
    int status;
    const char *kind;
};

struct call {
    const char *name;
    /* Makes the call with all faults of the mask; returns the status, and whether *out is untouched. */
    int (*try_it)(unsigned mask, const struct call *call, int *untouched);
    const struct registration *registration;
    struct wrong wrong[9]; /* in the order of the checks */
};

/* Makes the call with every subset of its faults. */
void try_all_of(const struct call *call);

/* The calls, each as a try_it. metadata returns no status: these make NULL a -2. */
int try_sdk_start(unsigned mask, const struct call *c, int *untouched);
int try_sdk_shutdown(unsigned mask, const struct call *c, int *untouched);
int try_register(unsigned mask, const struct call *c, int *untouched);
int try_register_with_vtable(unsigned mask, const struct call *c, int *untouched);
int try_try_next(unsigned mask, const struct call *c, int *untouched);
int try_next(unsigned mask, const struct call *c, int *untouched);
int try_publish_log(unsigned mask, const struct call *c, int *untouched);
int try_graceful(unsigned mask, const struct call *c, int *untouched);
int try_capabilities(unsigned mask, const struct call *c, int *untouched);
int try_metadata(unsigned mask, const struct call *c, int *untouched);
int try_refresh_metadata(unsigned mask, const struct call *c, int *untouched);

#endif
