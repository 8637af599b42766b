//! A text of the library.

const std = @import("std");
const c = @import("c.zig");
const errors = @import("errors.zig");

/// A text that is the caller's to free with deinit.
pub const Text = struct {
    raw: [*:0]u8,

    pub fn take(raw: ?[*:0]u8) errors.Error!Text {
        return .{ .raw = raw orelse return errors.lastKind() };
    }

    pub fn slice(text: Text) [:0]const u8 {
        return std.mem.span(text.raw);
    }

    pub fn deinit(text: Text) void {
        c.net_meshos_free_string(text.raw);
    }
};
