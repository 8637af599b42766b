/* The metadata text, which a call crosses for only when there is a new one. */
#include "_cgo_export.h"
#include "checks.h"

/* The kept metadata of a held cell, asked from Go if there is none or a newer
 * one is wanted. */
static enum meshos_error metadata(struct daemon_cell *d, bool refresh, char **text) {
    bool kept = false;
    enum meshos_error error = atomic_load(&d->consumed) ? MESHOS_E_CONSUMED : MESHOS_OK;
    if (error == MESHOS_OK && !refresh)
        *text = daemon_cell_copy_text(d, &kept);
    if (error == MESHOS_OK && !kept) {
        CROSS(error, goMetadata(d, refresh));
        if (error == MESHOS_OK)
            *text = daemon_cell_copy_text(d, &kept);
    }
    if (error == MESHOS_OK && !*text)
        error = MESHOS_E_NO_MEMORY;
    return error;
}

static char *checked_metadata(const NetMeshOsHandle *handle, bool refresh) {
    REQUIRE_OR_NULL(handle, NULL_HANDLE);
    REQUIRE_OR_NULL(!meshos_forked(), FORKED);
    REQUIRE_OR_NULL(!border_is_inside(), INTERRUPTED);
    struct daemon_cell *d = slot_hold(&daemon_table, (uintptr_t)handle);
    REQUIRE_OR_NULL(d, STALE_HANDLE);
    char *text = NULL;
    enum meshos_error error = metadata(d, refresh, &text);
    if (error != MESHOS_OK)
        release_handle(d, (uintptr_t)handle, error);
    else
        slot_drop(&daemon_table, d); /* the last error stays as it was */
    return text;
}

char *net_meshos_metadata(const NetMeshOsHandle *handle) {
    return checked_metadata(handle, false);
}

char *net_meshos_refresh_metadata(NetMeshOsHandle *handle) {
    return checked_metadata(handle, true);
}
