import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A Java host on JNA: {@code JnaHost LIBRARY PART}. Parts: exceptions (see Faults), signals (see Signals), exit (the
 * virtual machine ends while callbacks run).
 */
public final class JnaHost {
    private static final int THREADS = 8;

    public static void main(String[] arguments) throws Exception {
        Meshos meshos = Meshos.open(arguments[0]);
        Pointer sdk = meshos.start();
        switch (arguments[1]) {
            case "exceptions" -> {
                Faults.all(true);
                live(meshos, sdk, () -> Faults.all(false));
                Faults.all(true);
            }
            case "signals" -> live(meshos, sdk, () -> { }, Signals::all);
            case "exit" -> exit(meshos, sdk);
            default -> throw new IllegalArgumentException(arguments[1]);
        }
        meshos.check(meshos.net_meshos_sdk_shutdown(sdk));
        meshos.net_meshos_sdk_free(sdk);
    }

    interface Work {
        void run() throws Exception;
    }

    /** Threads that call; {@code between} runs on each of them, and within its callbacks. */
    private static void live(Meshos meshos, Pointer sdk, Runnable between, Work... beside) throws Exception {
        Thread[] threads = new Thread[THREADS];
        AtomicInteger done = new AtomicInteger();
        for (int i = 0; i < THREADS; i++) {
            int number = i;
            threads[i] = new Thread(() -> {
                for (int round = 0; round < 10; round++) {
                    rounds(meshos, sdk, number, between);
                    between.run();
                }
                done.incrementAndGet();
            });
            threads[i].start();
        }
        for (Work work : beside) {
            work.run();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        if (done.get() != THREADS) {
            throw new AssertionError(done + " threads came to their end");
        }
    }

    private static void rounds(Meshos meshos, Pointer sdk, int number, Runnable within) {
        AtomicInteger processed = new AtomicInteger();
        Meshos.Vtable table = new Meshos.Vtable();
        table.process = (ctx, emit, origin, sequence, payload, length) -> {
            processed.incrementAndGet();
            if (sequence == 0) {
                within.run();
            }
            meshos.net_meshos_process_emit(emit, payload.getByteArray(0, (int) length), length);
            return 0;
        };
        Pointer handle = meshos.register(sdk, number, table);
        long id = meshos.net_meshos_handle_daemon_id(handle);
        for (int i = 0; i < 20; i++) {
            meshos.check(meshos.net_meshos_ext_deliver(sdk, id, event(i), null, null));
            meshos.check(meshos.net_meshos_ext_post(sdk, id, event(i), 1, null));
        }
        meshos.check(meshos.net_meshos_ext_flush(sdk, id, 0));
        meshos.net_meshos_handle_free(handle);
        if (processed.get() != 40) {
            throw new AssertionError(processed + " of 40 events");
        }
    }

    private static Meshos.Event event(long sequence) {
        Meshos.Event event = new Meshos.Event();
        event.sequence = sequence;
        event.payload = new Memory(5);
        event.length = 5;
        return event;
    }

    /** Events come without end, and System.exit doesn't wait for them. */
    private static void exit(Meshos meshos, Pointer sdk) throws Exception {
        AtomicInteger processed = new AtomicInteger();
        Meshos.Vtable table = new Meshos.Vtable();
        table.process = (ctx, emit, origin, sequence, payload, length) -> {
            synchronized (processed) {
                processed.incrementAndGet();
                processed.notifyAll();
            }
            return 0;
        };
        long id = meshos.net_meshos_handle_daemon_id(meshos.register(sdk, 1, table));
        Thread feeder = new Thread(() -> {
            for (Meshos.Event event = event(1);;) {
                if (meshos.net_meshos_ext_post(sdk, id, event, 1, null) != 0) {
                    meshos.net_meshos_ext_flush(sdk, id, 0);
                }
            }
        });
        feeder.setDaemon(true);
        feeder.start();
        synchronized (processed) {
            while (processed.get() < 100) {
                processed.wait();
            }
        }
        System.exit(23);
    }
}
