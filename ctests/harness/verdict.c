#define _GNU_SOURCE
#include "verdict.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "report.h"
#include "subprocess.h"

struct said {
    bool done;    /* the case came to its end by itself */
    int dying_of; /* the signal that should end it; 0: none */
};

static struct said read_records(const struct text *records, struct outcome *o) {
    struct said said = {false, 0};
    for (size_t at = 0; at < records->length; at += strlen(records->bytes + at) + 1) {
        const char *record = records->bytes + at;
        if (record[0] == REPORT_FAILED) {
            o->verdict = FAILED;
            text_say(&o->failures, "%s\n", record + 1);
        } else if (record[0] == REPORT_SKIPPED && o->verdict == PASSED) {
            o->verdict = SKIPPED;
            text_say(&o->skip, "%s", record + 1);
        } else if (record[0] == REPORT_DYING) {
            said.dying_of = atoi(record + 1);
        } else if (record[0] == REPORT_DONE) {
            said.done = true;
        }
    }
    return said;
}

void verdict_reach(const struct evidence *e, struct outcome *o) {
    struct said said = read_records(e->records, o);
    int status = e->status;
    if (e->timed_out) {
        text_say(&o->failures, "killed after the time limit of %g s; last call: %s\n", (double)e->limit_ms / 1000,
                 e->last_call);
    } else if (said.dying_of && o->verdict != SKIPPED) {
        if (WIFSIGNALED(status) && WTERMSIG(status) == said.dying_of)
            return;
        text_say(&o->failures, "%s should have killed the process; it ended with wait status 0x%x\n",
                 subprocess_signal_name(said.dying_of), (unsigned)status);
    } else if (WIFSIGNALED(status)) {
        text_say(&o->failures, "killed by %s; last call: %s\n", subprocess_signal_name(WTERMSIG(status)),
                 e->last_call);
    } else if (!said.done) {
        text_say(&o->failures, "the process exited with status %d in the middle of the case; last call: %s\n",
                 WEXITSTATUS(status), e->last_call);
    } else if (WEXITSTATUS(status) != (o->verdict == FAILED)) {
        text_say(&o->failures, "exit status %d at the end of the case\n", WEXITSTATUS(status));
    } else {
        return;
    }
    o->verdict = FAILED;
}
