//! The SDK.

const std = @import("std");
const c = @import("c.zig");
const errors = @import("errors.zig");
const daemons = @import("daemon.zig");
const Handle = @import("handle.zig").Handle;
const Level = @import("handle.zig").Level;
const Text = @import("text.zig").Text;
const Error = errors.Error;
const Event = daemons.Event;
const check = errors.check;

/// What Sdk.start takes; 0 is the default of each.
pub const Options = struct {
    this_node: u64 = 0,
    tick_interval_ms: u64 = 0,
    event_queue_capacity: usize = 0,
    action_queue_capacity: usize = 0,
    control_capacity: usize = 0,
};

/// One output: which daemon emitted it, for which event, its number, and its bytes, valid during the call.
pub const Output = struct {
    daemon_id: u64,
    in_origin_hash: u64,
    in_sequence: u64,
    out_sequence: u64,
    payload: []const u8,
};

/// One log record; the message is valid during the call. daemon_id 0: it is about no daemon.
pub const LogRecord = struct {
    number: u64,
    unix_ms: u64,
    level: Level,
    daemon_id: u64,
    message: []const u8,
};

/// A daemon's state: memory of the library, freed with deinit.
pub const State = struct {
    data: ?[*]u8,
    len: usize,

    pub fn slice(state: State) []const u8 {
        return c.slice(state.data, state.len);
    }

    pub fn deinit(state: State) void {
        c.net_meshos_ext_free_bytes(state.data, state.len);
    }
};

