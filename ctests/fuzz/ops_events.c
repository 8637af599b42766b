/* Operations on events, outputs, state and work. */
#include "message.h"
#include "ops.h"

#include <stdlib.h>
#include <string.h>

enum { BATCH = 24 };

/* Who sends: a thread of the plan, or a daemon from within its callback. Each numbers its events. */
static void sender(uint64_t *origin, uint64_t *sequence) {
    struct record *record = inside.depth ? inside.stack[inside.depth - 1] : NULL;
    if (inside.depth) {
        *origin = PRODUCERS + (record ? record->number : 0);
        *sequence = record ? ++record->posted_inside : 1;
    } else {
        *origin = 1 + (uint64_t)this_thread;
        *sequence = ++world.sequences[this_thread];
    }
}

static NetMeshOsEvent next_event(struct bytes *bytes, uint64_t *random) {
    NetMeshOsEvent event = {0};
    sender(&event.origin_hash, &event.sequence);
    bytes->message = (struct message){.magic = MESSAGE_MAGIC, .random = draw(random)};
    bytes->message.extra = draw_below(random, EXTRA_MAX);
    if (draw_below(random, 8)) {
        event.payload = (const uint8_t *)bytes;
        event.payload_len = message_fill(bytes);
    }
    return event;
}

#define TAKEN " not_found invalid_state draining stopped backing_off "

void op_DELIVER(uint64_t random) {
    uint64_t id;
    struct record *record;
    const struct sdk_pick pick = pick_target(&random, &id, &record);
    if (draw_below(&random, 16) == 0) {
        const NetMeshOsEvent lacking = {1, 1, NULL, 5}, endless = {1, 1, (const uint8_t *)"x", (size_t)PTRDIFF_MAX + 1};
        const uint32_t which = draw_below(&random, 3);
        const NetMeshOsEvent *event = which == 0 ? NULL : which == 1 ? &lacking : &endless;
        refuse("ext_deliver", CALL(net_meshos_ext_deliver)(pick.handle, id, event, NULL, NULL), pick.good, -3,
               "invalid_argument");
        return;
    }
    struct bytes bytes;
    struct sink sink = {.sdk = pick.sdk, .level = -1};
    const NetMeshOsEvent event = next_event(&bytes, &random);
    const bool listens = draw_below(&random, 2) != 0;
    const int status = CALL(net_meshos_ext_deliver)(pick.handle, id, &event, listens ? output_called : NULL, &sink);
    /* From here on the function and its context are the caller's again. */
    atomic_store(&sink.retired, true);
    answer("ext_deliver", status, pick.good, TAKEN "process_failed ");
    const char *kind = CALL(net_meshos_last_error_kind)();
    if (!pick.sdk)
        return;
    if (status == NET_MESHOS_OK || (kind && strcmp(kind, "process_failed") == 0)) {
        atomic_fetch_add(&pick.sdk->accepted, 1);
        if (record)
            atomic_fetch_add(&record->accepted, 1);
    }
}

void op_POST(uint64_t random) {
    uint64_t id;
    struct record *record;
    const struct sdk_pick pick = pick_target(&random, &id, &record);
    struct bytes bytes[BATCH];
    NetMeshOsEvent events[BATCH];
    const uint32_t count = draw_below(&random, BATCH + 1);
    for (uint32_t i = 0; i < count; i++)
        events[i] = next_event(&bytes[i], &random);
    size_t accepted = SIZE_MAX;
    if (draw_below(&random, 16) == 0 && count) {
        events[count - 1].payload = NULL;
        events[count - 1].payload_len = 7;
        refuse("ext_post", CALL(net_meshos_ext_post)(pick.handle, id, events, count, &accepted), pick.good, -3,
               "invalid_argument");
        return;
    }
    const bool waits = draw_below(&random, 4) == 0;
    const int status = waits ? CALL(net_meshos_ext_post_wait)(pick.handle, id, events, count, 1 + draw_below(&random, 5),
                                                              &accepted)
                             : CALL(net_meshos_ext_post)(pick.handle, id, events, count, &accepted);
    answer("ext_post", status, pick.good, TAKEN "queue_full invalid_state ");
    const char *kind = CALL(net_meshos_last_error_kind)();
    /* One that waits may be ended by whatever the daemon comes to. */
    const bool partly = waits ? accepted != SIZE_MAX && accepted > 0 : kind && strcmp(kind, "queue_full") == 0;
    if (!waits && kind && strcmp(kind, "invalid_state") == 0)
        wrong("post: it never waits, so it is never refused inside");
    if (status != NET_MESHOS_OK && !partly) {
        if (accepted != SIZE_MAX && accepted != 0)
            wrong("post: refused as %s, and says that %zu went in", kind, accepted);
        return;
    }
    if (status == NET_MESHOS_OK ? accepted != count : accepted >= count)
        wrong("post: status %d, and %zu of %u went in", status, accepted, count);
    memset(bytes, 0xAA, sizeof bytes); /* they have been copied */
    if (pick.sdk)
        atomic_fetch_add(&pick.sdk->accepted, accepted);
    if (record)
        atomic_fetch_add(&record->accepted, accepted);
}

void op_FLUSH(uint64_t random) {
    uint64_t id;
    struct record *record;
    const struct sdk_pick pick = pick_target(&random, &id, &record);
    if (draw_below(&random, 2))
        id = 0;
    const int status = CALL(net_meshos_ext_flush)(pick.handle, id, 1 + draw_below(&random, 5));
    answer("ext_flush", status, pick.good, " not_found timeout invalid_state ");
}

static void both(uint64_t *random, struct sdk_pick *pick, struct record **from, struct record **to, uint64_t *from_id,
                 uint64_t *to_id) {
    *pick = pick_target(random, from_id, from);
    struct record *other = atomic_load(&world.daemons[draw_below(random, slots())]);
    *to = other;
    *to_id = other ? other->id : draw(random);
}

