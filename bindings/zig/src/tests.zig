//! What the module adds to the C interface, and that each call does what it is named for.

const std = @import("std");
const meshos = @import("root.zig");
const Error = meshos.Error;
const expect = std.testing.expect;
const equal = std.testing.expectEqual;
const same = std.testing.expectEqualStrings;
const fails = std.testing.expectError;

fn seedOf(number: u8) meshos.Seed {
    return [_]u8{number} ** 32;
}

fn ticking() !meshos.Sdk {
    return meshos.Sdk.start(.{ .tick_interval_ms = 1 });
}

fn has(text: Error!meshos.Text, part: []const u8) !bool {
    const t = try text;
    defer t.deinit();
    return std.mem.indexOf(u8, t.slice(), part) != null;
}

/// Waits until so(context) is true.
fn eventually(context: anytype, comptime so: fn (@TypeOf(context)) anyerror!bool) !void {
    const end = std.time.milliTimestamp() + 60_000;
    while (!try so(context)) {
        try expect(std.time.milliTimestamp() < end);
        std.Thread.yield() catch {};
    }
}

/// Has everything.
const Complete = struct {
    total: usize = 0,
    controlled: std.Thread.ResetEvent = .{},
    control: ?meshos.Control = null,
    healths: std.atomic.Value(u32) = .init(0),
    saturations: std.atomic.Value(u32) = .init(0),
    ended: std.atomic.Value(u32) = .init(0),

    pub fn process(d: *Complete, event: meshos.Event, out: meshos.Emitter) !void {
        if (std.mem.eql(u8, event.bytes(), "fail")) return meshos.fail("on {s}", .{"purpose"});
        if (std.mem.eql(u8, event.bytes(), "error")) return error.SomethingElse;
        d.total += event.bytes().len;
        out.emit(event.bytes());
        var buffer: [64]u8 = undefined;
        out.emit(try std.fmt.bufPrint(&buffer, "{d}/{d}", .{ event.origin_hash, event.sequence }));
    }
    pub fn snapshot(d: *Complete, out: meshos.StateEmitter) !void {
        if (d.total == 13) {
            out.emit("half of it");
            return error.Unlucky;
        }
        var buffer: [32]u8 = undefined;
        out.emit(try std.fmt.bufPrint(&buffer, "{d}", .{d.total}));
    }
    pub fn restore(d: *Complete, state: []const u8) !void {
        d.total = try std.fmt.parseInt(usize, state, 10);
    }
    pub fn onControl(d: *Complete, control: meshos.Control) void {
        if (d.control != null) return;
        d.control = control;
        d.controlled.set();
    }
    pub fn health(d: *Complete) meshos.Health {
        _ = d.healths.fetchAdd(1, .seq_cst);
        return .degraded;
    }
    pub fn saturation(d: *Complete) f32 {
        _ = d.saturations.fetchAdd(1, .seq_cst);
        return 0.5;
    }
    pub fn deinit(d: *Complete) void {
        _ = d.ended.fetchAdd(1, .seq_cst);
    }
    fn probed(d: *Complete) anyerror!bool {
        return d.healths.load(.seq_cst) > 0 and d.saturations.load(.seq_cst) > 0;
    }
};

const Echo = struct {
    pub fn process(_: *Echo, event: meshos.Event, out: meshos.Emitter) void {
        out.emit(event.bytes());
    }
};

/// Outputs that were collected.
const Outputs = struct {
    mutex: std.Thread.Mutex = .{},
    all: [8]meshos.Output = undefined,
    payloads: [8][32]u8 = undefined,
    count: usize = 0,

    fn add(o: *Outputs, output: meshos.Output) void {
        o.mutex.lock();
        defer o.mutex.unlock();
        @memcpy(o.payloads[o.count][0..output.payload.len], output.payload);
        o.all[o.count] = output;
        o.all[o.count].payload = o.payloads[o.count][0..output.payload.len];
        o.count += 1;
    }
};

test "structs are those of C" {
    try equal(24, @sizeOf(meshos.c.NetMeshOsDaemonControl));
    try equal(8, @offsetOf(meshos.c.NetMeshOsDaemonControl, "grace_period_ms"));
    try equal(16, @offsetOf(meshos.c.NetMeshOsDaemonControl, "level"));
    try equal(32, @sizeOf(meshos.Event));
    try equal(48, @sizeOf(meshos.c.NetMeshOsDaemonVtable));
}

