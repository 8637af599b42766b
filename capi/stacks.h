/* The stacks on which signal handlers run while the library is at work. */
#ifndef MESHOS_STACKS_H
#define MESHOS_STACKS_H

/* Gives a thread of the library an alternate stack, and notes that it needs no
 * more. */
void stacks_of_own_thread(void);

#endif
