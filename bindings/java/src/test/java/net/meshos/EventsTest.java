package net.meshos;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static net.meshos.Parts.bytes;
import static net.meshos.Parts.seed;
import static net.meshos.Parts.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Events, outputs, subscriptions and log lines. */
class EventsTest {
    private Sdk sdk;
    private Parts.Recorder work;
    private Daemon daemon;

    @BeforeEach
    void start() {
        sdk = Sdk.start(new Config().set("tick_interval_ms", 5).set("inbox_capacity", 8));
        work = new Parts.Recorder();
        daemon = sdk.register("events", seed(1), work);
    }

    @AfterEach
    void end() {
        daemon.close();
        sdk.close();
    }

    @Test
    void deliver() {
        Output output = sdk.deliver(daemon.id(), new Event(bytes("one\0✓"), -1, 7)).get(0);
        assertEquals(daemon.id(), output.daemonId());
        assertEquals("18446744073709551615", Long.toUnsignedString(output.inOriginHash()));
        assertEquals(7, output.inSequence());
        assertEquals(1, output.outSequence());
        assertEquals("one\0✓", text(output.payload()));
        assertEquals(0, daemon.deliver(new byte[0]).get(0).payload().length);
        assertEquals(-1, work.events.get(0).originHash());
    }

    @Test
    void aLambdaIsADaemon() {
        try (Daemon twice = sdk.register("twice", seed(2), (event, emitter) -> {
            emitter.emit(event.payload());
            emitter.emit(event.payload());
        })) {
            assertEquals(2, twice.deliver(bytes("x")).size());
        }
    }

    @Test
    void postAndFlush() throws Exception {
        byte[] large = new byte[3_000_000];
        daemon.post(new Event(bytes("a"), 1, 2));
        daemon.post(bytes("b"));
        sdk.post(daemon.id(), List.of(new Event(large), new Event(new byte[0]), new Event(bytes("c"))));
        sdk.flush();
        assertEquals(List.of(1, 1, large.length, 0, 1), work.events.stream().map(e -> e.payload().length).toList());
        assertEquals("c", text(work.events.get(4).payload()));
        sdk.post(daemon.id(), List.of());
    }

    @Test
    void aBatchThatDoesNotFit() throws Exception {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch gate = new CountDownLatch(1);
        try (Daemon slow = sdk.register("slow", seed(3), (event, emitter) -> {
            entered.countDown();
            Parts.await(gate);
        })) {
            slow.post(bytes("first"));
            Parts.await(entered);
            List<Event> many = Collections.nCopies(20, new Event(bytes("x")));
            QueueFullException full =
                assertThrows(QueueFullException.class, () -> sdk.post(slow.id(), many));
            assertTrue(full.accepted() > 0 && full.accepted() < 20, () -> "accepted " + full.accepted());
            assertEquals("queue_full", full.kind());
            assertThrows(QueueFullException.class, () -> slow.post(bytes("one more")));
            MeshosException late = assertThrows(MeshosException.class,
                () -> sdk.flush(slow.id(), Duration.ofMillis(150)));
            assertEquals("timeout", late.kind());
            Thread.currentThread().interrupt();
            assertThrows(InterruptedException.class, () -> sdk.flush());
            gate.countDown();
            sdk.flush(slow.id(), Parts.DEADLINE);
            assertTrue(sdk.daemonJson(slow.id()).contains("\"events_in\":" + (1 + full.accepted())));
        }
    }

    @Test
    void aBatchThatWaitsForRoom() throws Exception {
        sdk.postWait(daemon.id(), Collections.nCopies(100, new Event(bytes("x"))), Parts.DEADLINE);
        sdk.flush();
        assertEquals(100, work.events.size());
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch gate = new CountDownLatch(1);
        try (Daemon slow = sdk.register("slow", seed(3), (event, emitter) -> {
            entered.countDown();
            Parts.await(gate);
        })) {
            slow.post(bytes("first"));
            Parts.await(entered);
            List<Event> many = Collections.nCopies(20, new Event(bytes("x")));
            QueueFullException full = assertThrows(QueueFullException.class,
                () -> sdk.postWait(slow.id(), many, Duration.ofMillis(250)));
            assertTrue(full.accepted() > 0 && full.accepted() < 20, () -> "accepted " + full.accepted());
            Thread.currentThread().interrupt();
            assertThrows(InterruptedException.class, () -> sdk.postWait(slow.id(), many, Parts.DEADLINE));
            gate.countDown();
            sdk.postWait(slow.id(), many, Parts.DEADLINE);
        }
    }

