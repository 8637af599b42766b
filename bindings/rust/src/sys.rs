//! The C interface as it is: types and calls of `net_meshos.h` and `net_meshos_ext.h`, which say what they promise.

#![allow(missing_docs)]

use std::os::raw::{c_char, c_int, c_void};

pub const NET_MESHOS_OK: c_int = 0;
pub const NET_MESHOS_ERR_NULL: c_int = -1;
pub const NET_MESHOS_ERR_CALL_FAILED: c_int = -2;
pub const NET_MESHOS_ERR_INVALID_ARG: c_int = -3;
pub const NET_MESHOS_ERR_ALREADY_SHUTDOWN: c_int = -4;

#[repr(C)]
pub struct NetMeshOsSdk {
    _opaque: [u8; 0],
}

#[repr(C)]
pub struct NetMeshOsHandle {
    _opaque: [u8; 0],
}

#[repr(C)]
pub struct NetMeshOsProcessEmitCtx {
    _opaque: [u8; 0],
}

#[repr(C)]
pub struct NetMeshOsSnapshotEmitCtx {
    _opaque: [u8; 0],
}

#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct NetMeshOsDaemonControl {
    pub kind: c_int,
    pub grace_period_ms: u64,
    pub level: f32,
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct NetMeshOsEvent {
    pub origin_hash: u64,
    pub sequence: u64,
    pub payload: *const u8,
    pub payload_len: usize,
}

#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct NetMeshOsDaemonVtable {
    pub process:
        Option<unsafe extern "C" fn(*mut c_void, *mut NetMeshOsProcessEmitCtx, u64, u64, *const u8, usize) -> c_int>,
    pub snapshot: Option<unsafe extern "C" fn(*mut c_void, *mut NetMeshOsSnapshotEmitCtx)>,
    pub restore: Option<unsafe extern "C" fn(*mut c_void, *const u8, usize) -> c_int>,
    pub on_control: Option<unsafe extern "C" fn(*mut c_void, c_int, u64, f32)>,
    pub health: Option<unsafe extern "C" fn(*mut c_void) -> c_int>,
    pub saturation: Option<unsafe extern "C" fn(*mut c_void) -> f32>,
}

pub type NetMeshOsOutputFn = Option<unsafe extern "C" fn(*mut c_void, u64, u64, u64, u64, *const u8, usize)>;
pub type NetMeshOsLogFn = Option<unsafe extern "C" fn(*mut c_void, u64, u64, c_int, u64, *const c_char, usize)>;

