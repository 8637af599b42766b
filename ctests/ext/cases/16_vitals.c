/* health and saturation: what the callbacks say, and what is shown. */
#include <math.h>

#include "actor.h"
#include "check.h"
#include "fixture.h"

struct vitals {
    int health;
    float saturation;
};

static int say_health(struct actor *a) {
    return ((struct vitals *)a->context)->health;
}
static float say_saturation(struct actor *a) {
    return ((struct vitals *)a->context)->saturation;
}

/* Waits for a tick after the change. */
static struct json_object *after_tick(struct actor *a) {
    GAUGE_NEED(&a->probes, gauge_get(&a->probes) + 2);
    return look_at(a->sdk, a->id);
}

CASE(health_values, "health: what the callback says is shown; what is none of the three is healthy") {
    static const struct {
        int says;
        const char *shown;
    } rows[] = {{0, "healthy"},  {1, "degraded"}, {2, "unhealthy"},       {3, "healthy"},        {1, "degraded"},
                {-1, "healthy"}, {2, "unhealthy"}, {INT32_MAX, "healthy"}, {INT32_MIN, "healthy"}, {258, "healthy"}};
    struct vitals v = {0};
    struct actor a = {.health = say_health, .context = &v};
    NetMeshOsSdk *sdk = sdk_new("{'tick_interval_ms': 2}");
    actor_begin(&a, sdk, 1);
    for (size_t i = 0; i < LENGTH(rows); i++) {
        v.health = rows[i].says;
        CHECK_TEXT(json_text(after_tick(&a), "health"), rows[i].shown);
    }
    CHECK(json_double(look_at(sdk, a.id), "saturation") == 0); /* without that callback */
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(saturation_values, "saturation: is clamped to 0..1, and a NaN is 0") {
    const struct {
        float says;
        double shown;
    } rows[] = {{0.5f, 0.5},       {1, 1},         {2, 1}, {0, 0},  {-1, 0},        {0.25f, 0.25}, {NAN, 0},
                {0.75f, 0.75}, {INFINITY, 1}, {-INFINITY, 0}, {1e30f, 1}, {-0.0f, 0}, {1e-30f, 1e-30}};
    struct vitals v = {0};
    struct actor a = {.saturation = say_saturation, .context = &v};
    NetMeshOsSdk *sdk = sdk_new("{'tick_interval_ms': 2}");
    actor_begin(&a, sdk, 1);
    for (size_t i = 0; i < LENGTH(rows); i++) {
        v.saturation = rows[i].says;
        double shown = json_double(after_tick(&a), "saturation");
        if (fabs(shown - rows[i].shown) > 1e-7)
            FAIL("%g is shown as %g, expected %g", (double)rows[i].says, shown, rows[i].shown);
    }
    CHECK_TEXT(json_text(look_at(sdk, a.id), "health"), "healthy");
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(health_change_logged, "health: a change is logged, once") {
    struct vitals v = {0};
    struct actor a = {.health = say_health, .saturation = say_saturation, .context = &v};
    NetMeshOsSdk *sdk = sdk_new("{'tick_interval_ms': 2}");
    actor_begin(&a, sdk, 1);
    after_tick(&a);
    CHECK(!logged(sdk, "health"));
    v.health = NET_MESHOS_HEALTH_DEGRADED;
    after_tick(&a);
    CHECK(logged(sdk, "degraded"));
    uint64_t records = json_u64(look(sdk), "totals.log_records");
    after_tick(&a);
    CHECK_U64(json_u64(look(sdk), "totals.log_records"), records);
    v.saturation = 0.5f;
    after_tick(&a);
    CHECK(logged(sdk, "saturation"));
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(health_default, "health: a daemon without the callbacks is healthy and idle") {
    struct actor a = {0};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    CHECK_TEXT(json_text(look_at(sdk, a.id), "health"), "healthy");
    CHECK(json_double(look_at(sdk, a.id), "saturation") == 0);
    ACTOR_END(&a);
    sdk_end(sdk);
}
