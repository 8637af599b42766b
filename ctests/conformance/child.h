/* The process of one case: this program, started again by the runner. */
#ifndef CONFORMANCE_CHILD_H
#define CONFORMANCE_CHILD_H

/* The first argument of such a process. What follows: name of the case, library, report pipe, file of the
 * last call, time limit in ms. Without a name it only opens the library. */
#define CHILD_FLAG "--in-child"
enum { CHILD_ARGUMENTS = 7 };

int child_main(char **arguments);

#endif
