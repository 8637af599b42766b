/* When Go starts, and with what. The loader starts nothing: Go's start function is
 * taken out of its list when the library is linked (scripts/link). Until the first
 * SDK starts, the process has nothing of the library's but its file. */
#ifndef MESHOS_START_H
#define MESHOS_START_H

#include <stdbool.h>

#include "errors.h"

/* Starts Go, unless it runs already, and reserves what one more SDK needs. An
 * error: there is not enough of something, and nothing has changed. */
enum meshos_error start_go(void);

/* Takes back what start_go has reserved for one SDK. */
void start_sdk_over(void);

/* Whether Go runs, or is about to. A child that is forked then has its state and
 * none of its threads. */
bool start_has_begun(void);

/* Called by Go when it needs its descriptors. False: none were kept. */
bool start_release_descriptors(void);

/* A setting for those who debug the library; NULL where the process has raised
 * privileges. */
const char *start_setting(const char *name);

#endif
