//! A daemon's life in Zig: the header as it is, errors as error unions, ends with defer.

const std = @import("std");
const c = @cImport(@cInclude("net_meshos.h"));

const grace_ms: u64 = 1000;
const id_of_counting_seed: u64 = 0x782a3238801976bf;
const name = "consumer-zig";

const Error = error{ NullHandle, CallFailed, InvalidArgument, AlreadyShutdown, UnknownStatus };

fn check(status: c_int) Error!void {
    return switch (status) {
        c.NET_MESHOS_OK => {},
        c.NET_MESHOS_ERR_NULL => Error.NullHandle,
        c.NET_MESHOS_ERR_CALL_FAILED => Error.CallFailed,
        c.NET_MESHOS_ERR_INVALID_ARG => Error.InvalidArgument,
        c.NET_MESHOS_ERR_ALREADY_SHUTDOWN => Error.AlreadyShutdown,
        else => Error.UnknownStatus,
    };
}

fn expect(so: bool, comptime what: []const u8) error{NotSo}!void {
    if (so) return;
    std.debug.print("{s}: not so: {s}\n", .{ name, what });
    return error.NotSo;
}

fn expectKind(kind: []const u8) error{NotSo}!void {
    const found = c.net_meshos_last_error_kind() orelse return expect(false, "there is a last error");
    try expect(std.mem.eql(u8, std.mem.span(found), kind), "the last error has the right kind");
    const message = c.net_meshos_last_error_message() orelse return expect(false, "there is a message");
    try expect(std.mem.len(message) > 0, "the message says something");
}

const Daemon = struct {
    handle: ?*c.NetMeshOsHandle = null,
    lock: std.Thread.Mutex = .{},
    controls: u32 = 0,
    heard: c.NetMeshOsDaemonControl = std.mem.zeroes(c.NetMeshOsDaemonControl),
    read: Error!c.NetMeshOsDaemonControl = Error.CallFailed,
    health_asked: std.Thread.Semaphore = .{},
    following: std.Thread.ResetEvent = .{},

    const vtable: c.NetMeshOsDaemonVtable = .{
        .process = process,
        .snapshot = snapshot,
        .restore = null,
        .on_control = onControl,
        .health = health,
        .saturation = saturation,
    };

    fn of(ctx: ?*anyopaque) *Daemon {
        return @ptrCast(@alignCast(ctx.?));
    }

    fn process(_: ?*anyopaque, emit: ?*c.NetMeshOsProcessEmitCtx, _: u64, _: u64, payload: [*c]const u8, len: usize) callconv(.c) c_int {
        c.net_meshos_process_emit(emit, payload, len);
        return 0;
    }

    fn snapshot(_: ?*anyopaque, emit: ?*c.NetMeshOsSnapshotEmitCtx) callconv(.c) void {
        c.net_meshos_snapshot_emit(emit, "state", 5);
    }

    fn onControl(ctx: ?*anyopaque, kind: c_int, grace_period_ms: u64, level: f32) callconv(.c) void {
        const daemon = of(ctx);
        daemon.lock.lock();
        defer daemon.lock.unlock();
        daemon.controls += 1;
        daemon.heard = .{ .kind = kind, .grace_period_ms = grace_period_ms, .level = level };
    }

    fn health(ctx: ?*anyopaque) callconv(.c) c_int {
        of(ctx).health_asked.post();
        return c.NET_MESHOS_HEALTH_HEALTHY;
    }

    fn saturation(_: ?*anyopaque) callconv(.c) f32 {
        return 0.5;
    }

    fn followControls(daemon: *Daemon) void {
        daemon.following.set();
        var event: c.NetMeshOsDaemonControl = undefined;
        if (check(c.net_meshos_next_control(daemon.handle, 0, &event))) {
            daemon.read = event;
        } else |err| {
            daemon.read = err;
        }
    }
};

fn expectShutdown(event: c.NetMeshOsDaemonControl) !void {
    try expect(event.kind == c.NET_MESHOS_CONTROL_SHUTDOWN, "the event is SHUTDOWN");
    try expect(event.grace_period_ms == grace_ms, "SHUTDOWN brings the grace time");
}

fn work(sdk: *c.NetMeshOsSdk, handle: *c.NetMeshOsHandle, seed: *const [32]u8) !void {
    const line = "hello";
    const tags = "[\"language.zig\"]";
    try expect(c.net_meshos_handle_daemon_id(handle) == id_of_counting_seed, "the id is that of the seed");
    try expect(std.mem.eql(u8, std.mem.span(c.net_meshos_handle_daemon_name(handle)), name), "the name");
    try check(c.net_meshos_publish_log(handle, c.NET_MESHOS_LOG_INFO, line, line.len));
    try check(c.net_meshos_publish_capabilities(handle, tags, tags.len));

    const metadata = c.net_meshos_metadata(handle) orelse return error.NoMetadata;
    defer c.net_meshos_free_string(metadata);
    const found = std.mem.indexOf(u8, std.mem.span(metadata), "\"daemon_name\":\"" ++ name ++ "\"");
    try expect(found != null, "the metadata has the name");

    var twin: ?*c.NetMeshOsHandle = null;
    try expect(c.net_meshos_register_daemon(sdk, "twin", 4, seed, &twin) == c.NET_MESHOS_ERR_CALL_FAILED, "one daemon per id");
    try expectKind("register_failed");
    try expect(c.net_meshos_publish_log(handle, 5, line, line.len) == c.NET_MESHOS_ERR_INVALID_ARG, "no level 5");
    try expectKind("invalid_log_level");
    c.net_meshos_clear_last_error();
    try expect(c.net_meshos_last_error_kind() == null, "the last error is cleared");
}

pub fn main() !void {
    var seed: [32]u8 = undefined;
    for (&seed, 0..) |*byte, i| byte.* = @intCast(i);
    var daemon: Daemon = .{};

    var sdk: ?*c.NetMeshOsSdk = null;
    try check(c.net_meshos_sdk_start(4660, 10, 0, 0, 0, &sdk));
    defer c.net_meshos_sdk_free(sdk);
    try check(c.net_meshos_register_daemon_with_vtable(sdk, name, name.len, &seed, &Daemon.vtable, &daemon, &daemon.handle));
    defer c.net_meshos_handle_free(daemon.handle);

    try work(sdk.?, daemon.handle.?, &seed);
    try daemon.health_asked.timedWait(30 * std.time.ns_per_s);

    const controls = try std.Thread.spawn(.{}, Daemon.followControls, .{&daemon});
    try daemon.following.timedWait(30 * std.time.ns_per_s);
    try check(c.net_meshos_graceful_shutdown(daemon.handle, grace_ms));
    controls.join();
    try expectShutdown(try daemon.read);
    try expect(daemon.controls == 1, "on_control hears one event");
    try expectShutdown(daemon.heard);

    var event: c.NetMeshOsDaemonControl = undefined;
    const late = check(c.net_meshos_next_control(daemon.handle, 1, &event));
    try expect(late == Error.AlreadyShutdown, "nothing follows the shutdown");
    try check(c.net_meshos_sdk_shutdown(sdk));
    try expect(c.net_meshos_sdk_dropped_control_events(sdk) == std.math.maxInt(u64), "no count after the end");

    std.debug.print("{s}: lived and ended as it should\n", .{name});
}
