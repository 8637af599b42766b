//! The handle of a daemon.

const std = @import("std");
const c = @import("c.zig");
const errors = @import("errors.zig");
const daemons = @import("daemon.zig");
const Text = @import("text.zig").Text;
const Error = errors.Error;
const check = errors.check;

pub const Level = enum(c_int) { trace = 0, debug = 1, info = 2, warn = 3, err = 4 };

/// A registered daemon. It may be used on any thread.
pub const Handle = struct {
    raw: *c.NetMeshOsHandle,
    kept: ?*daemons.Kept = null,

    /// Frees the handle: when it returns no callback of the daemon runs any more, but for the one that it may be
    /// called from.
    pub fn deinit(handle: Handle) void {
        if (handle.kept) |kept| kept.logWith(null);
        c.net_meshos_handle_free(handle.raw);
        if (handle.kept) |kept| kept.release();
    }

    pub fn id(handle: Handle) u64 {
        return c.net_meshos_handle_daemon_id(handle.raw);
    }

    /// The daemon's name, valid until deinit.
    pub fn name(handle: Handle) [:0]const u8 {
        return std.mem.span(c.net_meshos_handle_daemon_name(handle.raw) orelse "");
    }

    /// What a callback failed with last, "CALLBACK: WORDS", copied into the buffer.
    pub fn failure(handle: Handle, buffer: []u8) ?[]const u8 {
        return if (handle.kept) |kept| kept.last(buffer) else null;
    }

    /// The oldest control event that waits.
    pub fn tryNextControl(handle: Handle) Error!?daemons.Control {
        var out: c.NetMeshOsDaemonControl = .{};
        try check(c.net_meshos_try_next_control(handle.raw, &out));
        return daemons.Control.of(out.kind, out.grace_period_ms, out.level);
    }

    /// Waits for a control event, this many milliseconds at most, or without limit for null. null: there was none in
    /// time, or the SDK or the handle has ended.
    pub fn nextControl(handle: Handle, timeout_ms: ?u64) Error!?daemons.Control {
        if (timeout_ms == 0) return handle.tryNextControl();
        var out: c.NetMeshOsDaemonControl = .{};
        try check(c.net_meshos_next_control(handle.raw, timeout_ms orelse 0, &out));
        return daemons.Control.of(out.kind, out.grace_period_ms, out.level);
    }

    /// Logs a line for the daemon. It never waits.
    pub fn log(handle: Handle, level: Level, message: []const u8) Error!void {
        try check(c.net_meshos_publish_log(handle.raw, @intFromEnum(level), message.ptr, message.len));
    }

    /// Sends SHUTDOWN, waits for that long (0: 5,000 ms) or for done(), and consumes the handle.
    pub fn gracefulShutdown(handle: Handle, grace_ms: u64) Error!void {
        try check(c.net_meshos_graceful_shutdown(handle.raw, grace_ms));
    }

    /// Says that the daemon has finished after SHUTDOWN.
    pub fn done(handle: Handle) Error!void {
        try check(c.net_meshos_ext_daemon_done(handle.raw));
    }

    /// The node as the daemon sees it, as JSON, from the registration or the last refresh.
    pub fn metadata(handle: Handle) Error!Text {
        return Text.take(c.net_meshos_metadata(handle.raw));
    }

    /// The same, of now.
    pub fn refreshMetadata(handle: Handle) Error!Text {
        return Text.take(c.net_meshos_refresh_metadata(handle.raw));
    }

    /// Advertises what the daemon can do: a JSON array of strings. An empty text withdraws that.
    pub fn publishCapabilities(handle: Handle, tags_json: []const u8) Error!void {
        try check(c.net_meshos_publish_capabilities(handle.raw, tags_json.ptr, tags_json.len));
    }
};
