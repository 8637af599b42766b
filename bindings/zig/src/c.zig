//! The C interface as it is: types and calls of net_meshos.h and net_meshos_ext.h, which say what they promise.

pub const NetMeshOsSdk = opaque {};
pub const NetMeshOsHandle = opaque {};
pub const NetMeshOsProcessEmitCtx = opaque {};
pub const NetMeshOsSnapshotEmitCtx = opaque {};

pub const ok: c_int = 0;
pub const err_null: c_int = -1;
pub const err_call_failed: c_int = -2;
pub const err_invalid_arg: c_int = -3;
pub const err_already_shutdown: c_int = -4;

pub const NetMeshOsDaemonControl = extern struct {
    kind: c_int = 0,
    grace_period_ms: u64 = 0,
    level: f32 = 0,
};

/// One event. The payload is a view of bytes that are somebody else's.
pub const NetMeshOsEvent = extern struct {
    origin_hash: u64 = 0,
    sequence: u64 = 0,
    payload: ?[*]const u8 = null,
    payload_len: usize = 0,

    /// An event with these bytes, from origin 0 and with sequence 0.
    pub fn init(payload_bytes: []const u8) NetMeshOsEvent {
        return .{ .payload = payload_bytes.ptr, .payload_len = payload_bytes.len };
    }

    pub fn bytes(event: NetMeshOsEvent) []const u8 {
        return slice(event.payload, event.payload_len);
    }
};

/// The library has NULL for an empty slice.
pub fn slice(data: ?[*]const u8, len: usize) []const u8 {
    return if (data) |d| d[0..len] else "";
}

pub const NetMeshOsDaemonVtable = extern struct {
    process: ?*const fn (?*anyopaque, ?*NetMeshOsProcessEmitCtx, u64, u64, ?[*]const u8, usize) callconv(.c) c_int = null,
    snapshot: ?*const fn (?*anyopaque, ?*NetMeshOsSnapshotEmitCtx) callconv(.c) void = null,
    restore: ?*const fn (?*anyopaque, ?[*]const u8, usize) callconv(.c) c_int = null,
    on_control: ?*const fn (?*anyopaque, c_int, u64, f32) callconv(.c) void = null,
    health: ?*const fn (?*anyopaque) callconv(.c) c_int = null,
    saturation: ?*const fn (?*anyopaque) callconv(.c) f32 = null,
};

pub const NetMeshOsOutputFn = fn (?*anyopaque, u64, u64, u64, u64, ?[*]const u8, usize) callconv(.c) void;
pub const NetMeshOsLogFn = fn (?*anyopaque, u64, u64, c_int, u64, ?[*]const u8, usize) callconv(.c) void;

