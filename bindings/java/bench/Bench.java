import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Semaphore;
import net.meshos.Daemon;
import net.meshos.Event;
import net.meshos.Sdk;

/** What calls cost from Java. Prints "name value unit" lines. */
public final class Bench {
    private static final int EVENTS = 50_000; // fewer than an inbox holds
    private static final int BATCH = 256;
    private static final int ROUNDS = 8;

    private interface Work {
        void run() throws Exception;
    }

    /** Nanoseconds of the fastest round. */
    private static double best(Work prepare, Work work, Work after) throws Exception {
        double best = Double.MAX_VALUE;
        for (int round = 0; round < ROUNDS; round++) {
            prepare.run();
            long begin = System.nanoTime();
            work.run();
            best = Math.min(best, System.nanoTime() - begin);
            after.run();
        }
        return best;
    }

    public static void main(String[] arguments) throws Exception {
        // The first event of a round is held while the posts are timed, so that nothing else uses the processors.
        Semaphore entered = new Semaphore(0);
        Semaphore gate = new Semaphore(0);
        byte[] payload = "sixteen bytes ok".getBytes();
        try (Sdk sdk = Sdk.start(); Daemon daemon = sdk.register("bench", new byte[32], (event, emitter) -> {
            if (event.originHash() == 0) {
                entered.release();
                gate.acquire();
            }
        })) {
            Work close = () -> {
                daemon.post(payload);
                entered.acquire();
            };
            Work open = () -> {
                gate.release();
                sdk.flush();
            };
            double single = best(close, () -> {
                for (int i = 0; i < EVENTS; i++) {
                    daemon.post(new Event(payload, 1, i));
                }
            }, open);
            double batches = best(close, () -> {
                List<Event> batch = new ArrayList<>(Collections.nCopies(BATCH, null));
                for (int first = 0; first + BATCH <= EVENTS; first += BATCH) {
                    for (int i = 0; i < BATCH; i++) {
                        batch.set(i, new Event(payload, 1, first + i));
                    }
                    sdk.post(daemon.id(), batch);
                }
            }, open);
            double control = best(() -> { }, () -> {
                for (int i = 0; i < EVENTS; i++) {
                    daemon.tryNextControl();
                }
            }, () -> { });
            int inBatches = EVENTS / BATCH * BATCH;
            System.out.printf("post %.0f events/s%n", EVENTS / single * 1e9);
            System.out.printf("post_batch_%d %.0f events/s%n", BATCH, inBatches / batches * 1e9);
            System.out.printf("try_next_control %.0f ns%n", control / EVENTS);
        }
    }
}
