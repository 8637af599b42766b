//! How the library calls daemons.

const std = @import("std");
const c = @import("c.zig");
const errors = @import("errors.zig");

pub const Event = c.NetMeshOsEvent;

/// One control event.
pub const Control = union(enum) {
    /// End within this many milliseconds.
    shutdown: u64,
    /// Finish what is queued within this many milliseconds.
    drain_start: u64,
    /// The drain is over.
    drain_finish,
    /// Slow down by this level, 0.0 to 1.0.
    backpressure_on: f32,
    /// Go on as usual.
    backpressure_off,
    /// A kind that is newer than this module: ignore it.
    unknown: c_int,

    pub fn of(kind: c_int, grace_period_ms: u64, level: f32) ?Control {
        return switch (kind) {
            0 => null,
            1 => .{ .shutdown = grace_period_ms },
            2 => .{ .drain_start = grace_period_ms },
            3 => .drain_finish,
            4 => .{ .backpressure_on = level },
            5 => .backpressure_off,
            else => .{ .unknown = kind },
        };
    }
};

pub const Health = enum(c_int) { healthy = 0, degraded = 1, unhealthy = 2 };

/// Adds outputs to the event that process handles; on any thread, while it does.
pub const Emitter = struct {
    ctx: ?*c.NetMeshOsProcessEmitCtx,

    /// Adds one output, of which the library makes a copy.
    pub fn emit(out: Emitter, payload: []const u8) void {
        c.net_meshos_process_emit(out.ctx, payload.ptr, payload.len);
    }
};

/// Takes the state that snapshot gives; the first call counts. The library gets it when snapshot has returned: one that
/// fails gives none.
pub const StateEmitter = struct {
    given: *Given,

    /// Keeps a copy of the state. Without memory for it the snapshot fails.
    pub fn emit(out: StateEmitter, state: []const u8) void {
        out.given.mutex.lock();
        defer out.given.mutex.unlock();
        if (out.given.state != null or out.given.lost) return;
        out.given.state = std.heap.c_allocator.dupe(u8, state) catch {
            out.given.lost = true;
            return;
        };
    }

    const Given = struct {
        mutex: std.Thread.Mutex = .{},
        state: ?[]const u8 = null,
        lost: bool = false,

        fn give(given: *Given, ctx: ?*c.NetMeshOsSnapshotEmitCtx) error{OutOfMemory}!void {
            if (given.lost) return error.OutOfMemory;
            if (given.state) |state| c.net_meshos_snapshot_emit(ctx, state.ptr, state.len);
        }

        fn deinit(given: *Given) void {
            if (given.state) |state| std.heap.c_allocator.free(state);
        }
    };
};

/// The last failure of a daemon's callbacks. The library's side and the handle each hold a reference.
pub const Kept = struct {
    references: std.atomic.Value(u32) = .init(2),
    mutex: std.Thread.Mutex = .{},
    words: errors.Words = .{},
    handle: ?*c.NetMeshOsHandle = null,

    pub fn release(kept: *Kept) void {
        if (kept.references.fetchSub(1, .acq_rel) == 1) std.heap.c_allocator.destroy(kept);
    }

    /// Keeps what a callback said, and logs it if it is new.
    fn note(kept: *Kept, comptime callback: []const u8, words: []const u8) void {
        kept.mutex.lock();
        defer kept.mutex.unlock();
        var next: errors.Words = .{};
        next.set("{s}: {s}", .{ callback, words });
        if (std.mem.eql(u8, next.text(), kept.words.text())) return;
        kept.words = next;
        kept.log();
    }

    /// From now on failures are logged; before the registration has returned there is no handle to do that with.
    pub fn logWith(kept: *Kept, handle: ?*c.NetMeshOsHandle) void {
        kept.mutex.lock();
        defer kept.mutex.unlock();
        kept.handle = handle;
        kept.log();
    }

    fn log(kept: *Kept) void {
        if (kept.handle == null or kept.words.len == 0) return;
        _ = c.net_meshos_publish_log(kept.handle, 4, &kept.words.buffer, kept.words.len);
    }

    pub fn last(kept: *Kept, buffer: []u8) ?[]const u8 {
        kept.mutex.lock();
        defer kept.mutex.unlock();
        if (kept.words.len == 0) return null;
        const n = @min(buffer.len, kept.words.len);
        @memcpy(buffer[0..n], kept.words.buffer[0..n]);
        return buffer[0..n];
    }
};

