//! What calls cost from Zig. Prints "name value unit" lines.

const std = @import("std");
const meshos = @import("net_meshos");

const events = 50_000; // fewer than an inbox holds
const batch_size = 256;
const calls = 200_000;
const rounds = 20;

/// Holds the first event of a round while the posts are timed, so that nothing else uses the processors.
const Held = struct {
    entered: std.Thread.Semaphore = .{},
    gate: std.Thread.Semaphore = .{},

    pub fn process(held: *Held, in: meshos.Event, _: meshos.Emitter) void {
        if (in.origin_hash != 0) return;
        held.entered.post();
        held.gate.wait();
    }
};

const Bench = struct {
    sdk: meshos.Sdk,
    daemon: meshos.Handle,
    held: *Held,

    /// Seconds of the fastest round.
    fn best(bench: Bench, hold: bool, comptime run: fn (Bench) anyerror!void) !f64 {
        var least: u64 = std.math.maxInt(u64);
        for (0..rounds) |_| {
            if (hold) {
                try bench.sdk.post(bench.daemon.id(), .init("first"));
                bench.held.entered.wait();
            }
            var timer = try std.time.Timer.start();
            try run(bench);
            least = @min(least, timer.read());
            if (hold) {
                bench.held.gate.post();
                try bench.sdk.flush(bench.daemon.id(), null);
            }
        }
        return @as(f64, @floatFromInt(least)) / std.time.ns_per_s;
    }

    fn single(bench: Bench) anyerror!void {
        const id = bench.daemon.id();
        for (0..events) |i| try bench.sdk.post(id, event(i));
    }

    fn batches(bench: Bench) anyerror!void {
        const id = bench.daemon.id();
        var batch: [batch_size]meshos.Event = undefined;
        for (0..events / batch_size) |b| {
            for (&batch, b * batch_size..) |*e, i| e.* = event(i);
            if (try bench.sdk.postBatch(id, &batch) != batch_size) return error.QueueFull;
        }
    }

    fn receive(bench: Bench) anyerror!void {
        for (0..calls) |_| _ = try bench.daemon.tryNextControl();
    }
};

fn event(sequence: usize) meshos.Event {
    var e: meshos.Event = .init("sixteen bytes ok");
    e.origin_hash = 1;
    e.sequence = sequence;
    return e;
}

pub fn main() !void {
    const sdk = try meshos.Sdk.start(.{});
    defer sdk.deinit();
    var held: Held = .{};
    const daemon = try sdk.register("bench", &([_]u8{1} ** 32), &held);
    defer daemon.deinit();
    const bench: Bench = .{ .sdk = sdk, .daemon = daemon, .held = &held };
    const single = try bench.best(true, Bench.single);
    const batches = try bench.best(true, Bench.batches);
    const receive = try bench.best(false, Bench.receive);

    var buffer: [256]u8 = undefined;
    var file = std.fs.File.stdout().writer(&buffer);
    try file.interface.print("post {d:.0} events/s\n", .{events / single});
    try file.interface.print("post_batch_{d} {d:.0} events/s\n", .{ batch_size, events / batch_size * batch_size / batches });
    try file.interface.print("try_next_control {d:.1} ns\n", .{receive / calls * std.time.ns_per_s});
    try file.interface.flush();
}
