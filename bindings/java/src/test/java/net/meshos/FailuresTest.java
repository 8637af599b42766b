package net.meshos;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

import static net.meshos.Parts.bytes;
import static net.meshos.Parts.seed;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What callbacks throw, and what wrong input and closed objects bring. */
class FailuresTest {
    private Sdk sdk;
    private Parts.Recorder work;
    private Daemon daemon;

    @BeforeEach
    void start() {
        sdk = Sdk.start(new Config().set("tick_interval_ms", 5));
        work = new Parts.Recorder();
        daemon = sdk.register("failures", seed(1), work);
    }

    @AfterEach
    void end() {
        daemon.close();
        sdk.close();
    }

    private static void refused(String kind, int status, Executable call) {
        MeshosException error = assertThrows(MeshosException.class, call);
        assertEquals(kind + " " + status, error.kind() + " " + error.status(), error::getMessage);
    }

    @Test
    void process() throws Exception {
        for (Throwable thrown : new Throwable[] {new java.io.IOException("no such ✓"), new StackOverflowError("deep")}) {
            work.thrown = thrown;
            MeshosException error = assertThrows(MeshosException.class, () -> daemon.deliver(bytes("x")));
            assertEquals("process_failed", error.kind());
            assertSame(thrown, error.getCause());
            assertSame(thrown, daemon.lastException());
            Parts.awaitLine(sdk, "process: " + thrown);
        }
        work.thrown = null;
        assertEquals(1, daemon.deliver(bytes("goes on")).size());
        assertTrue(sdk.daemonJson(daemon.id()).contains("\"failures\":2"));
    }

    @Test
    void aRealStackOverflow() {
        try (Daemon deep = sdk.register("deep", seed(2), new DaemonCallbacks() {
            private int depth(int n) {
                return n < 0 ? 0 : 1 + depth(n + 1);
            }

            @Override
            public void process(Event event, Emitter emitter) {
                depth(0);
            }
        })) {
            assertTrue(assertThrows(MeshosException.class, () -> deep.deliver(bytes("x"))).getCause()
                instanceof StackOverflowError);
        }
    }

    @Test
    void processOfAPostedEvent() throws Exception {
        work.thrown = new IllegalStateException("posted");
        daemon.post(bytes("x"));
        sdk.flush();
        Parts.awaitLine(sdk, "process: java.lang.IllegalStateException: posted");
    }

    @Test
    void snapshotAndRestore() throws Exception {
        work.thrown = new java.io.IOException("disk");
        MeshosException snapshot = assertThrows(MeshosException.class, () -> sdk.snapshot(daemon.id()));
        assertEquals("callback_failed", snapshot.kind());
        assertSame(work.thrown, snapshot.getCause());
        MeshosException restore = assertThrows(MeshosException.class, () -> sdk.restore(daemon.id(), bytes("x")));
        assertEquals("restore_failed", restore.kind());
        assertSame(work.thrown, restore.getCause());
        Parts.awaitLine(sdk, "restore: java.io.IOException: disk");
    }

    @Test
    void healthAndOnControl() throws Exception {
        work.thrown = new ArithmeticException("asked");
        Parts.awaitLine(sdk, "health: java.lang.ArithmeticException: asked");
        Parts.awaitLine(sdk, "saturation: java.lang.ArithmeticException: asked");
        assertTrue(sdk.daemonJson(daemon.id()).contains("\"health\":\"unhealthy\""));
        sdk.enterMaintenance(Duration.ofSeconds(1));
        Parts.awaitLine(sdk, "onControl: java.lang.ArithmeticException: asked");
    }

    @Test
    void theObjectIsReleasedAfterTheLastCallback() throws Exception {
        Parts.Recorder recorder = new Parts.Recorder();
        WeakReference<Parts.Recorder> gone = new WeakReference<>(recorder);
        Daemon released = sdk.register("released", seed(3), recorder);
        recorder = null;
        System.gc();
        assertNotNull(gone.get());
        released.deliver(bytes("still there"));
        released.close();
        released = null;
        awaitGone(gone);
    }

    @Test
    void theObjectOfAFailedRegistrationIsReleased() throws Exception {
        Parts.Recorder recorder = new Parts.Recorder();
        WeakReference<Parts.Recorder> gone = new WeakReference<>(recorder);
        try {
            sdk.register("again", seed(1), recorder);
        } catch (MeshosException error) {
            assertEquals("register_failed", error.kind());
        }
        recorder = null;
        awaitGone(gone);
    }

