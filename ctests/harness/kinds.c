#include "kinds.h"

#define KIND(name) const char name[] = #name;
KINDS(KIND)
