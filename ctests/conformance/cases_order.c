/* The order of the checks. A call is made with every subset of the possible faults: the earliest fault must be
 * reported, and nothing written to the out argument. */
#include "cases.h"
#include "check.h"
#include "faults.h"
#include "fixture.h"

#define SDK_NULL {"sdk NULL", -1, invalid_argument}
#define SDK_INVALID {"sdk invalid", -1, invalid_handle}
#define SHUT_DOWN {"shut down", -4, already_shutdown}
#define HANDLE_NULL {"handle NULL", -1, invalid_argument}
#define HANDLE_INVALID {"handle invalid", -1, invalid_handle}
#define CONSUMED {"consumed", -4, already_shutdown}
#define BAD(what) {what, -3, invalid_argument}
#define SAME_ID {"same id", -2, register_failed}

#define SEED_NULL BAD("seed NULL")
#define OUT_NULL BAD("out NULL")
#define NAME_NULL BAD("name NULL")
#define NAME_BAD BAD("name not UTF-8")
#define NUL_IN_NAME {"NUL in name", -2, runtime_panic}
#define BAD_LEVEL {"level 5", -3, invalid_log_level}
/* metadata returns no status; try_metadata makes NULL a -2. */
#define NO_TEXT(what, kind) {what, -2, kind}