    @Test
    void setOutput() {
        List<String> found = new ArrayList<>();
        sdk.setOutput(output -> found.add(text(output.payload())));
        daemon.deliver(bytes("heard"));
        sdk.setOutput(output -> {
            throw new IllegalStateException("an output function that throws");
        });
        assertEquals(1, daemon.deliver(bytes("goes on")).size());
        sdk.setOutput(null);
        daemon.deliver(bytes("not heard"));
        assertEquals(List.of("heard"), found);
    }

    @Test
    void subscriptions() throws Exception {
        Parts.Recorder target = new Parts.Recorder();
        try (Daemon second = sdk.register("target", seed(4), target)) {
            sdk.subscribe(daemon.id(), second.id());
            daemon.deliver(bytes("passed on"));
            sdk.flush();
            sdk.unsubscribe(daemon.id(), second.id());
            daemon.deliver(bytes("not passed on"));
            sdk.flush();
            assertEquals(1, target.events.size());
            assertEquals(daemon.id(), target.events.get(0).originHash());
            assertEquals("not_found", assertThrows(MeshosException.class,
                () -> sdk.unsubscribe(daemon.id(), second.id())).kind());
        }
    }

    @Test
    void anEmitterAfterItsTime() {
        List<Emitter> kept = new ArrayList<>();
        try (Daemon keeps = sdk.register("keeps", seed(5), (event, emitter) -> kept.add(emitter))) {
            keeps.deliver(new byte[0]);
            assertThrows(IllegalStateException.class, () -> kept.get(0).emit(new byte[0]));
        }
    }

    @Test
    void logs() throws Exception {
        CountDownLatch came = new CountDownLatch(1);
        List<LogRecord> found = Collections.synchronizedList(new ArrayList<>());
        sdk.onLog(LogLevel.INFO, line -> {
            found.add(line);
            if (line.message().equals("the last\0✓")) {
                came.countDown();
            }
        });
        daemon.log(LogLevel.DEBUG, "too quiet");
        daemon.log(LogLevel.WARN, "the last\0✓");
        Parts.await(came);
        sdk.onLog(LogLevel.TRACE, null);
        LogRecord last = found.get(found.size() - 1);
        assertEquals(LogLevel.WARN, last.level());
        assertEquals(daemon.id(), last.daemonId());
        assertTrue(found.stream().noneMatch(line -> line.message().equals("too quiet")));
        assertTrue(sdk.logsJson(0, 0).contains("too quiet"));
        assertTrue(sdk.logsJson(1, 1).startsWith("[{\"seq\":2,"), sdk.logsJson(1, 1));
    }

    @Test
    void manyThreads() throws Exception {
        List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
        List<Thread> threads = IntStream.range(0, 8).mapToObj(number -> new Thread(() -> {
            try {
                for (int round = 0; round < 20; round++) {
                    Parts.Recorder recorder = new Parts.Recorder();
                    try (Daemon own = sdk.register("t", seed(100 + number * 20 + round), recorder)) {
                        own.post(bytes("a"));
                        own.deliver(bytes("b"));
                        assertEquals(List.of("a", "b"), recorder.events.stream().map(e -> text(e.payload())).toList());
                    }
                }
            } catch (Throwable thrown) {
                failures.add(thrown);
            }
        })).toList();
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join(Parts.DEADLINE.toMillis());
        }
        assertEquals(List.of(), failures);
    }

    @Test
    void aCallbackMakesCalls() {
        try (Daemon nested = sdk.register("nested", seed(6), (event, emitter) -> {
            emitter.emit(daemon.deliver(event.payload()).get(0).payload());
            daemon.post(bytes("and posts"));
        })) {
            assertEquals("hi", text(nested.deliver(bytes("hi")).get(0).payload()));
        }
    }
}
