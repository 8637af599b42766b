//! What a call that fails returns: an error of Zig's, and words on the thread.

const std = @import("std");
const c = @import("c.zig");

/// The kinds of errors. The headers say for each call which it can have. CallFailed is a kind that is newer than
/// this module: lastError() has its word.
pub const Error = error{
    InvalidArgument,
    InvalidHandle,
    InvalidLogLevel,
    AlreadyShutdown,
    RegisterFailed,
    QueueFull,
    LoopClosed,
    ShutdownFailed,
    RuntimePanic,
    Forked,
    OutOfMemory,
    NoResources,
    InvalidState,
    NotFound,
    Draining,
    Stopped,
    BackingOff,
    ProcessFailed,
    RestoreFailed,
    /// snapshot failed, so there is no state. Bindings report it, and not the library.
    CallbackFailed,
    StateInvalid,
    Timeout,
    ConfigInvalid,
    Unsupported,
    MeshUnavailable,
    NodeIdTaken,
    AlreadyProcessed,
    CallFailed,
};

const kinds = std.StaticStringMap(Error).initComptime(.{
    .{ "invalid_argument", Error.InvalidArgument },
    .{ "invalid_handle", Error.InvalidHandle },
    .{ "invalid_log_level", Error.InvalidLogLevel },
    .{ "already_shutdown", Error.AlreadyShutdown },
    .{ "register_failed", Error.RegisterFailed },
    .{ "queue_full", Error.QueueFull },
    .{ "loop_closed", Error.LoopClosed },
    .{ "shutdown_failed", Error.ShutdownFailed },
    .{ "runtime_panic", Error.RuntimePanic },
    .{ "forked", Error.Forked },
    .{ "out_of_memory", Error.OutOfMemory },
    .{ "no_resources", Error.NoResources },
    .{ "invalid_state", Error.InvalidState },
    .{ "not_found", Error.NotFound },
    .{ "draining", Error.Draining },
    .{ "stopped", Error.Stopped },
    .{ "backing_off", Error.BackingOff },
    .{ "process_failed", Error.ProcessFailed },
    .{ "restore_failed", Error.RestoreFailed },
    .{ "state_invalid", Error.StateInvalid },
    .{ "timeout", Error.Timeout },
    .{ "config_invalid", Error.ConfigInvalid },
    .{ "unsupported", Error.Unsupported },
    .{ "mesh_unavailable", Error.MeshUnavailable },
    .{ "node_id_taken", Error.NodeIdTaken },
    .{ "already_processed", Error.AlreadyProcessed },
});

/// The calling thread's last error in words. They are valid until the next call on this thread.
pub const LastError = struct {
    kind: []const u8,
    message: []const u8,
    /// What a callback said that deliver, snapshot or restore ran on this thread, or an empty text.
    failure: []const u8,

    pub fn format(e: LastError, writer: *std.Io.Writer) std.Io.Writer.Error!void {
        try writer.print("{s}: {s}", .{ e.kind, e.message });
        if (e.failure.len > 0) try writer.print(": {s}", .{e.failure});
    }
};

pub fn lastError() ?LastError {
    const kind = c.net_meshos_last_error_kind() orelse return null;
    const message = c.net_meshos_last_error_message() orelse "";
    return .{ .kind = std.mem.span(kind), .message = std.mem.span(message), .failure = said.text() };
}

pub fn clearLastError() void {
    c.net_meshos_clear_last_error();
    said.len = 0;
}

pub fn check(status: c_int) Error!void {
    if (status != c.ok) return lastKind();
}

pub fn lastKind() Error {
    const kind = c.net_meshos_last_error_kind() orelse return Error.CallFailed;
    return kinds.get(std.mem.span(kind)) orelse Error.CallFailed;
}

/// A short text with room of its own; a longer one is cut.
pub const Words = struct {
    buffer: [512]u8 = undefined,
    len: usize = 0,

    pub fn text(w: *const Words) []const u8 {
        return w.buffer[0..w.len];
    }

    pub fn set(w: *Words, comptime format: []const u8, args: anytype) void {
        var writer = std.Io.Writer.fixed(&w.buffer);
        writer.print(format, args) catch {};
        w.len = writer.end;
    }
};

/// What the last callback of this thread that failed said.
pub threadlocal var said: Words = .{};
/// What fail() has prepared.
threadlocal var prepared: Words = .{};

/// For callbacks: `return meshos.fail("no {s} there", .{name})` fails with these words instead of an error's name.
pub fn fail(comptime format: []const u8, args: anytype) error{Failed} {
    prepared.set(format, args);
    return error.Failed;
}

/// The words of an error that a callback returned.
pub fn wordsOf(err: anyerror) []const u8 {
    return if (err == error.Failed and prepared.len > 0) prepared.text() else @errorName(err);
}

pub fn forgetPrepared() void {
    prepared.len = 0;
}
