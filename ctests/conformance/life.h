/* Makes all kinds of calls, callbacks, errors and endings, for cases that check side effects. */
#ifndef CONFORMANCE_LIFE_H
#define CONFORMANCE_LIFE_H

/* What the cases that live fully use. */
#define LIFE_USES "register.nul_in_name sdk_start.queue_limit"
void live_fully(void);

/* Uses what it has freed. */
void live_carelessly(void);

#endif
