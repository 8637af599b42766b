/* What wakes a runner: its jobs, and the signals that end the run. For the thread of main(). */
#ifndef HARNESS_NEWS_H
#define HARNESS_NEWS_H

#include "job.h"

/* Once, before the first job starts. */
void news_watch(void);

/* Waits until something may have happened: output, a report, the end of a process, or that time. Ends the run, and all
 * jobs, when the program is to end. */
void news_await(const struct job *const *running, size_t count, uint64_t until_ms);

#endif
