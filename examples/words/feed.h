/* Feeds the splitter with the text, and waits until both daemons are through with it. */
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
    struct counter *counter;   /* to see how it gets on */
    uint64_t pieces;           /* handed to the splitter, in all runs */
    uint64_t offset;           /* of the first byte that the splitter has not got */
    uint64_t reported_ms;      /* when the progress was logged last */
};

enum feed_result { FEED_AT_END, FEED_AT_LIMIT, FEED_STOPPED, FEED_FAILED };

/* Posts pieces until the text ends, `most` of them have been posted (0: no limit), or a signal asks to stop. A
 * failure has been said. */
enum feed_result feed_text(struct feed *feed, uint64_t most);

/* Waits until no event waits and no callback runs. A failure has been said. */
bool feed_drain(struct feed *feed);

#endif
