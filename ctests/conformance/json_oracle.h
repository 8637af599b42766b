/* RFC 8259, strictly: whether a text is one JSON value in UTF-8 without a byte-order mark. */
#ifndef CONFORMANCE_JSON_ORACLE_H
#define CONFORMANCE_JSON_ORACLE_H

#include <stdbool.h>
#include <stddef.h>

bool json_is_valid(const char *text, size_t length);

#endif
