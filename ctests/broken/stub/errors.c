/* The last error of each thread. */
#include "stub.h"

PER_THREAD const char *last_kind, *last_message;

int error(int status, const char *kind) {
    last_kind = kind;
    last_message = "something was wrong";
    if (BREAKS(NO_MESSAGE))
        last_message = NULL;
    return status;
}

int ok(void) {
    if (!BREAKS(KEPT_ERROR))
        last_kind = last_message = NULL;
    return NET_MESHOS_OK;
}

const char *net_meshos_last_error_kind(void) {
    return last_kind;
}

const char *net_meshos_last_error_message(void) {
    return last_message;
}

void net_meshos_clear_last_error(void) {
    last_kind = last_message = NULL;
}
