/* What the tests of the calls share: an SDK and daemons of the fake Go, and the
 * check that argument checks come in the header's order. */
#ifndef CALLS_H
#define CALLS_H

#include "abi.h"
#include "errors.h"
#include "every_call.h"
#include "fake_go.h"
#include "unit.h"

/* Daemons of sdk are handle, and this one whose handle is consumed. */
extern NetMeshOsHandle *consumed;

/* Start and end; everything between is noted in `go` from zero. */
void calls_begin(void);
void calls_end(void);

/* An end after calls that may have freed what there is. */
void calls_discard(void);

/* Status and kind; NULL: the pair must be NULL and NULL. */
#define EXPECT(call, status, kind) expect(__FILE__, __LINE__, #call, (call), (status), (kind))
void expect(const char *file, int line, const char *call, int actual, int status, const char *kind);

/* Values that are no handles of this kind, in turn: freed, made up, of the other
 * kind. */
enum { INVALID_WAYS = 3 };
NetMeshOsSdk *invalid_sdk(unsigned way);
NetMeshOsHandle *invalid_handle(unsigned way);

/* One call with what can be wrong with its arguments, the first check first. The
 * function makes the call with the faults whose bits are set, any of them
 * together. It returns the status; for calls that return a text GOT_NULL or 0. */
enum { MOST_FAULTS = 7 };
#define FAULT(number) (1u << (number))

struct call_order {
    const char *call, *export; /* and what of Go's it calls, NULL: nothing */
    int (*make)(unsigned faults, unsigned way);
    enum meshos_error faults[MOST_FAULTS]; /* ended by MESHOS_OK */
};

/* Tries every set of faults: the first one must be reported, and Go not asked.
 * Without faults it must be. */
void check_order(const struct call_order *c);

/* The value or the faulty one. */
#define UNLESS(faults, number, value, faulty) ((faults) & FAULT(number) ? (faulty) : (value))

/* The first two faults of every handle: NULL, invalid. */
NetMeshOsSdk *sdk_unless(unsigned faults, unsigned way);
NetMeshOsHandle *handle_unless(unsigned faults, unsigned way);

/* The handle, or a consumed one: the fault of this number. */
NetMeshOsHandle *consumed_unless(unsigned faults, unsigned number, unsigned way);

#endif