void op_SUBSCRIBE(uint64_t random) {
    struct sdk_pick pick;
    struct record *from, *to;
    uint64_t from_id, to_id;
    both(&random, &pick, &from, &to, &from_id, &to_id);
    const bool accounts = world.plan.profile == ACCOUNTS;
    if (accounts && (!from || !to || from->consumer || !to->consumer))
        return;
    /* A part of the rounds has no subscriptions, so that its accounts are exact in spite of all else. */
    if (!accounts && world.plan.seed % 3 == 0)
        return;
    if (pick.sdk)
        atomic_store(&pick.sdk->edges, true);
    if (accounts)
        settle_producers(NULL);
    if (answer("ext_subscribe", CALL(net_meshos_ext_subscribe)(pick.handle, from_id, to_id), pick.good,
               " not_found invalid_state draining stopped ") == NET_MESHOS_OK && accounts)
        edge_added(from, to);
}

void op_UNSUBSCRIBE(uint64_t random) {
    struct sdk_pick pick;
    struct record *from, *to;
    uint64_t from_id, to_id;
    both(&random, &pick, &from, &to, &from_id, &to_id);
    if (world.plan.profile == ACCOUNTS) {
        if (!from || !to)
            return;
        settle_producers(NULL);
        edge_removed(from, to);
    }
    answer("ext_unsubscribe", CALL(net_meshos_ext_unsubscribe)(pick.handle, from_id, to_id), pick.good, " not_found ");
}

/* Replaces an output or log function. From inside a callback nobody waits, here neither. */
static void replace(struct sdk_pick pick, bool output, struct sink *sink, int level) {
    pthread_mutex_t *lock = output ? &pick.sdk->output_lock : &pick.sdk->log_lock;
    if (pthread_mutex_trylock(lock) != 0)
        return;
    struct sink **current = output ? &pick.sdk->output : &pick.sdk->log, *before = *current;
    const int status = output ? CALL(net_meshos_ext_set_output)(pick.handle, sink ? output_called : NULL, sink)
                              : CALL(net_meshos_ext_on_log)(pick.handle, level, sink ? log_called : NULL, sink);
    if (answer(output ? "ext_set_output" : "ext_on_log", status, pick.good, " ") == NET_MESHOS_OK) {
        if (before && inside.depth == 0)
            atomic_store(&before->retired, true);
        *current = sink;
    }
    pthread_mutex_unlock(lock);
}

static struct sink *new_sink(struct sdk *sdk, int level) {
    struct sink *sink = calloc(1, sizeof *sink);
    sink->sdk = sdk;
    sink->level = level;
    return sink;
}

void op_SET_OUTPUT(uint64_t random) {
    const struct sdk_pick pick = pick_sdk(&random);
    if (pick.sdk)
        replace(pick, true, draw_below(&random, 4) ? new_sink(pick.sdk, 0) : NULL, 0);
    else
        answer("ext_set_output", CALL(net_meshos_ext_set_output)(pick.handle, NULL, NULL), pick.good, " ");
}

void op_ON_LOG(uint64_t random) {
    const struct sdk_pick pick = pick_sdk(&random);
    const int level = (int)draw_below(&random, 5);
    if (draw_below(&random, 8) == 0)
        refuse("ext_on_log", CALL(net_meshos_ext_on_log)(pick.handle, 5 + level, NULL, NULL), pick.good, -3,
               "invalid_log_level");
    else if (pick.sdk)
        replace(pick, false, draw_below(&random, 4) ? new_sink(pick.sdk, level) : NULL, level);
}

extern _Thread_local size_t snapshot_len;

void op_SNAPSHOT(uint64_t random) {
    uint64_t id;
    struct record *record;
    const struct sdk_pick pick = pick_target(&random, &id, &record);
    uint8_t *out = (uint8_t *)&random;
    size_t len = 12345;
    snapshot_len = 0;
    const int status = CALL(net_meshos_ext_snapshot)(pick.handle, id, &out, &len);
    if (answer("ext_snapshot", status, pick.good, " not_found stopped invalid_state out_of_memory ") != NET_MESHOS_OK) {
        if (out != (uint8_t *)&random || len != 12345)
            wrong("out: a snapshot that failed wrote to it");
        return;
    }
    struct message message;
    if (len != snapshot_len || (len == 0) != (out == NULL) || (len && !message_whole(out, len, &message)))
        wrong("state: the daemon gave %zu bytes, and ext_snapshot %zu", snapshot_len, len);
    if (draw_below(&random, 2))
        CALL(net_meshos_free_string)((char *)out); /* it is no text, and stays */
    if (len && !message_whole(out, len, &message))
        wrong("state: free_string has freed bytes");
    CALL(net_meshos_ext_free_bytes)(out, len);
}

void op_RESTORE(uint64_t random) {
    uint64_t id;
    struct record *record;
    const struct sdk_pick pick = pick_target(&random, &id, &record);
    struct bytes bytes = {.message = {.magic = MESSAGE_MAGIC, .random = draw(&random)}};
    bytes.message.extra = draw_below(&random, EXTRA_MAX);
    const size_t len = draw_below(&random, 4) ? message_fill(&bytes) : 0;
    if (draw_below(&random, 16) == 0) {
        refuse("ext_restore", CALL(net_meshos_ext_restore)(pick.handle, id, NULL, 1), pick.good, -3, "invalid_argument");
        return;
    }
    const int status = CALL(net_meshos_ext_restore)(pick.handle, id, len ? (uint8_t *)&bytes : NULL, len);
    answer("ext_restore", status, pick.good, " not_found stopped invalid_state restore_failed out_of_memory ");
}
