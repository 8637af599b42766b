/* Receives whose handle is freed just before they enter the mailbox. control.c is
 * compiled a second time here, so that something happens right then. */
#include <string.h>

#include "checks.h"

static void (*before_enter)(void);

static void come_late(void) {
    void (*before)(void) = before_enter;
    before_enter = NULL;
    if (before) {
        unsigned inside = border_suspend(); /* as another thread would */
        before();
        border_resume(inside);
    }
}

#define mailbox_enter(m) (come_late(), mailbox_enter(m))
#define mailbox_enter_quickly(m) (come_late(), mailbox_enter_quickly(m))
#define net_meshos_try_next_control late_try_next
#define net_meshos_next_control late_next
#include "../../capi/control.c"

#include "calls.h" /* whose names control.c would hide */

/* Frees the handle, and registers daemons until one has its cell. */
static struct daemon_cell *late;
static NetMeshOsHandle *successors[8];
static size_t successor_count;

static void free_and_register(void) {
    net_meshos_handle_free(handle);
    for (void *cell = NULL; cell != late;) {
        NEED(successor_count < sizeof successors / sizeof *successors);
        NetMeshOsHandle **out = &successors[successor_count++];
        NEED(net_meshos_register_daemon(sdk, "next", 4, (const uint8_t[32]){0}, out) == 0);
        cell = slot_peek(&daemon_table, (uintptr_t)*out);
    }
}

static void a_reader_that_comes_late_gets_nothing(void) {
    NetMeshOsDaemonControl event, untouched;
    for (int which = 0; which < 2; which++) {
        calls_begin();
        late = slot_peek(&daemon_table, (uintptr_t)handle);
        before_enter = free_and_register;
        memset(&event, 0xA5, sizeof event);
        memset(&untouched, 0xA5, sizeof untouched);
        EXPECT(which ? late_next(handle, 1, &event) : late_try_next(handle, &event), -1, "invalid_handle");
        CHECK(memcmp(&event, &untouched, sizeof event) == 0);
        CHECK(!before_enter);
        CHECK(!atomic_load(&late->mailbox.readers) && !atomic_load(&late->mailbox.quick));
        while (successor_count > 0)
            net_meshos_handle_free(successors[--successor_count]);
        calls_discard();
    }
}

const struct test control_late_tests[] = {
    {"control: a reader that comes late gets nothing", a_reader_that_comes_late_gets_nothing},
    {NULL, NULL},
};