/* A case: the call and what can be wrong with it, in the order of the checks. */
#define ORDER(function, attempt, registrar, ...)                                       \
    static void function(void) {                                                    \
        try_all_of(&(const struct call){#function, attempt, registrar, {__VA_ARGS__}}); \
    }

ORDER(sdk_shutdown, try_sdk_shutdown, NULL, SDK_NULL, SHUT_DOWN)
ORDER(register_daemon, try_register, &registrations[0], SDK_NULL, NAME_NULL, SEED_NULL, OUT_NULL, NAME_BAD, SHUT_DOWN,
      SAME_ID)
ORDER(register_with_vtable, try_register, &registrations[1], SDK_NULL, NAME_NULL, SEED_NULL, OUT_NULL, NAME_BAD,
      SHUT_DOWN, SAME_ID)
ORDER(register_vtable_only, try_register_with_vtable, NULL, SDK_NULL, NAME_NULL, BAD("vtable NULL"), OUT_NULL, NAME_BAD,
      BAD("process NULL"), SHUT_DOWN, SAME_ID)
ORDER(try_next_control, try_try_next, NULL, HANDLE_NULL, OUT_NULL, CONSUMED)
ORDER(next_control, try_next, NULL, HANDLE_NULL, OUT_NULL, CONSUMED)
ORDER(publish_log, try_publish_log, NULL, HANDLE_NULL, BAD_LEVEL, BAD("message NULL"), BAD("not UTF-8"), CONSUMED)
ORDER(graceful_shutdown, try_graceful, NULL, HANDLE_NULL, CONSUMED)
ORDER(publish_capabilities, try_capabilities, NULL, HANDLE_NULL, CONSUMED, BAD("tags NULL"), BAD("not JSON"))
ORDER(metadata, try_metadata, NULL, NO_TEXT("handle NULL", invalid_argument), NO_TEXT("consumed", already_shutdown))
ORDER(refresh_metadata, try_refresh_metadata, NULL, NO_TEXT("handle NULL", invalid_argument),
      NO_TEXT("consumed", already_shutdown))

/* Where the reference's build aborts, its header promises a status. */
ORDER(sdk_start_panics, try_sdk_start, NULL, OUT_NULL, {"event queue 2^61", -2, runtime_panic},
      {"action queue 2^61", -2, runtime_panic})
ORDER(register_daemon_panics, try_register, &registrations[0], SDK_NULL, NAME_NULL, SEED_NULL, OUT_NULL, NAME_BAD,
      SHUT_DOWN, NUL_IN_NAME)
ORDER(register_with_vtable_panics, try_register, &registrations[1], SDK_NULL, NAME_NULL, SEED_NULL, OUT_NULL, NAME_BAD,
      SHUT_DOWN, NUL_IN_NAME)

/* The same with handles that are invalid. */
ORDER(invalid_sdk_shutdown, try_sdk_shutdown, NULL, SDK_NULL, SDK_INVALID, SHUT_DOWN)
ORDER(invalid_register_daemon, try_register, &registrations[0], SDK_NULL, SDK_INVALID, NAME_NULL, SEED_NULL, OUT_NULL,
      NAME_BAD, SHUT_DOWN, NUL_IN_NAME, SAME_ID)
ORDER(invalid_register_with_vtable, try_register, &registrations[1], SDK_NULL, SDK_INVALID, NAME_NULL, SEED_NULL,
      OUT_NULL, NAME_BAD, SHUT_DOWN, NUL_IN_NAME, SAME_ID)
ORDER(invalid_register_vtable_only, try_register_with_vtable, NULL, SDK_NULL, SDK_INVALID, NAME_NULL,
      BAD("vtable NULL"), OUT_NULL, NAME_BAD, BAD("process NULL"), SHUT_DOWN, SAME_ID)
ORDER(invalid_try_next_control, try_try_next, NULL, HANDLE_NULL, HANDLE_INVALID, OUT_NULL, CONSUMED)
ORDER(invalid_next_control, try_next, NULL, HANDLE_NULL, HANDLE_INVALID, OUT_NULL, CONSUMED)
ORDER(invalid_publish_log, try_publish_log, NULL, HANDLE_NULL, HANDLE_INVALID, BAD_LEVEL, BAD("message NULL"),
      BAD("not UTF-8"), CONSUMED)
ORDER(invalid_graceful_shutdown, try_graceful, NULL, HANDLE_NULL, HANDLE_INVALID, CONSUMED)
ORDER(invalid_publish_capabilities, try_capabilities, NULL, HANDLE_NULL, HANDLE_INVALID, CONSUMED, BAD("tags NULL"),
      BAD("not JSON"))
ORDER(invalid_metadata, try_metadata, NULL, NO_TEXT("handle NULL", invalid_argument),
      NO_TEXT("handle invalid", invalid_handle), NO_TEXT("consumed", already_shutdown))
ORDER(invalid_refresh_metadata, try_refresh_metadata, NULL, NO_TEXT("handle NULL", invalid_argument),
      NO_TEXT("handle invalid", invalid_handle), NO_TEXT("consumed", already_shutdown))

/* A daemon's own errors come before those of its SDK. */
static void consumed_before_loop_closed(void) {
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = daemon_new(sdk, 1);
    NEED_OK(net_meshos_graceful_shutdown(handle, 1));
    NEED_OK(net_meshos_sdk_shutdown(sdk));
    EXPECT(net_meshos_publish_log(handle, NET_MESHOS_LOG_INFO, "a", 1), -4, already_shutdown);
    end(sdk, handle);
}

static void checks_before_loop_closed(void) {
    NetMeshOsSdk *sdk = sdk_new();
    NetMeshOsHandle *handle = daemon_new(sdk, 1);
    NEED_OK(net_meshos_sdk_shutdown(sdk));
    EXPECT(net_meshos_publish_log(handle, 5, NULL, 0), -3, invalid_log_level);
    EXPECT(net_meshos_publish_log(handle, 4, NULL, 0), -3, invalid_argument);
    EXPECT(net_meshos_publish_log(handle, 4, "\xff", 1), -3, invalid_argument);
    EXPECT(net_meshos_publish_log(handle, 4, "a", 1), -2, loop_closed);
    end(sdk, handle);
}

#define REGISTER_CLAUSES                                                                              \
    "errors.order errors.out_untouched register.null_sdk register.null register.not_utf8 register.shut_down " \
    "register.taken status.null status.call_failed status.invalid_arg status.already_shutdown"
#define INVALID_CLAUSES "errors.order handles.invalid_first handles.invalid_status status.null "

const struct suite_case cases_order[] = {
    REFERENCE("order.sdk_shutdown", sdk_shutdown, "errors.order sdk_shutdown.null sdk_shutdown.again"),
    REFERENCE("order.register_daemon", register_daemon, REGISTER_CLAUSES " register.plain"),
    REFERENCE("order.register_daemon_with_vtable", register_with_vtable, REGISTER_CLAUSES),
    REFERENCE("order.register_daemon_with_vtable_table", register_vtable_only, REGISTER_CLAUSES " register.no_process"),
    REFERENCE("order.try_next_control", try_next_control,
              "errors.order errors.out_untouched try_next.null_handle try_next.null_out try_next.consumed"),
    REFERENCE("order.next_control", next_control, "errors.order errors.out_untouched next.waits"),
    REFERENCE("order.publish_log", publish_log,
              "errors.order log.null_handle log.level log.null_message log.not_utf8 log.consumed"),
    REFERENCE("order.graceful_shutdown", graceful_shutdown, "errors.order graceful.null graceful.again"),
    REFERENCE("order.publish_capabilities", publish_capabilities,
              "errors.order capabilities.null_handle capabilities.consumed capabilities.null_tags "
              "capabilities.refused"),
    REFERENCE("order.metadata", metadata, "errors.order metadata.null metadata.consumed metadata.last_error"),
    REFERENCE("order.refresh_metadata", refresh_metadata, "errors.order metadata.refresh"),
    REFERENCE("order.consumed_before_loop_closed", consumed_before_loop_closed, "errors.order log.consumed"),
    REFERENCE("order.checks_before_loop_closed", checks_before_loop_closed, "errors.order log.loop_closed"),
    HEADER("order.sdk_start", sdk_start_panics, "errors.order sdk_start.null_out sdk_start.queue_limit",
              .needs = "sdk_start.queue_limit"),
    HEADER("order.register_daemon_panics", register_daemon_panics, "errors.order register.panic",
              .needs = "register.nul_in_name"),
    HEADER("order.register_daemon_with_vtable_panics", register_with_vtable_panics, "errors.order register.panic",
              .needs = "register.nul_in_name"),
    HARDENING("order.invalid_sdk_shutdown", invalid_sdk_shutdown, INVALID_CLAUSES "sdk_shutdown.invalid",
              .needs = "handles.made_up"),
    HARDENING("order.invalid_register_daemon", invalid_register_daemon, INVALID_CLAUSES "register.invalid_sdk",
              .needs = "handles.made_up"),
    HARDENING("order.invalid_register_daemon_with_vtable", invalid_register_with_vtable,
              INVALID_CLAUSES "register.invalid_sdk", .needs = "handles.made_up"),
    HARDENING("order.invalid_register_daemon_with_vtable_table", invalid_register_vtable_only,
              INVALID_CLAUSES "register.invalid_sdk", .needs = "handles.made_up"),
    HARDENING("order.invalid_try_next_control", invalid_try_next_control, INVALID_CLAUSES "try_next.invalid",
              .needs = "handles.made_up"),
    HARDENING("order.invalid_next_control", invalid_next_control, INVALID_CLAUSES "next.waits",
              .needs = "handles.made_up"),
    HARDENING("order.invalid_publish_log", invalid_publish_log, INVALID_CLAUSES "log.invalid",
              .needs = "handles.made_up"),
    HARDENING("order.invalid_graceful_shutdown", invalid_graceful_shutdown, INVALID_CLAUSES "graceful.invalid",
              .needs = "handles.made_up"),
    HARDENING("order.invalid_publish_capabilities", invalid_publish_capabilities,
              INVALID_CLAUSES "capabilities.invalid", .needs = "handles.made_up"),
    HARDENING("order.invalid_metadata", invalid_metadata, INVALID_CLAUSES "metadata.invalid",
              .needs = "handles.made_up"),
    HARDENING("order.invalid_refresh_metadata", invalid_refresh_metadata, INVALID_CLAUSES "metadata.refresh",
              .needs = "handles.made_up"),
    END,
};
