/* Publishing what a daemon can do. */
#include "_cgo_export.h"
#include "checks.h"

int net_meshos_publish_capabilities(NetMeshOsHandle *handle, const char *tags_json_ptr, size_t tags_json_len) {
    REQUIRE_HANDLE(handle);
    HOLD_HANDLE(d, handle);
    enum meshos_error error = MESHOS_OK;
    if (atomic_load(&d->consumed))
        error = MESHOS_E_CONSUMED;
    else if (!tags_json_ptr && tags_json_len > 0)
        error = MESHOS_E_NULL_TAGS;
    else if (tags_json_len > LONGEST)
        error = MESHOS_E_LENGTH;
    else
        CROSS(error, goPublishCapabilities(d, (char *)SHOWN(tags_json_ptr, tags_json_len), tags_json_len));
    return release_handle(d, (uintptr_t)handle, error);
}
