/* A node whose exports panic when they are asked to, and what must come of that. */
#ifndef PANIC_PANICS_H
#define PANIC_PANICS_H

#include <net_meshos_ext.h>
#include <stdbool.h>
#include <stdint.h>

#include "every_call.h"

/* How Go panics: with words, an error, or a fault. */
extern const char *with;

/* The node with its daemon, which every_call.h declares. */
extern const NetMeshOsEvent event;
const uint8_t *fresh_seed(void);
void begin(void);
void end(void);

/* An SDK that is there all the time, for the error that comes next. */
void bystander_begin(void);
void bystander_end(void);

/* Makes a call with a panic in the export that it crosses into. False: in none. */
bool make_panic(const struct every_call *c);

/* Notes the exports that have panicked since the last time. False: none has. */
bool note_panic(void);
void check_that_each_has_panicked(void);

bool kind_is(const char *kind);

/* The words of a panic must not be those of the next error, which has its own. */
void check_next_error(void);

/* A node that has seen panics goes on. */
void check_that_it_works(void);

/* Panics on the way of an event, see events.c. */
void try_returned(void);
void try_wanted(void);
void try_wanted_in_vain(void);
void try_mark_passed(void);

#endif
