package net.meshos;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertTrue;

/** What several tests need. */
final class Parts {
    static final Duration DEADLINE = Duration.ofSeconds(60);

    static {
        // Failures are provoked here.
        java.util.logging.Logger.getLogger("net.meshos").setLevel(java.util.logging.Level.OFF);
    }

    private Parts() {
    }

    static byte[] seed(int number) {
        byte[] seed = new byte[32];
        seed[0] = (byte) number;
        seed[1] = (byte) (number >> 8);
        return seed;
    }

    static byte[] bytes(String text) {
        return text.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    }

    static String text(byte[] bytes) {
        return new String(bytes, java.nio.charset.StandardCharsets.UTF_8);
    }

    static void await(CountDownLatch latch) throws InterruptedException {
        assertTrue(latch.await(DEADLINE.toSeconds(), TimeUnit.SECONDS), "it didn't come");
    }

    /** Waits until a line of the log has these words. */
    static void awaitLine(Sdk sdk, String words) throws InterruptedException {
        long end = System.nanoTime() + DEADLINE.toNanos();
        while (!sdk.logsJson(0, 0).contains(words)) {
            assertTrue(System.nanoTime() < end, () -> "no " + words + " in " + sdk.logsJson(0, 0));
            Thread.sleep(5);
        }
    }

    /** Emits each payload, keeps what it hears, and throws what it is told to. */
    static class Recorder implements DaemonCallbacks {
        final List<Event> events = Collections.synchronizedList(new ArrayList<>());
        final List<ControlEvent> controls = Collections.synchronizedList(new ArrayList<>());
        volatile byte[] state = bytes("state");
        volatile Throwable thrown;
        volatile Health health = Health.HEALTHY;

        private void fail() throws Exception {
            Throwable now = thrown;
            if (now instanceof Error error) {
                throw error;
            }
            if (now != null) {
                throw (Exception) now;
            }
        }

        @Override
        public void process(Event event, Emitter emitter) throws Exception {
            events.add(event);
            emitter.emit(event.payload());
            fail();
        }

        @Override
        public byte[] snapshot() throws Exception {
            fail();
            return state;
        }

        @Override
        public void restore(byte[] newState) throws Exception {
            fail();
            state = newState;
        }

        @Override
        public void onControl(ControlEvent event) throws Exception {
            controls.add(event);
            fail();
        }

        @Override
        public Health health() throws Exception {
            fail();
            return health;
        }

        @Override
        public double saturation() throws Exception {
            fail();
            return 0.25;
        }
    }
}