// BEGIN made by externs.sh
pub extern fn net_meshos_sdk_start(
    this_node: u64,
    tick_interval_ms: u64,
    event_queue_capacity: usize,
    action_queue_capacity: usize,
    control_capacity: usize,
    out: ?*?*NetMeshOsSdk,
) c_int;
pub extern fn net_meshos_sdk_free(
    sdk: ?*NetMeshOsSdk,
) void;
pub extern fn net_meshos_sdk_shutdown(
    sdk: ?*NetMeshOsSdk,
) c_int;
pub extern fn net_meshos_sdk_dropped_control_events(
    sdk: ?*NetMeshOsSdk,
) u64;
pub extern fn net_meshos_process_emit(
    ctx: ?*NetMeshOsProcessEmitCtx,
    payload_ptr: ?[*]const u8,
    payload_len: usize,
) void;
pub extern fn net_meshos_snapshot_emit(
    ctx: ?*NetMeshOsSnapshotEmitCtx,
    payload_ptr: ?[*]const u8,
    payload_len: usize,
) void;
pub extern fn net_meshos_register_daemon_with_vtable(
    sdk: ?*NetMeshOsSdk,
    name_ptr: ?[*]const u8,
    name_len: usize,
    seed_ptr: ?[*]const u8,
    vtable_ptr: ?*const NetMeshOsDaemonVtable,
    user_ctx: ?*anyopaque,
    out: ?*?*NetMeshOsHandle,
) c_int;
pub extern fn net_meshos_register_daemon(
    sdk: ?*NetMeshOsSdk,
    name_ptr: ?[*]const u8,
    name_len: usize,
    seed_ptr: ?[*]const u8,
    out: ?*?*NetMeshOsHandle,
) c_int;
pub extern fn net_meshos_handle_free(
    handle: ?*NetMeshOsHandle,
) void;
pub extern fn net_meshos_handle_daemon_id(
    handle: ?*const NetMeshOsHandle,
) u64;
pub extern fn net_meshos_handle_daemon_name(
    handle: ?*const NetMeshOsHandle,
) ?[*:0]const u8;
pub extern fn net_meshos_try_next_control(
    handle: ?*NetMeshOsHandle,
    out: ?*NetMeshOsDaemonControl,
) c_int;
pub extern fn net_meshos_next_control(
    handle: ?*NetMeshOsHandle,
    timeout_ms: u64,
    out: ?*NetMeshOsDaemonControl,
) c_int;
pub extern fn net_meshos_publish_log(
    handle: ?*NetMeshOsHandle,
    level: c_int,
    message_ptr: ?[*]const u8,
    message_len: usize,
) c_int;
pub extern fn net_meshos_graceful_shutdown(
    handle: ?*NetMeshOsHandle,
    grace_ms: u64,
) c_int;
pub extern fn net_meshos_metadata(
    handle: ?*const NetMeshOsHandle,
) ?[*:0]u8;
pub extern fn net_meshos_refresh_metadata(
    handle: ?*NetMeshOsHandle,
) ?[*:0]u8;
pub extern fn net_meshos_free_string(
    s: ?[*:0]u8,
) void;
pub extern fn net_meshos_publish_capabilities(
    handle: ?*NetMeshOsHandle,
    tags_json_ptr: ?[*]const u8,
    tags_json_len: usize,
) c_int;
pub extern fn net_meshos_last_error_message() ?[*:0]const u8;
pub extern fn net_meshos_last_error_kind() ?[*:0]const u8;
pub extern fn net_meshos_clear_last_error() void;
pub extern fn net_meshos_ext_version() ?[*:0]const u8;
pub extern fn net_meshos_ext_sdk_start(
    config_json: ?[*]const u8,
    config_len: usize,
    out: ?*?*NetMeshOsSdk,
) c_int;
pub extern fn net_meshos_register_daemon_with_vtable_v2(
    sdk: ?*NetMeshOsSdk,
    name_ptr: ?[*]const u8,
    name_len: usize,
    seed_ptr: ?[*]const u8,
    vtable_ptr: ?*const NetMeshOsDaemonVtable,
    user_ctx: ?*anyopaque,
    destroy: ?*const fn (?*anyopaque) callconv(.c) void,
    out: ?*?*NetMeshOsHandle,
) c_int;
pub extern fn net_meshos_ext_new_seed(
    out32: ?[*]u8,
) c_int;
pub extern fn net_meshos_ext_deliver(
    sdk: ?*NetMeshOsSdk,
    daemon_id: u64,
    event: ?[*]const NetMeshOsEvent,
    output_fn: ?*const NetMeshOsOutputFn,
    ctx: ?*anyopaque,
) c_int;
pub extern fn net_meshos_ext_post(
    sdk: ?*NetMeshOsSdk,
    daemon_id: u64,
    events: ?[*]const NetMeshOsEvent,
    n: usize,
    accepted: ?*usize,
) c_int;
pub extern fn net_meshos_ext_post_wait(
    sdk: ?*NetMeshOsSdk,
    daemon_id: u64,
    events: ?[*]const NetMeshOsEvent,
    n: usize,
    timeout_ms: u64,
    accepted: ?*usize,
) c_int;
pub extern fn net_meshos_ext_flush(
    sdk: ?*NetMeshOsSdk,
    daemon_id: u64,
    timeout_ms: u64,
) c_int;
pub extern fn net_meshos_ext_set_output(
    sdk: ?*NetMeshOsSdk,
    output_fn: ?*const NetMeshOsOutputFn,
    ctx: ?*anyopaque,
) c_int;
pub extern fn net_meshos_ext_subscribe(
    sdk: ?*NetMeshOsSdk,
    from_daemon_id: u64,
    to_daemon_id: u64,
) c_int;
pub extern fn net_meshos_ext_unsubscribe(
    sdk: ?*NetMeshOsSdk,
    from_daemon_id: u64,
    to_daemon_id: u64,
) c_int;
pub extern fn net_meshos_ext_snapshot(
    sdk: ?*NetMeshOsSdk,
    daemon_id: u64,
    out: ?*?[*]u8,
    out_len: ?*usize,
) c_int;
pub extern fn net_meshos_ext_restore(
    sdk: ?*NetMeshOsSdk,
    daemon_id: u64,
    state: ?[*]const u8,
    len: usize,
) c_int;
pub extern fn net_meshos_ext_free_bytes(
    bytes: ?[*]u8,
    len: usize,
) void;
pub extern fn net_meshos_ext_enter_maintenance(
    sdk: ?*NetMeshOsSdk,
    drain_ms: u64,
) c_int;
pub extern fn net_meshos_ext_exit_maintenance(
    sdk: ?*NetMeshOsSdk,
) c_int;
pub extern fn net_meshos_ext_stop_daemon(
    sdk: ?*NetMeshOsSdk,
    daemon_id: u64,
    grace_ms: u64,
) c_int;
pub extern fn net_meshos_ext_restart_daemon(
    sdk: ?*NetMeshOsSdk,
    daemon_id: u64,
) c_int;
pub extern fn net_meshos_ext_daemon_done(
    handle: ?*NetMeshOsHandle,
) c_int;
pub extern fn net_meshos_ext_on_log(
    sdk: ?*NetMeshOsSdk,
    min_level: c_int,
    log_fn: ?*const NetMeshOsLogFn,
    ctx: ?*anyopaque,
) c_int;
pub extern fn net_meshos_ext_logs_json(
    sdk: ?*NetMeshOsSdk,
    after_seq: u64,
    max: usize,
) ?[*:0]u8;
pub extern fn net_meshos_ext_runtime_json(
    sdk: ?*NetMeshOsSdk,
) ?[*:0]u8;
pub extern fn net_meshos_ext_metrics(
    sdk: ?*NetMeshOsSdk,
) ?[*:0]u8;
pub extern fn net_meshos_ext_daemon_json(
    sdk: ?*NetMeshOsSdk,
    daemon_id: u64,
) ?[*:0]u8;
// END made by externs.sh
