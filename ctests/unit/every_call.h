/* Every call of the ABI, made from the headers, with arguments that are right.
 * A call that is added to a header is in here by itself. The panic test has it,
 * too. */
#ifndef EVERY_CALL_H
#define EVERY_CALL_H

#include "net_meshos_ext.h"

/* What a call returns that returns no status. */
enum { GOT_NULL = -100, GOT_TEXT = -101, GOT_NOTHING = -102, GOT_OTHER = -103 };

struct every_call {
    const char *name;
    const char *arguments; /* the parameters' names, in parentheses */
    int (*make)(void);     /* returns the status or what is above; a text is freed */
    int fails;             /* what it returns when Go fails; GOT_OTHER: it reports no error, or not so */
};

/* A row without a name ends it. */
extern const struct every_call every_calls[];

/* Whether the call's first argument is an SDK, or a daemon's handle. */
int takes_sdk(const struct every_call *c);
int takes_handle(const struct every_call *c);

/* What the calls are made with; whoever uses them has these. */
extern NetMeshOsSdk *sdk;
extern NetMeshOsHandle *handle;
extern uint64_t some_daemon_id;
extern const NetMeshOsDaemonVtable *vtable_ptr;

/* Frees what the last call has written to its out argument. */
void every_call_release(void);

/* Whether the last call has written to its out argument. */
int every_call_wrote(void);

#endif
