#include "stub.h"

/* The character at the start of the text, of RFC 3629; its length is 0 if there is none. */
static size_t character(const unsigned char *c, size_t length) {
    size_t n = c[0] < 0x80                    ? 1
               : c[0] >= 0xc2 && c[0] < 0xe0 ? 2
               : (c[0] & 0xf0) == 0xe0       ? 3
               : c[0] >= 0xf0 && c[0] < 0xf5 ? 4
                                             : 0;
    if (n == 0 || n > length)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((c[i] & 0xc0) != 0x80)
            return 0;
    bool overlong = (c[0] == 0xe0 && c[1] < 0xa0) || (c[0] == 0xf0 && c[1] < 0x90);
    bool surrogate = c[0] == 0xed && c[1] > 0x9f, too_large = c[0] == 0xf4 && c[1] > 0x8f;
    return (overlong && !BREAKS(OVERLONG)) || (surrogate && !BREAKS(SURROGATES)) || too_large ? 0 : n;
}

bool is_utf8(const char *text, size_t length) {
    for (size_t i = 0, n; i < length; i += n)
        if ((n = character((const unsigned char *)text + i, length - i)) == 0)
            return false;
    return true;
}