test "every method is called" {
    const sdk = try ticking();
    defer sdk.deinit();
    var daemon: Complete = .{};
    const handle = try sdk.register("complete", &seedOf(1), &daemon);
    try same("complete", handle.name());
    try expect(handle.id() != 0);

    var outputs: Outputs = .{};
    var event: meshos.Event = .init("hello");
    event.origin_hash = 3;
    event.sequence = 4;
    try sdk.deliverTo(handle.id(), event, &outputs, Outputs.add);
    try equal(2, outputs.count);
    try same("hello", outputs.all[0].payload);
    try same("3/4", outputs.all[1].payload);
    try equal(handle.id(), outputs.all[1].daemon_id);
    try equal(3, outputs.all[1].in_origin_hash);
    try equal(4, outputs.all[1].in_sequence);
    try equal(2, outputs.all[1].out_sequence);

    try sdk.restore(handle.id(), "40");
    const state = try sdk.snapshot(handle.id());
    defer state.deinit();
    try same("40", state.slice());
    try eventually(&daemon, Complete.probed);

    try sdk.enterMaintenance(1234);
    try daemon.controlled.timedWait(60 * std.time.ns_per_s);
    try expect(daemon.control.?.drain_start <= 1234);
    const received = (try handle.nextControl(null)).?;
    try equal(daemon.control.?.drain_start, received.drain_start);
    try equal(0, daemon.ended.load(.seq_cst));
    handle.deinit();
    try equal(1, daemon.ended.load(.seq_cst));
}

test "methods that are not declared are not there" {
    const sdk = try ticking();
    defer sdk.deinit();
    var daemon: Echo = .{};
    const handle = try sdk.register("echo", &seedOf(1), &daemon);
    defer handle.deinit();
    const state = try sdk.snapshot(handle.id());
    defer state.deinit();
    try equal(0, state.slice().len);
    try fails(Error.RestoreFailed, sdk.restore(handle.id(), "x"));
    try expect(!try has(sdk.daemonJson(handle.id()), "\"health\":\"unhealthy\""));
}

test "an error of a callback fails the event, and its words are kept" {
    const sdk = try ticking();
    defer sdk.deinit();
    var daemon: Complete = .{};
    const handle = try sdk.register("failing", &seedOf(1), &daemon);
    defer handle.deinit();
    var buffer: [64]u8 = undefined;
    try equal(null, handle.failure(&buffer));
    try fails(Error.ProcessFailed, sdk.deliver(handle.id(), .init("error")));
    try same("SomethingElse", meshos.lastError().?.failure);
    try same("process: SomethingElse", handle.failure(&buffer).?);
    try fails(Error.ProcessFailed, sdk.deliver(handle.id(), .init("fail")));
    try same("process_failed", meshos.lastError().?.kind);
    try same("on purpose", meshos.lastError().?.failure);
    var shown: [256]u8 = undefined;
    try expect(std.mem.endsWith(u8, try std.fmt.bufPrint(&shown, "{f}", .{meshos.lastError().?}), ": on purpose"));

    try fails(Error.RestoreFailed, sdk.restore(handle.id(), "bad"));
    try same("restore: InvalidCharacter", handle.failure(&buffer).?);
    try sdk.restore(handle.id(), "13");
    try fails(Error.CallbackFailed, sdk.snapshot(handle.id()));
    try same("snapshot: Unlucky", handle.failure(&buffer).?);
    // The library has got none, nor half of one.
    var data: ?[*]u8 = null;
    var len: usize = 0;
    try equal(0, meshos.c.net_meshos_ext_snapshot(sdk.raw, handle.id(), &data, &len));
    try expect(data == null and len == 0);

    try sdk.post(handle.id(), .init("fail"));
    try sdk.flush(handle.id(), null);
    try same("process: on purpose", handle.failure(&buffer).?);
    try eventually(sdk, struct {
        fn so(s: meshos.Sdk) anyerror!bool {
            return has(s.logsJson(0, 0), "process: on purpose");
        }
    }.so);
    try sdk.deliver(handle.id(), .init("on"));
}

test "errors of the other methods are kept" {
    const Ill = struct {
        pub fn process(_: *@This(), _: meshos.Event, _: meshos.Emitter) void {}
        pub fn health(_: *@This()) !meshos.Health {
            return error.Ill;
        }
    };
    const sdk = try ticking();
    defer sdk.deinit();
    var daemon: Ill = .{};
    const handle = try sdk.register("ill", &seedOf(1), &daemon);
    defer handle.deinit();
    try eventually(.{ sdk, handle }, struct {
        fn so(both: struct { meshos.Sdk, meshos.Handle }) anyerror!bool {
            return has(both[0].daemonJson(both[1].id()), "unhealthy");
        }
    }.so);
    var buffer: [64]u8 = undefined;
    try same("health: Ill", handle.failure(&buffer).?);
}

