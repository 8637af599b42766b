#include "utf8.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "guard.h"

/* The table of RFC 3629, section 4: the range of the first byte, and those of the bytes that follow. */
static const struct {
    unsigned char first, last, rest, second_low, second_high;
} forms[] = {
    {0x00, 0x7f, 0, 0x80, 0xbf}, {0xc2, 0xdf, 1, 0x80, 0xbf}, {0xe0, 0xe0, 2, 0xa0, 0xbf},
    {0xe1, 0xec, 2, 0x80, 0xbf}, {0xed, 0xed, 2, 0x80, 0x9f}, {0xee, 0xef, 2, 0x80, 0xbf},
    {0xf0, 0xf0, 3, 0x90, 0xbf}, {0xf1, 0xf3, 3, 0x80, 0xbf}, {0xf4, 0xf4, 3, 0x80, 0x8f},
};

/* The length of the character at the start of the bytes, 0 if there is none. */
static size_t character(const unsigned char *b, size_t length) {
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (b[0] < forms[i].first || b[0] > forms[i].last)
            continue;
        if (length <= forms[i].rest)
            return 0;
        if (forms[i].rest > 0 && (b[1] < forms[i].second_low || b[1] > forms[i].second_high))
            return 0;
        for (size_t k = 2; k <= forms[i].rest; k++)
            if (b[k] < 0x80 || b[k] > 0xbf)
                return 0;
        return (size_t)forms[i].rest + 1;
    }
    return 0;
}

bool utf8_is_valid(const char *bytes, size_t length) {
    const unsigned char *b = (const unsigned char *)bytes;
    while (length > 0) {
        size_t n = character(b, length);
        if (n == 0)
            return false;
        b += n;
        length -= n;
    }
    return true;
}

const struct utf8_sample utf8_good[] = {
    {"U+0001", "\x01"},
    {"U+001F", "\x1f"},
    {"U+007F", "\x7f"},
    {"U+0080, the first of two bytes", "\xc2\x80"},
    {"U+00E4", "\xc3\xa4"},
    {"U+07FF, the last of two bytes", "\xdf\xbf"},
    {"U+0800, the first of three bytes", "\xe0\xa0\x80"},
    {"U+2028", "\xe2\x80\xa8"},
    {"U+D7FF, before the surrogates", "\xed\x9f\xbf"},
    {"U+E000, after the surrogates", "\xee\x80\x80"},
    {"U+FEFF", "\xef\xbb\xbf"},
    {"U+FFFD", "\xef\xbf\xbd"},
    {"U+FFFE, no character but well-formed", "\xef\xbf\xbe"},
    {"U+FFFF", "\xef\xbf\xbf"},
    {"U+10000, the first of four bytes", "\xf0\x90\x80\x80"},
    {"U+1F600", "\xf0\x9f\x98\x80"},
    {"U+10FFFF, the last", "\xf4\x8f\xbf\xbf"},
    {"a combining sequence", "e\xcc\x81"},
    {NULL, NULL},
};

const struct utf8_sample utf8_bad[] = {
    {"a continuation byte alone", "\x80"},
    {"the last continuation byte alone", "\xbf"},
    {"two bytes, truncated", "\xc3"},
    {"three bytes, truncated after one", "\xe2"},
    {"three bytes, truncated after two", "\xe2\x82"},
    {"four bytes, truncated after one", "\xf0"},
    {"four bytes, truncated after two", "\xf0\x9f"},
    {"four bytes, truncated after three", "\xf0\x9f\x98"},
    {"two bytes, then no continuation", "\xc3("},
    {"three bytes, second no continuation", "\xe2(\xa1"},
    {"three bytes, third no continuation", "\xe2\x82("},
    {"four bytes, second no continuation", "\xf0(\x8c\xbc"},
    {"four bytes, third no continuation", "\xf0\x9f(\xbc"},
    {"four bytes, fourth no continuation", "\xf0\x9f\x98("},
    {"a lead byte after a lead byte", "\xc3\xc3\xa4"},
    {"overlong NUL in two bytes", "\xc0\x80"},
    {"overlong slash in two bytes", "\xc0\xaf"},
    {"overlong U+007F in two bytes", "\xc1\xbf"},
    {"overlong NUL in three bytes", "\xe0\x80\x80"},
    {"overlong U+07FF in three bytes", "\xe0\x9f\xbf"},
    {"overlong NUL in four bytes", "\xf0\x80\x80\x80"},
    {"overlong U+FFFF in four bytes", "\xf0\x8f\xbf\xbf"},
    {"the surrogate U+D800", "\xed\xa0\x80"},
    {"the surrogate U+DBFF", "\xed\xaf\xbf"},
    {"the surrogate U+DC00", "\xed\xb0\x80"},
    {"the surrogate U+DFFF", "\xed\xbf\xbf"},
    {"a pair of surrogates", "\xed\xa0\xbd\xed\xb8\x80"},
    {"U+110000, above the last", "\xf4\x90\x80\x80"},
    {"U+13FFFF", "\xf4\xbf\xbf\xbf"},
    {"U+140000", "\xf5\x80\x80\x80"},
    {"five bytes", "\xf8\x88\x80\x80\x80"},
    {"six bytes", "\xfc\x84\x80\x80\x80\x80"},
    {"the byte FE", "\xfe"},
    {"the byte FF", "\xff"},
    {"Latin-1", "\xe4"},
    {NULL, NULL},
};

void utf8_everywhere(const struct utf8_sample *sample, void (*check)(const char *, size_t, void *), void *context) {
    static const struct {
        const char *where, *before, *after;
    } places[] = {
        {"alone", "", ""},
        {"at the start", "", "tail"},
        {"in the middle", "head", "tail"},
        {"at the end", "head", ""},
        {"after 64 bytes", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "!"},
    };
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        size_t before = strlen(places[i].before), bytes = strlen(sample->bytes), after = strlen(places[i].after);
        char text[128];
        memcpy(text, places[i].before, before);
        memcpy(text + before, sample->bytes, bytes);
        memcpy(text + before + bytes, places[i].after, after);
        struct guarded g = guard_copy(text, before + bytes + after);
        check_row("%s, %s", sample->label, places[i].where);
        check(g.bytes, g.length, context);
        guard_release(&g);
    }
    check_row(NULL);
}
