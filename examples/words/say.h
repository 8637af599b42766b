/* Messages to the user, on the standard error, from any thread. */
#ifndef SAY_H
#define SAY_H

/* One line, with "words: " before it. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Says which call of the library failed and why. Must be called right after it, on the same thread: each thread
 * has its own last error. */
void say_failed(const char *call, int status);

#endif
