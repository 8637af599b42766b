import java.util.concurrent.atomic.AtomicInteger;

/**
 * A Java host on JNI: {@code JniHost JNI-LIBRARY PART}, parts as in JnaHost. The callbacks come on threads of the
 * library, which are attached to the virtual machine for each of them.
 */
public final class JniHost {
    private static final int THREADS = 8;
    private static final AtomicInteger processed = new AtomicInteger();
    private static volatile boolean withFaults;

    static native long start();

    static native void end(long sdk);

    static native long register(long sdk, int number);

    static native void free(long handle);

    static native void feed(long sdk, long handle, int events);

    /** Called by the C side for each event. */
    static void process(long sequence) {
        processed.incrementAndGet();
        if (withFaults && sequence == 0) {
            Faults.all(false);
        }
    }

    public static void main(String[] arguments) throws Exception {
        System.load(arguments[0]);
        long sdk = start();
        switch (arguments[1]) {
            case "exceptions" -> {
                Faults.all(true);
                withFaults = true;
                live(sdk);
                Faults.all(true);
            }
            case "signals" -> {
                Thread beside = new Thread(() -> live(sdk));
                beside.start();
                Signals.all();
                beside.join();
            }
            case "exit" -> {
                long handle = register(sdk, 1);
                Thread feeder = new Thread(() -> {
                    while (true) {
                        feed(sdk, handle, 20);
                    }
                });
                feeder.setDaemon(true);
                feeder.start();
                while (processed.get() < 100) {
                    Thread.onSpinWait();
                }
                System.exit(23);
            }
            default -> throw new IllegalArgumentException(arguments[1]);
        }
        end(sdk);
    }

    private static void live(long sdk) {
        processed.set(0);
        AtomicInteger failed = new AtomicInteger();
        Thread[] threads = new Thread[THREADS];
        for (int i = 0; i < THREADS; i++) {
            int number = i;
            threads[i] = new Thread(() -> {
                for (int round = 0; round < 20; round++) {
                    long handle = register(sdk, number);
                    feed(sdk, handle, 20);
                    free(handle);
                    Faults.all(false);
                }
            });
            threads[i].setUncaughtExceptionHandler((thread, failure) -> {
                failure.printStackTrace();
                failed.incrementAndGet();
            });
            threads[i].start();
        }
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException impossible) {
                throw new AssertionError(impossible);
            }
        }
        if (failed.get() > 0 || processed.get() != THREADS * 20 * 40) {
            throw new AssertionError(failed + " threads failed, " + processed + " events");
        }
    }
}