    private static void awaitGone(WeakReference<?> reference) throws InterruptedException {
        long end = System.nanoTime() + Parts.DEADLINE.toNanos();
        while (reference.get() != null) {
            assertTrue(System.nanoTime() < end, "it is kept");
            System.gc();
            Thread.sleep(5);
        }
    }

    /** This edition of the library reads the key mesh, which has all that a configuration can have, and has no mesh. */
    @Test
    void aWholeConfiguration() {
        Config mesh = new Config().set("servers", List.of("nats://127.0.0.1:4222", "nats://127.0.0.1:4223"))
            .set("lease_ms", 1000).set("events", "direct");
        assertEquals("{\"mesh\":{\"servers\":[\"nats://127.0.0.1:4222\",\"nats://127.0.0.1:4223\"],\"lease_ms\":1000,"
            + "\"events\":\"direct\"}}", new Config().set("mesh", mesh).toString());
        refused("unsupported", -2, () -> Sdk.start(new Config().set("mesh", mesh)));
        refused("unsupported", -2, () -> Sdk.start("{\"mesh\": " + mesh + "}"));
        assertEquals("{\"a\":[1,18446744073709551615,true,[\"x\"],{\"b\":[]}]}", new Config()
            .set("a", List.of(1, -1L, true, List.of("x"), new Config().set("b", List.of()))).toString());
        assertThrows(IllegalArgumentException.class, () -> new Config().set("a", List.of(1.5)));
        Sdk.start("{\"tick_interval_ms\": 100}").close();
        MeshosException wrong = assertThrows(MeshosException.class, () -> Sdk.start("{\"tick_interval_ms\": }"));
        assertTrue(wrong.getMessage().contains("line 1, column 22"), wrong::getMessage);
    }

    @Test
    void wrongInput() {
        assertThrows(IllegalArgumentException.class, () -> sdk.register("x", new byte[31], work));
        assertThrows(NullPointerException.class, () -> sdk.register("x", seed(9), null));
        assertThrows(NullPointerException.class, () -> sdk.register(null, seed(9), work));
        assertThrows(NullPointerException.class, () -> daemon.deliver(null));
        assertThrows(NullPointerException.class, () -> daemon.log(null, "x"));
        assertThrows(IllegalArgumentException.class, () -> daemon.nextControl(Duration.ofSeconds(-1)));
        refused("runtime_panic", -2, () -> sdk.register("a\0b", seed(9), work));
        refused("register_failed", -2, () -> sdk.register("x", seed(1)));
        refused("not_found", -2, () -> sdk.deliver(12345, new Event(bytes("x"))));
        refused("not_found", -2, () -> sdk.daemonJson(12345));
        refused("invalid_state", -2, () -> daemon.done());
        refused("invalid_state", -2, () -> sdk.exitMaintenance());
        refused("runtime_panic", -2, () -> Sdk.start(0, 0, 1L << 61, 0, 0));
        MeshosException key = assertThrows(MeshosException.class, () -> Sdk.start(new Config().set("tik\"k", 5)));
        assertEquals("invalid_argument", key.kind());
        assertTrue(key.getMessage().contains("tik"), key::getMessage);
        try (Daemon empty = sdk.register("", seed(9))) {
            assertEquals("", empty.name());
            empty.log(LogLevel.INFO, "");
        }
    }

    @Test
    void afterTheEnd() throws Exception {
        Sdk other = Sdk.start();
        Daemon first = other.register("first", seed(1), work);
        other.register("never closed", seed(2), work);
        other.shutdown();
        refused("already_shutdown", -4, other::shutdown);
        refused("already_shutdown", -4, () -> first.deliver(bytes("x")));
        refused("already_shutdown", -4, other::droppedControlEvents);
        other.close();
        other.close();
        refused("invalid_handle", -1, other::runtimeJson);
        refused("loop_closed", -2, () -> first.log(LogLevel.INFO, "x"));
        assertNull(first.nextControl());
        assertTrue(first.metadata().contains("\"daemon_name\":\"first\""));
        first.close();
        first.close();
        refused("invalid_handle", -1, first::metadata);
        System.gc(); // frees the handle that nobody closed
    }

    @Test
    void closedFromInsideACallback() {
        Sdk own = Sdk.start();
        Daemon[] daemons = new Daemon[1];
        daemons[0] = own.register("own end", seed(1), (event, emitter) -> {
            daemons[0].close();
            own.close();
        });
        daemons[0].deliver(new byte[0]);
        refused("invalid_handle", -1, own::runtimeJson);
    }
}
