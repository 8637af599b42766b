/* The number of elements of an array, as a constant. */
#ifndef HARNESS_ARRAY_H
#define HARNESS_ARRAY_H

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

#endif
