//! Counts the words of the lines that it is given.

const std = @import("std");
const meshos = @import("net_meshos");

const Words = struct {
    count: usize = 0,

    pub fn process(words: *Words, event: meshos.Event, out: meshos.Emitter) !void {
        if (event.bytes().len == 0) return meshos.fail("an empty line", .{});
        var line = std.mem.tokenizeScalar(u8, event.bytes(), ' ');
        while (line.next()) |_| words.count += 1;
        var buffer: [64]u8 = undefined;
        out.emit(try std.fmt.bufPrint(&buffer, "{d} words so far", .{words.count}));
    }

    pub fn snapshot(words: *Words, out: meshos.StateEmitter) !void {
        var buffer: [32]u8 = undefined;
        out.emit(try std.fmt.bufPrint(&buffer, "{d}", .{words.count}));
    }

    pub fn restore(words: *Words, state: []const u8) !void {
        words.count = try std.fmt.parseInt(usize, state, 10);
    }
};

fn print(writer: *std.Io.Writer, output: meshos.Output) void {
    writer.print("{s}\n", .{output.payload}) catch {};
}

pub fn main() !void {
    var buffer: [1024]u8 = undefined;
    var file = std.fs.File.stdout().writer(&buffer);
    const stdout = &file.interface;
    errdefer if (meshos.lastError()) |e| std.debug.print("{f}\n", .{e});

    const sdk = try meshos.Sdk.start(.{});
    defer sdk.deinit();
    const seed = [_]u8{1} ++ [_]u8{0} ** 31; // yours: 32 secret random bytes, kept
    var words: Words = .{};
    const daemon = try sdk.register("words", &seed, &words);
    defer daemon.deinit();
    try sdk.restore(daemon.id(), "100");
    try sdk.setOutput(stdout, print);

    try sdk.post(daemon.id(), .init("to be or not to be"));
    try sdk.post(daemon.id(), .init("that is the question"));
    try sdk.flush(daemon.id(), null);
    sdk.deliver(daemon.id(), .init("")) catch {
        try stdout.print("{f}\n", .{meshos.lastError().?});
    };
    const state = try sdk.snapshot(daemon.id());
    defer state.deinit();
    try stdout.print("state: {s}\n", .{state.slice()});

    try daemon.gracefulShutdown(10);
    try sdk.shutdown();
    try stdout.flush();
}