/// What the library holds for a daemon of type T that it calls the end of.
pub fn Seat(comptime T: type) type {
    return struct {
        daemon: *T,
        kept: *Kept,

        const Self = @This();
        pub const table = Callbacks(Self, T).table;

        fn of(ctx: ?*anyopaque) *Self {
            return @ptrCast(@alignCast(ctx.?));
        }
        fn daemonOf(ctx: ?*anyopaque) *T {
            return of(ctx).daemon;
        }
        fn note(ctx: ?*anyopaque, comptime callback: []const u8, words: []const u8) void {
            of(ctx).kept.note(callback, words);
        }

        pub fn destroy(ctx: ?*anyopaque) callconv(.c) void {
            const seat = of(ctx);
            if (@hasDecl(T, "deinit")) seat.daemon.deinit();
            seat.kept.release();
            std.heap.c_allocator.destroy(seat);
        }
    };
}

/// The same for a daemon that nothing is kept for: the library holds its address.
pub fn Bare(comptime T: type) type {
    return struct {
        pub const table = Callbacks(@This(), T).table;

        fn daemonOf(ctx: ?*anyopaque) *T {
            return @ptrCast(@alignCast(ctx.?));
        }
        fn note(_: ?*anyopaque, comptime _: []const u8, _: []const u8) void {}
    };
}

/// A result that may be an error, as one that is.
fn Fallible(comptime Result: type) type {
    return switch (@typeInfo(Result)) {
        .error_union => |u| anyerror!u.payload,
        else => anyerror!Result,
    };
}

fn fallible(result: anytype) Fallible(@TypeOf(result)) {
    return result;
}

fn Callbacks(comptime S: type, comptime T: type) type {
    return struct {
        const table: c.NetMeshOsDaemonVtable = .{
            .process = process,
            .snapshot = if (@hasDecl(T, "snapshot")) snapshot else null,
            .restore = if (@hasDecl(T, "restore")) restore else null,
            .on_control = if (@hasDecl(T, "onControl")) onControl else null,
            .health = if (@hasDecl(T, "health")) health else null,
            .saturation = if (@hasDecl(T, "saturation")) saturation else null,
        };

        /// Keeps an error. tell: the call that runs the callback on this thread hears of it.
        fn failed(ctx: ?*anyopaque, comptime callback: []const u8, comptime tell: bool, err: anyerror) void {
            const words = errors.wordsOf(err);
            if (tell) errors.said.set("{s}", .{words});
            S.note(ctx, callback, words);
        }

        fn process(ctx: ?*anyopaque, emit: ?*c.NetMeshOsProcessEmitCtx, origin: u64, sequence: u64, payload: ?[*]const u8, len: usize) callconv(.c) c_int {
            errors.forgetPrepared();
            const event: Event = .{ .origin_hash = origin, .sequence = sequence, .payload = payload, .payload_len = len };
            fallible(T.process(S.daemonOf(ctx), event, Emitter{ .ctx = emit })) catch |err| {
                failed(ctx, "process", true, err);
                return 1;
            };
            errors.said.len = 0;
            return 0;
        }

        fn snapshot(ctx: ?*anyopaque, emit: ?*c.NetMeshOsSnapshotEmitCtx) callconv(.c) void {
            errors.forgetPrepared();
            var given: StateEmitter.Given = .{};
            defer given.deinit();
            fallible(T.snapshot(S.daemonOf(ctx), StateEmitter{ .given = &given })) catch |err|
                return failed(ctx, "snapshot", true, err);
            given.give(emit) catch |err| return failed(ctx, "snapshot", true, err);
            errors.said.len = 0;
        }

        fn restore(ctx: ?*anyopaque, state: ?[*]const u8, len: usize) callconv(.c) c_int {
            errors.forgetPrepared();
            fallible(T.restore(S.daemonOf(ctx), c.slice(state, len))) catch |err| {
                failed(ctx, "restore", true, err);
                return 1;
            };
            errors.said.len = 0;
            return 0;
        }

        fn onControl(ctx: ?*anyopaque, kind: c_int, grace: u64, level: f32) callconv(.c) void {
            errors.forgetPrepared();
            const control = Control.of(kind, grace, level) orelse return;
            fallible(T.onControl(S.daemonOf(ctx), control)) catch |err| failed(ctx, "onControl", false, err);
        }

        fn health(ctx: ?*anyopaque) callconv(.c) c_int {
            errors.forgetPrepared();
            const result: Health = fallible(T.health(S.daemonOf(ctx))) catch |err| bad: {
                failed(ctx, "health", false, err);
                break :bad .unhealthy;
            };
            return @intFromEnum(result);
        }

        fn saturation(ctx: ?*anyopaque) callconv(.c) f32 {
            errors.forgetPrepared();
            return fallible(T.saturation(S.daemonOf(ctx))) catch |err| bad: {
                failed(ctx, "saturation", false, err);
                break :bad 0;
            };
        }
    };
}
