const std = @import("std");

pub fn build(b: *std.Build) void {
    const target = b.standardTargetOptions(.{});
    const optimize = b.standardOptimizeOption(.{});
    const lib_dir = b.option([]const u8, "lib_dir", "The folder that has libnet_meshos (default: the package's own, or pkg-config's)");
    const linkage = b.option(std.builtin.LinkMode, "linkage", "Which library of lib_dir to link (default: dynamic)") orelse .dynamic;

    const module = b.addModule("net_meshos", .{
        .root_source_file = b.path("src/root.zig"),
        .target = target,
        .optimize = optimize,
        .link_libc = true,
    });
    link(b, module, lib_dir, linkage);

    const tests = b.addTest(.{ .root_module = module });
    const run_tests = b.addRunArtifact(tests);
    b.step("test", "Run the tests").dependOn(&run_tests.step);

    for ([_][3][]const u8{
        .{ "words", "example", "Run the example" },
        .{ "bench", "bench", "Measure what calls cost" },
    }) |program| {
        const built = b.addExecutable(.{ .name = program[0], .root_module = b.createModule(.{
            .root_source_file = b.path(b.fmt("example/{s}.zig", .{program[0]})),
            .target = target,
            .optimize = optimize,
            .imports = &.{.{ .name = "net_meshos", .module = module }},
        }) });
        b.step(program[1], program[2]).dependOn(&b.addRunArtifact(built).step);
    }
}

fn link(b: *std.Build, module: *std.Build.Module, lib_dir: ?[]const u8, linkage: std.builtin.LinkMode) void {
    if (lib_dir) |folder| {
        const path: std.Build.LazyPath = .{ .cwd_relative = folder };
        if (linkage == .static) return module.addObjectFile(path.path(b, "libnet_meshos.a"));
        module.addLibraryPath(path);
        module.addRPath(path);
        return module.linkSystemLibrary("net_meshos", .{ .use_pkg_config = .no });
    }
    const t = module.resolved_target.?.result;
    const bundled = b.fmt("lib/{s}-{s}-{s}/libnet_meshos.a", .{ @tagName(t.cpu.arch), @tagName(t.os.tag), @tagName(t.abi) });
    if (b.build_root.handle.access(bundled, .{})) |_| {
        module.addObjectFile(b.path(bundled));
    } else |_| {
        module.linkSystemLibrary("net_meshos", .{ .use_pkg_config = .force });
    }
}
