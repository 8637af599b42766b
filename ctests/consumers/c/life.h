/* One daemon's whole life, every result of it checked. */
#ifndef LIFE_H
#define LIFE_H

/* Returns 0. A wrong result is printed with its place, and ends the program with status 1. */
int live(const char *name);

#endif
