#include "stages.h"

#include <errno.h>
#include <string.h>

const char *const level_names[LEVELS] = {"DEBUG", "INFO", "WARN", "ERROR"};

int level_of(const char *name, size_t length)
{
    int level = 0;
    while (level < LEVELS && !(strlen(level_names[level]) == length && memcmp(level_names[level], name, length) == 0))
        level++;
    return level;
}

static int parse(void *user_ctx, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence,
                 const uint8_t *payload, size_t length)
{
    struct parser *parser = user_ctx;
    (void)origin;
    (void)sequence;
    const char *line = (const char *)payload, *end = line + length;
    const char *level = length > 1 ? memchr(line, ' ', length) : NULL;
    const char *message = level ? memchr(level + 1, ' ', (size_t)(end - level - 1)) : NULL;
    int number = message ? level_of(level + 1, (size_t)(message - level - 1)) : LEVELS;
    if (number == LEVELS) {
        parser->malformed++;
        return 0;
    }
    /* What the next daemons need: the level, and the line itself, which the host has made no longer than this. */
    uint8_t parsed[1 + LONGEST];
    if (length > LONGEST)
        return 1;
    parsed[0] = (uint8_t)number;
    memcpy(parsed + 1, payload, length);
    net_meshos_process_emit(emit, parsed, 1 + length);
    return 0;
}

static int filter(void *user_ctx, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence,
                  const uint8_t *payload, size_t length)
{
    struct filter *filter = user_ctx;
    (void)origin;
    (void)sequence;
    if (payload[0] < filter->lowest)
        filter->dropped++;
    else
        net_meshos_process_emit(emit, payload, length);
    return 0;
}

static int count(void *user_ctx, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence,
                 const uint8_t *payload, size_t length)
{
    struct counter *counter = user_ctx;
    (void)emit;
    (void)origin;
    (void)sequence;
    counter->counts[payload[0]]++;
    if (!counter->kept || atomic_load_explicit(&counter->error, memory_order_relaxed) != 0)
        return 0;
    errno = 0;
    if (fwrite(payload + 1, 1, length - 1, counter->kept) == length - 1 && putc('\n', counter->kept) != EOF)
        return 0;
    atomic_store(&counter->error, errno ? errno : EIO);
    return 1;
}

const NetMeshOsDaemonVtable parser_callbacks = {.process = parse};
const NetMeshOsDaemonVtable filter_callbacks = {.process = filter};
const NetMeshOsDaemonVtable counter_callbacks = {.process = count};
