/* What the program tells the user, on the standard error, from any thread. */
#ifndef SAY_H
#define SAY_H

/* One line, with "words: " before it. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Says which call of the library failed and why. To be called right after it, on the same thread: the last
 * error is the thread's own. */
void say_failed(const char *call, int status);

#endif
