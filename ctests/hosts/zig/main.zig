//! A Zig host: threads that call, and Zig's own handler for faults. Started anew as `main fault`, the program reads
//! from address 8 after it has used the library, and Zig's words about it must come as they do without.

const std = @import("std");
const c = @cImport(@cInclude("net_meshos_ext.h"));

fn expect(so: bool, comptime what: []const u8) void {
    if (!so) std.debug.panic("not so: {s}", .{what});
}

fn process(ctx: ?*anyopaque, emit: ?*c.NetMeshOsProcessEmitCtx, _: u64, _: u64, payload: [*c]const u8, len: usize) callconv(.c) c_int {
    const count: *std.atomic.Value(u32) = @ptrCast(@alignCast(ctx.?));
    _ = count.fetchAdd(1, .monotonic);
    c.net_meshos_process_emit(emit, payload, len);
    return 0;
}

fn live(sdk: ?*c.NetMeshOsSdk, number: u8) void {
    var seed = [_]u8{number} ** 32;
    var count = std.atomic.Value(u32).init(0);
    const table: c.NetMeshOsDaemonVtable = .{ .process = process };
    for (0..50) |_| {
        var handle: ?*c.NetMeshOsHandle = null;
        expect(c.net_meshos_register_daemon_with_vtable(sdk, "zig", 3, &seed, &table, &count, &handle) == 0, "it registers");
        defer c.net_meshos_handle_free(handle);
        const id = c.net_meshos_handle_daemon_id(handle);
        const event: c.NetMeshOsEvent = .{ .origin_hash = 1, .sequence = 2, .payload = "hello", .payload_len = 5 };
        for (0..20) |_| expect(c.net_meshos_ext_post(sdk, id, &event, 1, null) == 0, "it takes an event");
        expect(c.net_meshos_ext_deliver(sdk, id, &event, null, null) == 0, "it processes an event");
    }
    expect(count.load(.monotonic) == 50 * 21, "each event is processed once");
}

pub fn main() !void {
    var sdk: ?*c.NetMeshOsSdk = null;
    expect(c.net_meshos_sdk_start(0, 1, 0, 0, 0, &sdk) == 0, "an SDK starts");
    var threads: [8]std.Thread = undefined;
    for (&threads, 0..) |*thread, i| thread.* = try std.Thread.spawn(.{}, live, .{ sdk, @as(u8, @intCast(i)) });
    for (threads) |thread| thread.join();

    var arguments = std.process.args();
    _ = arguments.next();
    if (arguments.next() != null) {
        var address: usize = 8;
        std.mem.doNotOptimizeAway(&address);
        const nowhere: *volatile u32 = @ptrFromInt(address);
        std.debug.print("read {d}\n", .{nowhere.*});
        return;
    }
    expect(c.net_meshos_sdk_shutdown(sdk) == 0, "it shuts down");
    c.net_meshos_sdk_free(sdk);
}
