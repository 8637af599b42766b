/* The daemon's id. */
#include <stdio.h>
#include <string.h>

#include "cases.h"
#include "check.h"
#include "fixture.h"

/* Seeds and ids. Computed apart from any libnet_meshos, with the ed25519 of Python's cryptography and the
 * BLAKE2s of its hashlib: int.from_bytes(blake2s(public_key(seed), key=b"net-origin-v1").digest()[:8], "little").
 * The first three were measured on the reference too; the last three are the seeds of RFC 8032, 7.1. */
static const struct {
    const char *seed;
    uint64_t id;
} vectors[] = {
    {"0000000000000000000000000000000000000000000000000000000000000000", 0x87482e2f287f5d52},
    {"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", 0x93f095f2867796a0},
    {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", 0x782a3238801976bf},
    {"05b18bcbcd2a82e7f0533ebaaf7486933805e888c36fed37ae825f1668a504b6", 0x2ac6217ffd509a4c},
    {"202dfacc3dcdc2024bd673db459e573baa84ac57407489bb0d95da65fca43ecb", 0x5d49248f98678218},
    {"e1461099f7a3f3a8202531256af1ec2eca650fb4ce73c5be3acb0bbbdaf4ff6e", 0xac6cb97d33a0bf67},
    {"cc3a69e510132b395e57ec2888c2f9e6834d7893c7578835032c3966e208217c", 0xbff83a1fbb2f07e5},
    {"448579ae096c331d063ade74ce1fc8f32404fb5902617a8e8f560f4248014f8a", 0x2d96a8047a4abb35},
    {"5cbce2aff60c891159532429b5b47347206d3f08d51ff0270336c576eb73f7ca", 0xdc1a1db7e6eb94ec},
    {"3314554fbc642f128911f7500dde09f325f725cbc46a05636af728ff8debf044", 0x07e62c3c8b1af201},
    {"09292aee7c8fe5dd5ae6de370b2d7518091b04c51122e4fcf4cdf68a83d7eae7", 0xe18a881fe815b935},
    {"a0d42ad0246561f5eeb084408d6fe250b5a73639f3f3b8969588d1b6dd665ca8", 0xd7938780b6833ff3},
    {"b2077b100fe892692e94f22c4b87b16b7957873ded25a5c6b621c98df499a1bf", 0x2f7ebd04cdcaafb4},
    {"de9f99c452b0653cc91be12fd67f0a07b8c7a5150c6ed9cfd0e31517a995c1d2", 0x8227a1ecaf236ee0},
    {"67b6f49d23d187dc518cb7ca420e4a5cc0781c1e5df2a911c645ae0986be29e2", 0x9d587e064a49db37},
    {"c2cbd61be08ff9b53d663f18bc2775c2ead22fbb7331cee007e6461b47675643", 0xbea693a598d00444},
    {"91137fd3c09b332d6f7f094e219dffaa10e114d04c89d21b5faf3e9457ba6c4f", 0x7418c87427a10f5d},
    {"c4b82c66f093a02b19001150e4bef5a2c47d10170cfb9b77344da04f7166fb4e", 0x910a93134be7ea20},
    {"717ce43f73f279ab2d4d369ab916f9de3d6a458d143d3b5c8daac820b28cfba9", 0x9a4b31301bb4f305},
    {"3904e0aa17e84e1bab9cdf9d4afccdc0ea0f7b9f05f04c3d6bd0843aed03929f", 0x616840cd8b7d96de},
    {"c6056ae45a9b43474b5df785d07fffadec6a805e558895a5c82a4ce043b5afcc", 0xed429b4a2e316965},
    {"63008c0f96399f4e6cad4b4a6e0044c61aba903d87ab1df41f1045982187166f", 0x0f90c60585d3793d},
    {"4d8ce333969db10fc3a7658a98d678003391e9956bba5d0de0d4007156f7a04d", 0xc9a5b1bb11066308},
    {"8000000000000000000000000000000000000000000000000000000000000000", 0x6e8e4eac474ea5a8},
    {"0000000000000000000000000000000000000000000000000000000000000080", 0x7d70fbd1ea683ce7},
    {"0100000000000000000000000000000000000000000000000000000000000000", 0xa13603fc3c91c36d},
    {"1f1e1d1c1b1a191817161514131211100f0e0d0c0b0a09080706050403020100", 0xf307b91c9a4a6f8d},
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", 0x96dd720507478b63},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", 0x5fdf14b6b3253f6e},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", 0x20379206ddf5bd0b},
};