#[rustfmt::skip]
extern "C" {
    // BEGIN made by externs.sh
    pub fn net_meshos_sdk_start(
        this_node: u64,
        tick_interval_ms: u64,
        event_queue_capacity: usize,
        action_queue_capacity: usize,
        control_capacity: usize,
        out: *mut *mut NetMeshOsSdk,
    ) -> c_int;
    pub fn net_meshos_sdk_free(
        sdk: *mut NetMeshOsSdk,
    );
    pub fn net_meshos_sdk_shutdown(
        sdk: *mut NetMeshOsSdk,
    ) -> c_int;
    pub fn net_meshos_sdk_dropped_control_events(
        sdk: *mut NetMeshOsSdk,
    ) -> u64;
    pub fn net_meshos_process_emit(
        ctx: *mut NetMeshOsProcessEmitCtx,
        payload_ptr: *const u8,
        payload_len: usize,
    );
    pub fn net_meshos_snapshot_emit(
        ctx: *mut NetMeshOsSnapshotEmitCtx,
        payload_ptr: *const u8,
        payload_len: usize,
    );
    pub fn net_meshos_register_daemon_with_vtable(
        sdk: *mut NetMeshOsSdk,
        name_ptr: *const c_char,
        name_len: usize,
        seed_ptr: *const u8,
        vtable_ptr: *const NetMeshOsDaemonVtable,
        user_ctx: *mut c_void,
        out: *mut *mut NetMeshOsHandle,
    ) -> c_int;
    pub fn net_meshos_register_daemon(
        sdk: *mut NetMeshOsSdk,
        name_ptr: *const c_char,
        name_len: usize,
        seed_ptr: *const u8,
        out: *mut *mut NetMeshOsHandle,
    ) -> c_int;
    pub fn net_meshos_handle_free(
        handle: *mut NetMeshOsHandle,
    );
    pub fn net_meshos_handle_daemon_id(
        handle: *const NetMeshOsHandle,
    ) -> u64;
    pub fn net_meshos_handle_daemon_name(
        handle: *const NetMeshOsHandle,
    ) -> *const c_char;
    pub fn net_meshos_try_next_control(
        handle: *mut NetMeshOsHandle,
        out: *mut NetMeshOsDaemonControl,
    ) -> c_int;
    pub fn net_meshos_next_control(
        handle: *mut NetMeshOsHandle,
        timeout_ms: u64,
        out: *mut NetMeshOsDaemonControl,
    ) -> c_int;
    pub fn net_meshos_publish_log(
        handle: *mut NetMeshOsHandle,
        level: c_int,
        message_ptr: *const c_char,
        message_len: usize,
    ) -> c_int;
    pub fn net_meshos_graceful_shutdown(
        handle: *mut NetMeshOsHandle,
        grace_ms: u64,
    ) -> c_int;
    pub fn net_meshos_metadata(
        handle: *const NetMeshOsHandle,
    ) -> *mut c_char;
    pub fn net_meshos_refresh_metadata(
        handle: *mut NetMeshOsHandle,
    ) -> *mut c_char;
    pub fn net_meshos_free_string(
        s: *mut c_char,
    );
    pub fn net_meshos_publish_capabilities(
        handle: *mut NetMeshOsHandle,
        tags_json_ptr: *const c_char,
        tags_json_len: usize,
    ) -> c_int;
    pub fn net_meshos_last_error_message() -> *const c_char;
    pub fn net_meshos_last_error_kind() -> *const c_char;
    pub fn net_meshos_clear_last_error();
    pub fn net_meshos_ext_version() -> *const c_char;
    pub fn net_meshos_ext_sdk_start(
        config_json: *const c_char,
        config_len: usize,
        out: *mut *mut NetMeshOsSdk,
    ) -> c_int;
    pub fn net_meshos_register_daemon_with_vtable_v2(
        sdk: *mut NetMeshOsSdk,
        name_ptr: *const c_char,
        name_len: usize,
        seed_ptr: *const u8,
        vtable_ptr: *const NetMeshOsDaemonVtable,
        user_ctx: *mut c_void,
        destroy: Option<unsafe extern "C" fn(*mut c_void)>,
        out: *mut *mut NetMeshOsHandle,
    ) -> c_int;
    pub fn net_meshos_ext_new_seed(
        out32: *mut u8,
    ) -> c_int;
    pub fn net_meshos_ext_deliver(
        sdk: *mut NetMeshOsSdk,
        daemon_id: u64,
        event: *const NetMeshOsEvent,
        output_fn: NetMeshOsOutputFn,
        ctx: *mut c_void,
    ) -> c_int;
    pub fn net_meshos_ext_post(
        sdk: *mut NetMeshOsSdk,
        daemon_id: u64,
        events: *const NetMeshOsEvent,
        n: usize,
        accepted: *mut usize,
    ) -> c_int;
    pub fn net_meshos_ext_post_wait(
        sdk: *mut NetMeshOsSdk,
        daemon_id: u64,
        events: *const NetMeshOsEvent,
        n: usize,
        timeout_ms: u64,
        accepted: *mut usize,
    ) -> c_int;
    pub fn net_meshos_ext_flush(
        sdk: *mut NetMeshOsSdk,
        daemon_id: u64,
        timeout_ms: u64,
    ) -> c_int;
    pub fn net_meshos_ext_set_output(
        sdk: *mut NetMeshOsSdk,
        output_fn: NetMeshOsOutputFn,
        ctx: *mut c_void,
    ) -> c_int;
    pub fn net_meshos_ext_subscribe(
        sdk: *mut NetMeshOsSdk,
        from_daemon_id: u64,
        to_daemon_id: u64,
    ) -> c_int;
    pub fn net_meshos_ext_unsubscribe(
        sdk: *mut NetMeshOsSdk,
        from_daemon_id: u64,
        to_daemon_id: u64,
    ) -> c_int;
    pub fn net_meshos_ext_snapshot(
        sdk: *mut NetMeshOsSdk,
        daemon_id: u64,
        out: *mut *mut u8,
        out_len: *mut usize,
    ) -> c_int;
    pub fn net_meshos_ext_restore(
        sdk: *mut NetMeshOsSdk,
        daemon_id: u64,
        state: *const u8,
        len: usize,
    ) -> c_int;
    pub fn net_meshos_ext_free_bytes(
        bytes: *mut u8,
        len: usize,
    );
    pub fn net_meshos_ext_enter_maintenance(
        sdk: *mut NetMeshOsSdk,
        drain_ms: u64,
    ) -> c_int;
    pub fn net_meshos_ext_exit_maintenance(
        sdk: *mut NetMeshOsSdk,
    ) -> c_int;
    pub fn net_meshos_ext_stop_daemon(
        sdk: *mut NetMeshOsSdk,
        daemon_id: u64,
        grace_ms: u64,
    ) -> c_int;
    pub fn net_meshos_ext_restart_daemon(
        sdk: *mut NetMeshOsSdk,
        daemon_id: u64,
    ) -> c_int;
    pub fn net_meshos_ext_daemon_done(
        handle: *mut NetMeshOsHandle,
    ) -> c_int;
    pub fn net_meshos_ext_on_log(
        sdk: *mut NetMeshOsSdk,
        min_level: c_int,
        log_fn: NetMeshOsLogFn,
        ctx: *mut c_void,
    ) -> c_int;
    pub fn net_meshos_ext_logs_json(
        sdk: *mut NetMeshOsSdk,
        after_seq: u64,
        max: usize,
    ) -> *mut c_char;
    pub fn net_meshos_ext_runtime_json(
        sdk: *mut NetMeshOsSdk,
    ) -> *mut c_char;
    pub fn net_meshos_ext_metrics(
        sdk: *mut NetMeshOsSdk,
    ) -> *mut c_char;
    pub fn net_meshos_ext_daemon_json(
        sdk: *mut NetMeshOsSdk,
        daemon_id: u64,
    ) -> *mut c_char;
    // END made by externs.sh
}