test "a failed registration ends the daemon" {
    const sdk = try ticking();
    defer sdk.deinit();
    var daemon: Complete = .{};
    try fails(Error.InvalidArgument, sdk.register("\xff", &seedOf(1), &daemon));
    try equal(1, daemon.ended.load(.seq_cst));
    var first: Complete = .{};
    const handle = try sdk.register("first", &seedOf(1), &first);
    try fails(Error.RegisterFailed, sdk.register("again", &seedOf(1), &daemon));
    try equal(2, daemon.ended.load(.seq_cst));
    try sdk.shutdown();
    try equal(1, first.ended.load(.seq_cst));
    try fails(Error.AlreadyShutdown, sdk.register("late", &seedOf(2), &daemon));
    try equal(3, daemon.ended.load(.seq_cst));
    handle.deinit();
}

test "a daemon that is borrowed" {
    const sdk = try ticking();
    defer sdk.deinit();
    var daemon: Complete = .{};
    const handle = try sdk.registerBorrowed("mine", &seedOf(1), &daemon);
    try sdk.deliver(handle.id(), .init("abc"));
    try fails(Error.ProcessFailed, sdk.deliver(handle.id(), .init("error")));
    try same("SomethingElse", meshos.lastError().?.failure);
    handle.deinit();
    try equal(3, daemon.total);
    try equal(0, daemon.ended.load(.seq_cst));
}

test "starting, and its errors" {
    try same("0.1.0", meshos.version());
    const sdk = try meshos.Sdk.startWithConfig("{\"this_node\": 4660}");
    const handle = try sdk.registerPlain("d", &seedOf(1));
    try expect(try has(handle.metadata(), "\"node_id\":4660"));
    try expect(try has(sdk.runtimeJson(), "4660"));
    // In the wrong order, and then used.
    sdk.deinit();
    try expect(try has(handle.refreshMetadata(), "\"d\""));
    try fails(Error.InvalidHandle, sdk.post(handle.id(), .init("x")));
    try fails(Error.LoopClosed, handle.log(.info, "x"));
    handle.deinit();
    try fails(Error.InvalidHandle, handle.tryNextControl());
    try fails(Error.InvalidHandle, handle.metadata());

    (try meshos.Sdk.startWithConfig("")).deinit();
    try fails(Error.InvalidArgument, meshos.Sdk.startWithConfig("{\"no_such_key\": 1}"));
    try expect(std.mem.indexOf(u8, meshos.lastError().?.message, "no_such_key") != null);
    meshos.clearLastError();
    try equal(null, meshos.lastError());
    try fails(Error.RuntimePanic, meshos.Sdk.start(.{ .event_queue_capacity = 1 << 61 }));
}

const Gated = struct {
    gate: std.Thread.Mutex = .{},
    begun: std.Thread.ResetEvent = .{},
    count: usize = 0,
    pub fn process(d: *Gated, _: meshos.Event, _: meshos.Emitter) void {
        d.begun.set();
        d.gate.lock();
        defer d.gate.unlock();
        d.count += 1;
    }
};

test "posting" {
    const sdk = try meshos.Sdk.startWithConfig("{\"inbox_capacity\": 4}");
    defer sdk.deinit();
    var daemon: Gated = .{};
    const handle = try sdk.register("slow", &seedOf(1), &daemon);
    defer handle.deinit();
    daemon.gate.lock();
    const events = [_]meshos.Event{.init("event")} ** 20;
    try sdk.post(handle.id(), .init("event"));
    try daemon.begun.timedWait(60 * std.time.ns_per_s); // from then on nothing makes room
    var accepted = 1 + try sdk.postBatch(handle.id(), &events);
    try expect(accepted >= 4 and accepted < 20);
    try fails(Error.QueueFull, sdk.post(handle.id(), .init("one")));
    try fails(Error.Timeout, sdk.flush(handle.id(), 0));
    try equal(0, try sdk.postWait(handle.id(), &events, 0));
    daemon.gate.unlock();
    try equal(20, try sdk.postWait(handle.id(), &events, null));
    accepted += 20;
    try sdk.flush(handle.id(), 60_000);
    try sdk.flushAll(null);
    try equal(accepted, daemon.count);
    try equal(0, try sdk.postBatch(handle.id(), &.{}));
    try fails(Error.NotFound, sdk.postBatch(12345, &events));
}

