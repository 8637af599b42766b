/* The cases: what a child sets up once and then measures in each round. */
#ifndef BENCH_CASES_H
#define BENCH_CASES_H

#include <stdbool.h>
#include <stddef.h>

enum { CASE_NEEDS = 4 };

struct bench_case {
    const char *name;
    void (*setup)(void);
    void (*round)(void);
    size_t size;                    /* daemons, where the case is about how many there are */
    bool fresh;                     /* a new process for each round */
    bool opens;                     /* opens the library itself */
    const char *needs[CASE_NEEDS];  /* calls beyond net_meshos.h, without net_meshos_ */
};

extern const struct bench_case cases[];
extern const size_t cases_count;

/* Run on every library before all other cases. */
#define CASE_LIBRARY "library"

const struct bench_case *case_find(const char *name);

/* case_calls.c: calls that are over at once */
void calls_setup(void);
void calls_error_null(void);
void calls_error_level(void);
void calls_accessors(void);
void calls_try_next(void);
void calls_dropped(void);
void calls_metadata(void);
void calls_refresh(void);
void calls_capabilities(void);

/* case_threads.c */
void try_next_two_setup(void);
void try_next_two_round(void);
void waiting_setup(void);
void waiting_round(void);

/* case_lives.c: what begins and ends */
void register_free_setup(void);
void register_free_round(void);
void sdk_life_round(void);
void next_control_round(void);
void first_start_round(void);

/* case_logs.c */
void logs_setup(void);
void logs_round(void);

/* case_events.c */
void deliver_0_setup(void);
void deliver_1_setup(void);
void deliver_8_setup(void);
void deliver_round(void);
void post_1_setup(void);
void post_2_setup(void);
void post_round(void);

/* case_lateness.c, case_pauses.c */
void lateness_setup(void);
void lateness_round(void);
void pauses_setup(void);
void pauses_round(void);

/* case_scale.c, case_tick.c: against the number of daemons */
void scale_setup(void);
void scale_round(void);
void tick_setup(void);
void tick_health_setup(void);
void tick_round(void);

/* case_memory.c */
void library_setup(void);
void resident_round(void);
void growth_setup(void);
void growth_round(void);

#endif
