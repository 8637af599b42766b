/* The cases, in the order and by the names of ../README.md. Each prints its figures. */
#ifndef PEERS_CASES_H
#define PEERS_CASES_H

void case_single(void);
void case_spread(void);
void case_pipeline(void);
void case_ask(void);
void case_wake(void);
void case_lives(void);
void case_memory(void);
void case_restart(void);
void case_refused(void);
void case_batch(void);
void case_start(void);
void case_floor(void);

#endif
