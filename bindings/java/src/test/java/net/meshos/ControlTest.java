package net.meshos;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static net.meshos.Parts.bytes;
import static net.meshos.Parts.seed;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** State, control events, and the lives of daemons. */
class ControlTest {
    private Sdk sdk;
    private Parts.Recorder work;
    private Daemon daemon;

    @BeforeEach
    void start() {
        sdk = Sdk.start(-1, 5, 0, 0, 0);
        work = new Parts.Recorder();
        daemon = sdk.register("control", seed(1), work);
    }

    @AfterEach
    void end() {
        daemon.close();
        sdk.close();
    }

    @Test
    void state() {
        assertArrayEquals(bytes("state"), sdk.snapshot(daemon.id()));
        sdk.restore(daemon.id(), bytes("other\0"));
        assertArrayEquals(bytes("other\0"), sdk.snapshot(daemon.id()));
        sdk.restore(daemon.id(), new byte[0]);
        assertEquals(0, work.state.length);
        work.state = null;
        assertNull(sdk.snapshot(daemon.id()));
        try (Daemon none = sdk.register("none", seed(2), (event, emitter) -> { })) {
            assertNull(sdk.snapshot(none.id()));
        }
    }

    @Test
    void maintenance() throws Exception {
        assertNull(daemon.tryNextControl());
        sdk.enterMaintenance(Duration.ofSeconds(30));
        ControlEvent first = daemon.nextControl(Parts.DEADLINE);
        assertEquals(ControlKind.DRAIN_START, first.kind());
        assertTrue(first.grace().toMillis() > 0 && first.grace().toMillis() <= 30_000);
        assertEquals(new ControlEvent(ControlKind.DRAIN_FINISH, Duration.ZERO, 0), daemon.nextControl());
        assertTrue(sdk.runtimeJson().contains("\"state\":\"Maintenance\""));
        assertTrue(daemon.refreshMetadata().contains("\"kind\":\"maintenance\""));
        sdk.exitMaintenance();
        assertEquals(ControlKind.DRAIN_START, work.controls.get(0).kind());
        assertEquals(0, sdk.droppedControlEvents());
    }

    @Test
    void aTimeoutIsKept() throws Exception {
        long begin = System.nanoTime();
        assertNull(daemon.nextControl(Duration.ofMillis(250)));
        assertTrue(System.nanoTime() - begin >= 250_000_000);
        assertNull(daemon.nextControl(Duration.ZERO));
    }

    @Test
    void theEndOfTheSdkWakes() throws Exception {
        Sdk other = Sdk.start();
        Daemon waits = other.register("waits", seed(1));
        CompletableFuture<Object> found = new CompletableFuture<>();
        new Thread(() -> {
            try {
                found.complete(String.valueOf(waits.nextControl()));
            } catch (Throwable thrown) {
                found.completeExceptionally(thrown);
            }
        }).start();
        other.close();
        assertEquals("null", found.get(Parts.DEADLINE.toSeconds(), TimeUnit.SECONDS));
        waits.close();
    }

    @Test
    void anInterruptEndsAWait() throws Exception {
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> daemon.nextControl());
        Thread here = Thread.currentThread();
        new Thread(here::interrupt).start();
        assertThrows(InterruptedException.class, () -> daemon.nextControl(Parts.DEADLINE));
    }

    @Test
    void gracefulShutdown() throws Exception {
        CompletableFuture<ControlEvent> found = new CompletableFuture<>();
        new Thread(() -> {
            try {
                ControlEvent event = daemon.nextControl();
                daemon.done();
                found.complete(event);
            } catch (Throwable thrown) {
                found.completeExceptionally(thrown);
            }
        }).start();
        long begin = System.nanoTime();
        daemon.gracefulShutdown(Parts.DEADLINE);
        assertTrue(System.nanoTime() - begin < Parts.DEADLINE.toNanos());
        assertEquals(new ControlEvent(ControlKind.SHUTDOWN, Parts.DEADLINE, 0), found.get());
    }

    @Test
    void stopAndRestart() {
        sdk.stop(daemon.id(), Duration.ofMillis(1));
        assertTrue(sdk.daemonJson(daemon.id()).contains("\"lifecycle\":\"stopped\""));
        sdk.restart(daemon.id());
        assertEquals(1, daemon.deliver(bytes("again")).size());
    }

    @Test
    void metricsAndSeeds() {
        assertTrue(sdk.metrics().endsWith("# EOF\n"), sdk::metrics);
        byte[] seed = Sdk.newSeed();
        assertEquals(32, seed.length);
        try (Daemon first = sdk.register("first", seed); Daemon second = sdk.register("second", Sdk.newSeed())) {
            assertTrue(first.id() != second.id());
        }
    }

    @Test
    void whatADaemonShows() throws Exception {
        work.health = Health.DEGRADED;
        Parts.awaitLine(sdk, "degraded");
        daemon.publishCapabilities("hardware.gpu", "ö\"\\\n");
        String json = sdk.daemonJson(daemon.id());
        assertTrue(json.contains("\"health\":\"degraded\""), json);
        assertTrue(json.contains("\"saturation\":0.25"), json);
        assertTrue(json.contains("[\"hardware.gpu\",\"ö\\\"\\\\\\n\"]"), json);
        daemon.publishCapabilities();
        assertTrue(sdk.daemonJson(daemon.id()).contains("\"capabilities\":[]"));
        assertTrue(daemon.metadata().contains("\"node_id\":18446744073709551615"));
        assertTrue(daemon.metadata().contains("\"daemon_id\":" + Long.toUnsignedString(daemon.id())));
        assertEquals(Long.toHexString(daemon.id()), daemon.idHex().replaceFirst("^0+", ""));
    }
}
