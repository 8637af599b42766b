#include "fake_go.h"

#include <string.h>

#include "fakes.h"
#include "gather.h"
#include "strings.h"
#include "unit.h"

struct fake_go go;

void go_reset(void) {
    memset(&go, 0, sizeof go);
}

/* Calls that threads make at once must not be looked at. */
void go_note(const char *name) {
    atomic_fetch_add(&go.calls, 1);
    if (go.many)
        return;
    go.last = name;
    go.count = 0;
}

void go_note_argument(const char *name, uint64_t value) {
    if (go.many)
        return;
    NEED(go.count < GO_ARGUMENTS);
    go.arguments[go.count].name = name;
    go.arguments[go.count++].value = value;
}

uint64_t go_argument(const char *name) {
    for (unsigned i = 0; i < go.count; i++)
        if (strcmp(go.arguments[i].name, name) == 0)
            return go.arguments[i].value;
    unit_about("%s has no argument %s", go.last ? go.last : "no call", name);
    NEED(false);
    return 0;
}

enum meshos_error go_answer(enum meshos_error error) {
    if (go.during)
        go.during();
    if (go.text)
        meshos_error_text(go.text, strlen(go.text));
    return error ? error : go.answer;
}

/* What some exports do besides. */

enum meshos_error do_goSdkStart(struct sdk_cell *cell, char *config_path, uint64_t this_node, uint64_t tick_ms,
                                size_t event_capacity, size_t action_capacity, size_t control_capacity) {
    (void)config_path, (void)this_node, (void)tick_ms, (void)event_capacity, (void)action_capacity;
    cell->control_capacity = control_capacity ? control_capacity : 8;
    return MESHOS_OK;
}

enum meshos_error do_goExtSdkStart(struct sdk_cell *cell, char *text, size_t length) {
    (void)text, (void)length;
    cell->control_capacity = 8;
    return MESHOS_OK;
}

enum meshos_error do_goRegister(struct sdk_cell *s, struct daemon_cell *cell, char *name, size_t name_len,
                                uint8_t *seed, _Bool has_vtable, uint64_t *id) {
    (void)s, (void)name, (void)name_len, (void)seed, (void)has_vtable;
    if (go.answer == MESHOS_OK)
        *id = 1000 + (uint64_t)cell->slot.index;
    return MESHOS_OK;
}

enum meshos_error do_goHandleFree(struct daemon_cell *cell, struct frame *frame) {
    (void)frame;
    daemon_cell_consume(cell);
    daemon_cell_drop(cell); /* what registration had shared with Go */
    return MESHOS_OK;
}

enum meshos_error do_goMetadata(struct daemon_cell *cell, _Bool refresh) {
    (void)refresh;
    bool kept = !go.metadata || daemon_cell_set_text(cell, go.metadata, strlen(go.metadata));
    return kept ? MESHOS_OK : MESHOS_E_NO_MEMORY;
}

enum meshos_error do_goPost(struct sdk_cell *cell, uint64_t id, NetMeshOsEvent *events, size_t n, size_t *accepted) {
    (void)cell, (void)id;
    if (go.post)
        return go.post(events, n, accepted);
    *accepted = n / 2;
    return MESHOS_OK;
}

/* Ends the list at once, unless it is told to fail. */
enum meshos_error do_goPostLater(struct sdk_cell *cell, uint64_t id, struct posting *first) {
    if (go.answer)
        return go.answer;
    NetMeshOsEvent events[64];
    size_t n = 0, accepted = 0;
    for (const struct posting *p = first; p; p = posting_next(p)) {
        NEED(n < 64);
        events[n++] = *posting_event(p);
    }
    enum meshos_error error = do_goPost(cell, id, events, n, &accepted);
    const char *words = error ? meshos_error_given() : NULL;
    gather_end(first, accepted, error, words, words ? strlen(words) : 0);
    meshos_error_forget();
    return MESHOS_OK;
}

enum meshos_error do_goPostWait(struct sdk_cell *cell, uint64_t id, NetMeshOsEvent *events, size_t n,
                                uint64_t timeout_ms, size_t *accepted, struct frame *frame) {
    (void)timeout_ms, (void)frame;
    return do_goPost(cell, id, events, n, accepted);
}

enum meshos_error do_goSnapshot(struct sdk_cell *cell, uint64_t id, uint8_t **out, size_t *length,
                                struct frame *frame) {
    (void)cell, (void)id, (void)frame;
    if (go.answer == MESHOS_OK) {
        *out = bytes_hand_out("state", 5);
        *length = 5;
    }
    return MESHOS_OK;
}
