/* What the runner and the process of a case agree on. */
#ifndef EXT_RUNNER_H
#define EXT_RUNNER_H

enum { CASE_PASSED = 0, CASE_FAILED = 1, CASE_SKIPPED = 77, CASE_NO_LIBRARY = 78 };

/* Makes this process that of a case. */
void case_begin(int report_pipe, unsigned long long limit_ms);

#endif
