#include "sums.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char mark[] = "gateway 1"; /* the format of the state; another one is refused */

static struct sensor *find(struct sums *sums, const char *name)
{
    for (int i = 0; i < sums->sensors; i++)
        if (strcmp(sums->sensor[i].name, name) == 0)
            return &sums->sensor[i];
    if (sums->sensors == SENSORS)
        return NULL;
    struct sensor *sensor = &sums->sensor[sums->sensors++];
    *sensor = (struct sensor){.count = 0};
    memcpy(sensor->name, name, strlen(name) + 1);
    return sensor;
}

static bool add(struct sums *sums, const uint8_t *payload, size_t length)
{
    char reading[64], name[NAME], more;
    int value;
    if (length >= sizeof reading)
        return false;
    memcpy(reading, payload, length);
    reading[length] = '\0';
    if (sscanf(reading, "%31s %d %c", name, &value, &more) != 2)
        return false;
    struct sensor *sensor = find(sums, name);
    if (!sensor)
        return false;
    sensor->count++;
    sensor->sum += value;
    return true;
}

static int process(void *user_ctx, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence,
                   const uint8_t *payload, size_t length)
{
    struct sums *sums = user_ctx;
    (void)origin;
    if (length == 0) {
        net_meshos_process_emit(emit, (const uint8_t *)&sums->last, sizeof sums->last);
        return 0;
    }
    if (sequence <= sums->last)
        return 0; /* sent once more after a crash */
    /* One bad reading is counted and not a failure: the rest of the state is good. */
    if (!add(sums, payload, length))
        sums->malformed++;
    sums->last = sequence;
    return 0;
}

int sums_write(const struct sums *sums, char *text)
{
    int n = sprintf(text, "%s\nlast %" PRIu64 " malformed %" PRIu64 "\n", mark, sums->last, sums->malformed);
    for (int i = 0; i < sums->sensors; i++)
        n += sprintf(text + n, "%s %" PRIu64 " %" PRId64 "\n", sums->sensor[i].name, sums->sensor[i].count,
                     sums->sensor[i].sum);
    return n;
}

static void snapshot(void *user_ctx, NetMeshOsSnapshotEmitCtx *emit)
{
    char text[SUMS_TEXT];
    int length = sums_write(user_ctx, text);
    net_meshos_snapshot_emit(emit, (const uint8_t *)text, (size_t)length);
}

static bool read_state(struct sums *sums, const char *text)
{
    int n = 0, used = 0;
    if (strncmp(text, mark, sizeof mark - 1) != 0
        || sscanf(text + sizeof mark - 1, " last %" SCNu64 " malformed %" SCNu64 " %n", &sums->last, &sums->malformed,
                  &n) != 2)
        return false;
    text += sizeof mark - 1 + (size_t)n;
    for (; *text; text += used) {
        struct sensor *sensor = &sums->sensor[sums->sensors];
        if (sums->sensors == SENSORS
            || sscanf(text, "%31s %" SCNu64 " %" SCNd64 " %n", sensor->name, &sensor->count, &sensor->sum, &used) != 3)
            return false;
        sums->sensors++;
    }
    return true;
}

/* A state that can't be read changes nothing. The library has checked already that it is what snapshot gave. */
static int restore(void *user_ctx, const uint8_t *state, size_t length)
{
    static const struct sums empty;
    struct sums found = empty;
    char text[SUMS_TEXT + 1];
    if (length > SUMS_TEXT)
        return 1;
    if (length > 0)
        memcpy(text, state, length);
    text[length] = '\0';
    if (length > 0 && !read_state(&found, text))
        return 1;
    *(struct sums *)user_ctx = found;
    return 0;
}

const NetMeshOsDaemonVtable sums_callbacks = {.process = process, .snapshot = snapshot, .restore = restore};
