/* Feeds the text to the splitter, and waits until both daemons have processed it. */
#ifndef FEED_H
#define FEED_H

#include <net_meshos_ext.h>
#include <stdbool.h>

#include "counter.h"
#include "text.h"

struct feed {
    NetMeshOsSdk *sdk;
    struct text *text;
    uint64_t splitter_id;
    NetMeshOsHandle *reporter; /* the daemon in whose name the progress is logged */
    struct counter *counter;   /* shows the progress */
    uint64_t pieces;           /* posted to the splitter, in all runs */
    uint64_t offset;           /* of the first byte that has not been posted */
    uint64_t reported_ms;      /* when the progress was logged last */
};

enum feed_result { FEED_AT_END, FEED_AT_LIMIT, FEED_STOPPED, FEED_FAILED };

/* Posts pieces until the text ends, `most` of them have been posted (0: no limit), or a signal asks to stop. It
 * prints a failure. */
enum feed_result feed_text(struct feed *feed, uint64_t most);

/* Waits until no event waits and no callback runs. It prints a failure. */
bool feed_drain(struct feed *feed);

#endif
