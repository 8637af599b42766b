#include <string.h>

#include "bridge.h"

/* A call of the library, as src/waiting.ts lays it out. To the calling conventions of the machines that the package is
 * for, integers and pointers are words, and what is too many is not looked at. */
struct call {
    int (*function)(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t);
    const char *(*kind_of_last_error)(void); /* NULL: of a function that returns nothing */
    const char *(*message_of_last_error)(void);
    uint64_t arguments[6];
    char kind[64], message[1024]; /* of the error: with their NUL, and empty if there is none */
};

static void copy(char *to, size_t size, const char *text) {
    size_t length = text ? strlen(text) : 0;
    if (length >= size)
        length = size - 1;
    if (length > 0)
        memcpy(to, text, length);
    to[length] = '\0';
}

/* Makes the call, and copies the last error that it leaves to the thread that it was made on. */
EXPORTED int meshos_node_wait(struct call *call) {
    const uint64_t *a = call->arguments;
    const int status = call->function(a[0], a[1], a[2], a[3], a[4], a[5]);
    if (!call->kind_of_last_error)
        return 0;
    copy(call->kind, sizeof call->kind, status ? call->kind_of_last_error() : NULL);
    copy(call->message, sizeof call->message, status ? call->message_of_last_error() : NULL);
    return status;
}
