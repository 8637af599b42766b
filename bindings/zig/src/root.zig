//! Daemons for Zig programs: event processors with an ed25519 identity, run by libnet_meshos. README.md has a first
//! program; what a call promises stands in net_meshos.h and net_meshos_ext.h.
//!
//! Every call returns an error of `Error`, and `lastError()` has its words. Sdk and Handle are values: whoever made one
//! ends it with deinit, once and in any order. A call on one that has ended is Error.InvalidHandle.

const std = @import("std");
const errors = @import("errors.zig");
const daemons = @import("daemon.zig");

/// The C interface as it is.
pub const c = @import("c.zig");

pub const Error = errors.Error;
pub const LastError = errors.LastError;
pub const lastError = errors.lastError;
pub const clearLastError = errors.clearLastError;
pub const fail = errors.fail;

pub const Event = daemons.Event;
pub const Control = daemons.Control;
pub const Health = daemons.Health;
pub const Emitter = daemons.Emitter;
pub const StateEmitter = daemons.StateEmitter;
pub const Handle = @import("handle.zig").Handle;
pub const Level = @import("handle.zig").Level;
pub const Text = @import("text.zig").Text;
pub const Sdk = @import("sdk.zig").Sdk;
pub const Options = @import("sdk.zig").Options;
pub const Output = @import("sdk.zig").Output;
pub const LogRecord = @import("sdk.zig").LogRecord;
pub const State = @import("sdk.zig").State;
pub const Seed = [32]u8;

/// A new seed, from the system's random numbers. Keep it: a daemon with another seed is another daemon.
pub fn newSeed() Error!Seed {
    var seed: Seed = undefined;
    try errors.check(c.net_meshos_ext_new_seed(&seed));
    return seed;
}

/// The version of the library.
pub fn version() [:0]const u8 {
    return std.mem.span(c.net_meshos_ext_version() orelse "");
}

test {
    _ = @import("tests.zig");
}
