/* Assertions. A failed one reports file:line, the expression, both values and the thread's last error, and the
 * test goes on. Where going on makes no sense: NEED. On any thread; no argument is kept. */
#ifndef HARNESS_CHECK_H
#define HARNESS_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Status and kind of a call; without a kind (NULL) both halves of the last error must be NULL, with one the
 * message must be there too. */
#define EXPECT(call, status, kind) check_status(__FILE__, __LINE__, #call, (call), (status), (kind))
#define EXPECT_OK(call) EXPECT(call, NET_MESHOS_OK, NULL)

/* The same for a call that returns a pointer: it must be NULL. */
#define EXPECT_NULL(call, kind) check_null(__FILE__, __LINE__, #call, (call), (kind))

/* The last error as the calling thread has it. */
#define EXPECT_KIND(kind) check_kind(__FILE__, __LINE__, "", (kind))

#define CHECK(condition) check_true(__FILE__, __LINE__, #condition, (condition))
#define CHECK_INT(actual, expected) check_int(__FILE__, __LINE__, #actual, (actual), (expected))
#define CHECK_U64(actual, expected) check_u64(__FILE__, __LINE__, #actual, (actual), (expected))
#define CHECK_AT_LEAST(actual, least) check_range(__FILE__, __LINE__, #actual, (actual), (least), UINT64_MAX)
#define CHECK_AT_MOST(actual, most) check_range(__FILE__, __LINE__, #actual, (actual), 0, (most))
#define CHECK_POINTER(actual, expected) check_pointer(__FILE__, __LINE__, #actual, (actual), (expected))
#define CHECK_TEXT(actual, expected) check_text(__FILE__, __LINE__, #actual, (actual), (expected))
#define CHECK_HAS(text, part) check_has(__FILE__, __LINE__, #text, (text), (part))
#define CHECK_BYTES(actual, expected, length) \
    check_bytes(__FILE__, __LINE__, #actual, (actual), (expected), (length))

/* Ends the test where the condition doesn't hold: without it nothing that follows means anything. */
#define NEED(condition) check_need(__FILE__, __LINE__, #condition, (condition))
#define NEED_OK(call) NEED(EXPECT_OK(call))

/* Names the row of a table that the calling thread's next assertions are about; NULL: none. */
void check_row(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* What a message of the last error must be, beyond not empty. To be called before there are threads. */
void check_messages_with(bool (*is_valid)(const char *text, size_t length));

/* How many of CHECK, CHECK_... and EXPECT held. */
unsigned long check_passed(void);

bool check_status(const char *file, int line, const char *call, int actual, int status, const char *kind);
bool check_null(const char *file, int line, const char *call, const void *actual, const char *kind);
bool check_kind(const char *file, int line, const char *call, const char *kind);
bool check_true(const char *file, int line, const char *expression, bool holds);
bool check_int(const char *file, int line, const char *expression, int64_t actual, int64_t expected);
bool check_u64(const char *file, int line, const char *expression, uint64_t actual, uint64_t expected);
bool check_range(const char *file, int line, const char *expression, uint64_t actual, uint64_t least, uint64_t most);
bool check_pointer(const char *file, int line, const char *expression, const void *actual, const void *expected);
bool check_text(const char *file, int line, const char *expression, const char *actual, const char *expected);
bool check_has(const char *file, int line, const char *expression, const char *text, const char *part);
bool check_bytes(const char *file, int line, const char *expression, const void *actual, const void *expected,
                 size_t length);
void check_need(const char *file, int line, const char *expression, bool holds);

/* Fails the test for a reason that no comparison shows. */
void check_failed(const char *file, int line, const char *format, ...) __attribute__((format(printf, 3, 4)));
#define FAIL(...) check_failed(__FILE__, __LINE__, __VA_ARGS__)

#endif