static void from_hex(const char *hex, uint8_t *bytes) {
    for (size_t i = 0; i < SEED_SIZE; i++) {
        unsigned byte = 0;
        NEED(sscanf(hex + 2 * i, "%2x", &byte) == 1);
        bytes[i] = (uint8_t)byte;
    }
}

static uint64_t id_of(NetMeshOsSdk *sdk, const struct registration *r, const char *name, const uint8_t *seed_bytes) {
    NetMeshOsHandle *handle = NULL;
    NEED_OK(r->call(sdk, name, strlen(name), seed_bytes, &handle));
    uint64_t id = net_meshos_handle_daemon_id(handle);
    net_meshos_handle_free(handle);
    return id;
}

static void check_vectors(size_t from, size_t to) {
    NetMeshOsSdk *sdk = sdk_new();
    for (size_t i = from; i < to; i++) {
        uint8_t bytes[SEED_SIZE];
        from_hex(vectors[i].seed, bytes);
        check_row("seed %s", vectors[i].seed);
        for (size_t r = 0; r < LENGTH(registrations); r++)
            CHECK_U64(id_of(sdk, &registrations[r], "daemon", bytes), vectors[i].id);
    }
    net_meshos_sdk_free(sdk);
}

static void measured_ids(void) {
    check_vectors(0, 3);
}

static void derived_ids(void) {
    check_vectors(3, LENGTH(vectors));
}

/* The id depends on the seed alone: not on the name, the node, the SDK or the time. */
static void id_is_of_the_seed_alone(void) {
    const uint8_t *bytes = seed(77);
    NetMeshOsSdk *a = sdk_new(), *b = NULL;
    NEED_OK(net_meshos_sdk_start(UINT64_MAX, 1, 1, 1, 1, &b));
    uint64_t id = id_of(a, &registrations[0], "a", bytes);
    CHECK_U64(id_of(a, &registrations[0], "another", bytes), id);
    CHECK_U64(id_of(a, &registrations[1], "", bytes), id);
    CHECK_U64(id_of(b, &registrations[1], "a", bytes), id);
    net_meshos_sdk_free(a);
    net_meshos_sdk_free(b);
}

/* Every bit of the seed changes the id, so all 32 bytes are read; no id occurs twice. */
static void every_bit_of_the_seed_matters(void) {
    enum { BITS = 8 * SEED_SIZE };
    NetMeshOsSdk *sdk = sdk_new();
    uint64_t ids[BITS + 1];
    uint8_t bytes[SEED_SIZE];
    memcpy(bytes, seed(5), sizeof bytes);
    ids[BITS] = id_of(sdk, &registrations[0], "a", bytes);
    for (int bit = 0; bit < BITS; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        ids[bit] = id_of(sdk, &registrations[0], "a", bytes);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (int i = 0; i < BITS; i++)
        for (int k = i + 1; k <= BITS; k++)
            if (ids[i] == ids[k])
                FAIL("bits %d and %d give the same id", i, k);
    net_meshos_sdk_free(sdk);
}

/* The metadata shows the same number. */
static void metadata_shows_the_id(void) {
    NetMeshOsSdk *sdk = sdk_new();
    for (unsigned n = 0; n < 20; n++) {
        NetMeshOsHandle *handle = daemon_new(sdk, n);
        char expected[64];
        int length = snprintf(expected, sizeof expected, "{\"daemon_id\":%llu,",
                              (unsigned long long)net_meshos_handle_daemon_id(handle));
        char *text = net_meshos_metadata(handle);
        NEED(text != NULL);
        CHECK(strncmp(text, expected, (size_t)length) == 0);
        net_meshos_free_string(text);
        net_meshos_handle_free(handle);
    }
    net_meshos_sdk_free(sdk);
}

const struct suite_case cases_identity[] = {
    REFERENCE("identity.measured", measured_ids, "daemon_id.hash register.id register.seed"),
    REFERENCE("identity.derived", derived_ids, "daemon_id.hash register.id register.seed"),
    REFERENCE("identity.seed_alone", id_is_of_the_seed_alone, "daemon_id.hash register.id"),
    HEADER("identity.every_bit", every_bit_of_the_seed_matters, "register.seed register.id"),
    REFERENCE("identity.metadata", metadata_shows_the_id, "metadata.json metadata.ids"),
    END,
};