test "outputs and subscriptions" {
    const sdk = try ticking();
    defer sdk.deinit();
    var echo: Echo = .{};
    const from = try sdk.register("from", &seedOf(1), &echo);
    defer from.deinit();
    const to = try sdk.register("to", &seedOf(2), &echo);
    defer to.deinit();
    var outputs: Outputs = .{};
    try sdk.setOutput(&outputs, Outputs.add);
    try sdk.subscribe(from.id(), to.id());
    try sdk.post(from.id(), .init("a"));
    try sdk.flushAll(null);
    try equal(2, outputs.count);
    try equal(from.id(), outputs.all[0].daemon_id);
    try equal(to.id(), outputs.all[1].daemon_id);
    try same("a", outputs.all[1].payload);
    try sdk.unsubscribe(from.id(), to.id());
    try fails(Error.NotFound, sdk.unsubscribe(from.id(), to.id()));
    try sdk.clearOutput();
    try sdk.deliver(from.id(), .init("b"));
    try equal(2, outputs.count);
}

const Lines = struct {
    count: std.atomic.Value(u32) = .init(0),
    wrong: std.atomic.Value(u32) = .init(0),

    fn add(lines: *Lines, record: meshos.LogRecord) void {
        if (record.level != .err or record.daemon_id == 0) return;
        const right = std.mem.eql(u8, record.message, "with a \x00 in it") and record.number > 0 and record.unix_ms > 0;
        _ = (if (right) &lines.count else &lines.wrong).fetchAdd(1, .seq_cst);
    }
    fn any(lines: *Lines) anyerror!bool {
        return lines.count.load(.seq_cst) > 0;
    }
};

test "logs" {
    const sdk = try ticking();
    defer sdk.deinit();
    const handle = try sdk.registerPlain("logger", &seedOf(1));
    defer handle.deinit();
    var lines: Lines = .{};
    try sdk.onLog(.warn, &lines, Lines.add);
    try handle.log(.info, "not this");
    try handle.log(.err, "with a \x00 in it");
    try eventually(&lines, Lines.any);
    try sdk.clearLog();
    try equal(0, lines.wrong.load(.seq_cst));
    try expect(try has(sdk.logsJson(0, 0), "not this"));
    try expect(try has(sdk.logsJson(1_000_000, 1), "[]"));
    try fails(Error.InvalidArgument, handle.log(.info, "\xff"));
}

fn finish(handle: meshos.Handle) void {
    const control = (handle.nextControl(null) catch unreachable).?;
    if (control.shutdown == 60_000) handle.done() catch unreachable;
}

test "control and the end of a daemon" {
    const sdk = try ticking();
    defer sdk.deinit();
    var echo: Echo = .{};
    const handle = try sdk.register("d", &seedOf(1), &echo);
    defer handle.deinit();
    const id = handle.id();
    try equal(null, try handle.tryNextControl());
    try equal(null, try handle.nextControl(0));
    try equal(null, try handle.nextControl(1));
    try fails(Error.InvalidState, handle.done());
    const worker = try std.Thread.spawn(.{}, finish, .{handle});
    try sdk.stopDaemon(id, 60_000);
    worker.join();
    try fails(Error.Stopped, sdk.post(id, .init("x")));
    try sdk.restartDaemon(id);
    try sdk.deliver(id, .init("x"));
    try sdk.enterMaintenance(0);
    try equal(.drain_start, std.meta.activeTag((try handle.nextControl(60_000)).?));
    try fails(Error.Draining, sdk.post(id, .init("x")));
    try sdk.exitMaintenance();
    try fails(Error.InvalidState, sdk.exitMaintenance());
    try handle.publishCapabilities("[\"gpu\"]");
    try expect(try has(sdk.daemonJson(id), "gpu"));
    try handle.publishCapabilities("");
    try fails(Error.InvalidArgument, handle.publishCapabilities("{}"));
    try equal(0, sdk.droppedControlEvents().?);
    try handle.gracefulShutdown(1);
    try equal(id, handle.id());
    try fails(Error.AlreadyShutdown, handle.metadata());
    try fails(Error.NotFound, sdk.daemonJson(id));
    try sdk.shutdown();
    try equal(null, sdk.droppedControlEvents());
}

test "metrics and new seeds" {
    const sdk = try ticking();
    defer sdk.deinit();
    const one = try meshos.newSeed();
    try expect(!std.mem.eql(u8, &one, &try meshos.newSeed()));
    const handle = try sdk.registerPlain("d", &one);
    defer handle.deinit();
    try expect(try has(sdk.metrics(), "# EOF"));
    try fails(Error.NotFound, sdk.postWait(12345, &.{.init("x")}, null));
}

test "a kind that is newer is unknown" {
    const Control = @import("daemon.zig").Control;
    try equal(6, Control.of(6, 0, 0).?.unknown);
    try equal(0.5, Control.of(4, 0, 0.5).?.backpressure_on);
    try equal(null, Control.of(0, 9, 1));
}