/// A running SDK. It may be used on any thread.
pub const Sdk = struct {
    raw: *c.NetMeshOsSdk,

    pub fn start(o: Options) Error!Sdk {
        var raw: ?*c.NetMeshOsSdk = null;
        try check(c.net_meshos_sdk_start(o.this_node, o.tick_interval_ms, o.event_queue_capacity, o.action_queue_capacity, o.control_capacity, &raw));
        return .{ .raw = raw.? };
    }

    /// Starts an SDK that is configured by a JSON object, with the keys that net_meshos_ext.h lists.
    pub fn startWithConfig(json: []const u8) Error!Sdk {
        var raw: ?*c.NetMeshOsSdk = null;
        try check(c.net_meshos_ext_sdk_start(if (json.len > 0) json.ptr else null, json.len, &raw));
        return .{ .raw = raw.? };
    }

    /// Frees the SDK, and shuts it down before if that hasn't been done.
    pub fn deinit(sdk: Sdk) void {
        c.net_meshos_sdk_free(sdk.raw);
    }

    /// Ends the SDK. When it returns no callback of its daemons runs, but for the one that it may be called from.
    pub fn shutdown(sdk: Sdk) Error!void {
        try check(c.net_meshos_sdk_shutdown(sdk.raw));
    }

    /// How many control events didn't fit into a daemon's mailbox. null after the shutdown.
    pub fn droppedControlEvents(sdk: Sdk) ?u64 {
        const n = c.net_meshos_sdk_dropped_control_events(sdk.raw);
        return if (n == std.math.maxInt(u64)) null else n;
    }

    /// Registers a daemon: a pointer to a struct with `process(self, Event, Emitter) !void` and, as far as it has them,
    ///
    ///     snapshot(self, StateEmitter) !void        restore(self, state: []const u8) !void
    ///     onControl(self, Control) !void            deinit(self) void
    ///     health(self) !Health                      saturation(self) !f32
    ///
    /// They never overlap. An error makes the event or the restore fail; that of health counts as unhealthy. deinit is
    /// called once: after the last of them, or before this returns an error.
    pub fn register(sdk: Sdk, name: []const u8, seed: *const [32]u8, daemon: anytype) Error!Handle {
        const T = @typeInfo(@TypeOf(daemon)).pointer.child;
        const Seat = daemons.Seat(T);
        const gpa = std.heap.c_allocator;
        const seat = gpa.create(Seat) catch return noRoom(T, daemon);
        const kept = gpa.create(daemons.Kept) catch {
            gpa.destroy(seat);
            return noRoom(T, daemon);
        };
        kept.* = .{};
        seat.* = .{ .daemon = daemon, .kept = kept };
        var raw: ?*c.NetMeshOsHandle = null;
        const status = c.net_meshos_register_daemon_with_vtable_v2(sdk.raw, name.ptr, name.len, seed, &Seat.table, seat, Seat.destroy, &raw);
        // With -2 and -4 the library has done that.
        if (status == c.err_null or status == c.err_invalid_arg) Seat.destroy(seat);
        check(status) catch |err| {
            kept.release();
            return err;
        };
        kept.logWith(raw);
        return .{ .raw = raw.?, .kept = kept };
    }

    fn noRoom(comptime T: type, daemon: *T) Error {
        if (@hasDecl(T, "deinit")) daemon.deinit();
        return Error.OutOfMemory;
    }

    /// Registers a daemon that stays the caller's until the handle's deinit has returned. Nothing is allocated for it:
    /// deinit isn't called, and Handle.failure has nothing.
    pub fn registerBorrowed(sdk: Sdk, name: []const u8, seed: *const [32]u8, daemon: anytype) Error!Handle {
        const T = @typeInfo(@TypeOf(daemon)).pointer.child;
        var raw: ?*c.NetMeshOsHandle = null;
        try check(c.net_meshos_register_daemon_with_vtable(sdk.raw, name.ptr, name.len, seed, &daemons.Bare(T).table, daemon, &raw));
        return .{ .raw = raw.? };
    }

    /// Registers a daemon without callbacks, for a host that does its work itself.
    pub fn registerPlain(sdk: Sdk, name: []const u8, seed: *const [32]u8) Error!Handle {
        var raw: ?*c.NetMeshOsHandle = null;
        try check(c.net_meshos_register_daemon(sdk.raw, name.ptr, name.len, seed, &raw));
        return .{ .raw = raw.? };
    }

    /// Has a daemon process an event on this thread, and drops the outputs.
    pub fn deliver(sdk: Sdk, daemon_id: u64, event: Event) Error!void {
        errors.said.len = 0;
        try check(c.net_meshos_ext_deliver(sdk.raw, daemon_id, @ptrCast(&event), null, null));
    }

    /// The same, and calls f(context, Output) with each output before it returns. The context is a pointer.
    pub fn deliverTo(sdk: Sdk, daemon_id: u64, event: Event, context: anytype, comptime f: fn (@TypeOf(context), Output) void) Error!void {
        errors.said.len = 0;
        try check(c.net_meshos_ext_deliver(sdk.raw, daemon_id, @ptrCast(&event), outputFn(@TypeOf(context), f), context));
    }

    /// Puts an event into a daemon's inbox. A full one is Error.QueueFull.
    pub fn post(sdk: Sdk, daemon_id: u64, event: Event) Error!void {
        try check(c.net_meshos_ext_post(sdk.raw, daemon_id, @ptrCast(&event), 1, null));
    }

    /// Puts events into a daemon's inbox until it is full, and returns how many: the others may be posted again.
    pub fn postBatch(sdk: Sdk, daemon_id: u64, events: []const Event) Error!usize {
        var accepted: usize = 0;
        check(c.net_meshos_ext_post(sdk.raw, daemon_id, events.ptr, events.len, &accepted)) catch |err| switch (err) {
            Error.QueueFull => {},
            else => return err,
        };
        return accepted;
    }

    /// Puts events into a daemon's inbox, waiting for room, this many milliseconds at most, or without limit for null.
    /// Returns how many: fewer than all when the time is over.
    pub fn postWait(sdk: Sdk, daemon_id: u64, events: []const Event, timeout_ms: ?u64) Error!usize {
        var accepted: usize = 0;
        const limit = if (timeout_ms) |ms| @max(ms, 1) else 0;
        check(c.net_meshos_ext_post_wait(sdk.raw, daemon_id, events.ptr, events.len, limit, &accepted)) catch |err| switch (err) {
            Error.QueueFull, Error.Timeout => {},
            else => return err,
        };
        return accepted;
    }

    /// Waits until a daemon has nothing to do, this many milliseconds at most, or without limit for null.
    pub fn flush(sdk: Sdk, daemon_id: u64, timeout_ms: ?u64) Error!void {
        try check(c.net_meshos_ext_flush(sdk.raw, daemon_id, if (timeout_ms) |ms| @max(ms, 1) else 0));
    }

    /// Waits until no daemon has anything to do.
    pub fn flushAll(sdk: Sdk, timeout_ms: ?u64) Error!void {
        return sdk.flush(0, timeout_ms);
    }

    /// Calls f(context, Output) with the outputs of all daemons. What the context points to must stay until another
    /// function or none is set, or shutdown has returned without an error.
    pub fn setOutput(sdk: Sdk, context: anytype, comptime f: fn (@TypeOf(context), Output) void) Error!void {
        try check(c.net_meshos_ext_set_output(sdk.raw, outputFn(@TypeOf(context), f), context));
    }

    pub fn clearOutput(sdk: Sdk) Error!void {
        try check(c.net_meshos_ext_set_output(sdk.raw, null, null));
    }

    /// Sends the outputs of one daemon to another as events.
    pub fn subscribe(sdk: Sdk, from: u64, to: u64) Error!void {
        try check(c.net_meshos_ext_subscribe(sdk.raw, from, to));
    }

    pub fn unsubscribe(sdk: Sdk, from: u64, to: u64) Error!void {
        try check(c.net_meshos_ext_unsubscribe(sdk.raw, from, to));
    }

    /// Takes a daemon's state, which is empty if it has none. A snapshot that fails is Error.CallbackFailed.
    pub fn snapshot(sdk: Sdk, daemon_id: u64) Error!State {
        var state: State = .{ .data = null, .len = 0 };
        errors.said.len = 0;
        try check(c.net_meshos_ext_snapshot(sdk.raw, daemon_id, &state.data, &state.len));
        if (errors.said.len == 0) return state;
        state.deinit();
        return Error.CallbackFailed;
    }

    pub fn restore(sdk: Sdk, daemon_id: u64, state: []const u8) Error!void {
        errors.said.len = 0;
        try check(c.net_meshos_ext_restore(sdk.raw, daemon_id, state.ptr, state.len));
    }

    /// Starts a drain, of this many milliseconds at most; 0: the configured time.
    pub fn enterMaintenance(sdk: Sdk, drain_ms: u64) Error!void {
        try check(c.net_meshos_ext_enter_maintenance(sdk.raw, drain_ms));
    }

    pub fn exitMaintenance(sdk: Sdk) Error!void {
        try check(c.net_meshos_ext_exit_maintenance(sdk.raw));
    }

    /// Stops a daemon within this many milliseconds (0: 5,000). It stays registered.
    pub fn stopDaemon(sdk: Sdk, daemon_id: u64, grace_ms: u64) Error!void {
        try check(c.net_meshos_ext_stop_daemon(sdk.raw, daemon_id, grace_ms));
    }

    /// Restarts a daemon that is stopped, or releases one that is held.
    pub fn restartDaemon(sdk: Sdk, daemon_id: u64) Error!void {
        try check(c.net_meshos_ext_restart_daemon(sdk.raw, daemon_id));
    }

    /// Calls f(context, LogRecord) with each log record of that level and above. The context as for setOutput.
    pub fn onLog(sdk: Sdk, at_least: Level, context: anytype, comptime f: fn (@TypeOf(context), LogRecord) void) Error!void {
        const Call = struct {
            fn call(ctx: ?*anyopaque, number: u64, unix_ms: u64, level: c_int, daemon_id: u64, message: ?[*]const u8, len: usize) callconv(.c) void {
                f(@ptrCast(@alignCast(ctx.?)), .{
                    .number = number,
                    .unix_ms = unix_ms,
                    .level = std.enums.fromInt(Level, level) orelse .err,
                    .daemon_id = daemon_id,
                    .message = c.slice(message, len),
                });
            }
        };
        try check(c.net_meshos_ext_on_log(sdk.raw, @intFromEnum(at_least), Call.call, context));
    }

    pub fn clearLog(sdk: Sdk) Error!void {
        try check(c.net_meshos_ext_on_log(sdk.raw, @intFromEnum(Level.err), null, null));
    }

    /// The log records with numbers above `after`, at most `max` of them (0: all), as a JSON array.
    pub fn logsJson(sdk: Sdk, after: u64, max: usize) Error!Text {
        return Text.take(c.net_meshos_ext_logs_json(sdk.raw, after, max));
    }

    /// The numbers of runtimeJson as OpenMetrics text, for an endpoint of the host's.
    pub fn metrics(sdk: Sdk) Error!Text {
        return Text.take(c.net_meshos_ext_metrics(sdk.raw));
    }

    /// The state of the SDK and its daemons as a JSON object.
    pub fn runtimeJson(sdk: Sdk) Error!Text {
        return Text.take(c.net_meshos_ext_runtime_json(sdk.raw));
    }

    /// One daemon as runtimeJson shows it.
    pub fn daemonJson(sdk: Sdk, daemon_id: u64) Error!Text {
        return Text.take(c.net_meshos_ext_daemon_json(sdk.raw, daemon_id));
    }
};

fn outputFn(comptime Context: type, comptime f: fn (Context, Output) void) *const c.NetMeshOsOutputFn {
    return &struct {
        fn call(ctx: ?*anyopaque, daemon_id: u64, in_origin: u64, in_sequence: u64, out_sequence: u64, payload: ?[*]const u8, len: usize) callconv(.c) void {
            f(@ptrCast(@alignCast(ctx.?)), .{
                .daemon_id = daemon_id,
                .in_origin_hash = in_origin,
                .in_sequence = in_sequence,
                .out_sequence = out_sequence,
                .payload = c.slice(payload, len),
            });
        }
    }.call;
}
