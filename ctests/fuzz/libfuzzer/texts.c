/* libFuzzer on the texts that the library is given: a name, a log line, capabilities, a configuration. Whether a text
 * is UTF-8 is known here, too; no text may end the process or leave an error without words. */
#include <net_meshos_ext.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Unicode 15, table 3-7. */
static bool is_utf8(const uint8_t *text, size_t len) {
    for (size_t i = 0; i < len;) {
        const uint8_t first = text[i++];
        if (first < 0x80)
            continue;
        const int more = first >= 0xC2 && first <= 0xDF ? 1 : (first & 0xF0) == 0xE0 ? 2 : first >= 0xF0 && first <= 0xF4 ? 3 : 0;
        if (!more || len - i < (size_t)more)
            return false;
        const uint8_t least = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
        const uint8_t most = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
        if (text[i] < least || text[i] > most)
            return false;
        for (int k = 1; k < more; k++)
            if ((text[i + (size_t)k] & 0xC0) != 0x80)
                return false;
        i += (size_t)more;
    }
    return true;
}

static void expect(bool so) {
    if (!so)
        abort();
}

static void told(int status) {
    expect((status != NET_MESHOS_OK) == (net_meshos_last_error_kind() != NULL));
    expect((status != NET_MESHOS_OK) == (net_meshos_last_error_message() != NULL));
    expect(status == NET_MESHOS_OK || is_utf8((const uint8_t *)net_meshos_last_error_message(),
                                              strlen(net_meshos_last_error_message())));
}

static bool kind_is(const char *kind) {
    return net_meshos_last_error_kind() && strcmp(net_meshos_last_error_kind(), kind) == 0;
}

static NetMeshOsSdk *sdk;
static NetMeshOsHandle *handle;

static void name(const char *text, size_t len) {
    const uint8_t seed[32] = {2};
    NetMeshOsHandle *named = NULL;
    const int status = net_meshos_register_daemon(sdk, text, len, seed, &named);
    told(status);
    const bool utf8 = is_utf8((const uint8_t *)text, len), nul = memchr(text, 0, len) != NULL;
    expect(status == (!utf8 ? NET_MESHOS_ERR_INVALID_ARG : nul ? NET_MESHOS_ERR_CALL_FAILED : NET_MESHOS_OK));
    if (named) {
        expect(strlen(net_meshos_handle_daemon_name(named)) == len);
        expect(memcmp(net_meshos_handle_daemon_name(named), text, len) == 0);
        char *json = net_meshos_metadata(named);
        expect(json && is_utf8((uint8_t *)json, strlen(json)));
        net_meshos_free_string(json);
    }
    net_meshos_handle_free(named);
}

static void line(const char *text, size_t len) {
    const int status = net_meshos_publish_log(handle, NET_MESHOS_LOG_INFO, text, len);
    told(status);
    if (is_utf8((const uint8_t *)text, len))
        expect(status == NET_MESHOS_OK || kind_is("queue_full"));
    else
        expect(status == NET_MESHOS_ERR_INVALID_ARG);
}

static void tags(const char *text, size_t len) {
    const int status = net_meshos_publish_capabilities(handle, text, len);
    told(status);
    if (status == NET_MESHOS_OK && len) {
        expect(is_utf8((const uint8_t *)text, len));
        char *json = net_meshos_ext_runtime_json(sdk);
        expect(json && is_utf8((uint8_t *)json, strlen(json)));
        net_meshos_free_string(json);
    }
}

static void configuration(const char *text, size_t len) {
    NetMeshOsSdk *other = NULL;
    const int status = net_meshos_ext_sdk_start(text, len, &other);
    told(status);
    expect((status == NET_MESHOS_OK) == (other != NULL));
    expect(status == NET_MESHOS_OK || status == NET_MESHOS_ERR_INVALID_ARG);
    net_meshos_sdk_free(other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (!sdk) {
        const uint8_t seed[32] = {1};
        expect(net_meshos_sdk_start(0, UINT64_MAX, 0, 0, 0, &sdk) == NET_MESHOS_OK);
        expect(net_meshos_register_daemon(sdk, "x", 1, seed, &handle) == NET_MESHOS_OK);
    }
    if (size < 1)
        return 0;
    /* A copy of the text alone: what is read past its end is found by the sanitizer. */
    char *text = malloc(size);
    expect(text != NULL);
    memcpy(text, data + 1, size - 1);
    void (*const all[])(const char *, size_t) = {name, line, tags, configuration};
    all[data[0] % 4](text, size - 1);
    free(text);
    return 0;
}
