#define _POSIX_C_SOURCE 200809L

#include "say.h"

#include <net_meshos_ext.h>
#include <stdarg.h>
#include <stdio.h>

void say(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    flockfile(stderr); /* the log function prints too, on a thread of its own */
    fputs("words: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    funlockfile(stderr);
    va_end(arguments);
}

void say_failed(const char *call, int status)
{
    const char *kind = net_meshos_last_error_kind();
    const char *message = net_meshos_last_error_message();
    say("%s failed with %d, %s: %s", call, status, kind ? kind : "no kind", message ? message : "no message");
}
