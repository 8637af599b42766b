/* news.h. A pipe can't be waited for together with processes, so between two looks at the pipes there is a moment. */
#include "news.h"

#include <stdlib.h>
#include <windows.h>

#include "clock.h"

enum { LOOK_MS = 20 };

/* The jobs of Windows, in which the children are, end with this process, however that ends. */
void news_watch(void) {}

void news_await(const struct job *const *running, size_t count, uint64_t until_ms) {
    HANDLE processes[MAXIMUM_WAIT_OBJECTS];
    DWORD n = 0;
    for (size_t i = 0; i < count && n < MAXIMUM_WAIT_OBJECTS; i++)
        processes[n++] = (HANDLE)running[i]->process.pid;
    uint64_t now = now_ms(), left = until_ms > now ? until_ms - now : 0;
    if (n > 0)
        WaitForMultipleObjects(n, processes, FALSE, left < LOOK_MS ? (DWORD)left : LOOK_MS);
}
