/* Faults, and whose they are. */
#ifndef MESHOS_SIGNALS_H
#define MESHOS_SIGNALS_H

#include <stdint.h>

/* Where the instructions of Go are. Until it is called, all faults are Go's. */
void signals_go_text(uintptr_t begin, uintptr_t end);

#endif
