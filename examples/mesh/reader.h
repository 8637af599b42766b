/* The process that posts a text, line by line, to the splitter, and takes the counts from the counter at the end. Both
 * run on other nodes. */
#ifndef READER_H
#define READER_H

#include <net_meshos_ext.h>
#include <stdint.h>

struct reader {
    const char *text;     /* files */
    const char *progress;
    const char *counts;
    uint64_t splitter, counter; /* ids */
    uint64_t rate;              /* bytes a second; 0: as fast as they are taken */
};

/* Returns the status of the process. */
int run_reader(NetMeshOsSdk *sdk, const struct reader *reader);

#endif
