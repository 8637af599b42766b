package net.meshos;

import com.sun.jna.Callback;
import com.sun.jna.CallbackThreadInitializer;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Carries the library's calls over to the objects of this program.
 *
 * <p>The functions that the library gets are the same for all daemons and stay as long as this class. What it hands back
 * with each call is a number, under which the daemon's object is found here until destroy has said that no callback
 * comes any more.
 */
final class Bridge {
    static final System.Logger LOGGER = System.getLogger("net.meshos");
    /** The status of an event whose callback threw. */
    static final int FAILED = -1;

    private static final AtomicLong NUMBERS = new AtomicLong();
    private static final Map<Long, DaemonSide> DAEMONS = new ConcurrentHashMap<>();
    private static final Map<Long, Consumer<Output>> OUTPUTS = new ConcurrentHashMap<>();
    private static final Map<Long, Consumer<LogRecord>> LOGS = new ConcurrentHashMap<>();

    /**
     * Threads of the library that have made a callback are the virtual machine's from then on, and don't keep it
     * running. To attach them for each callback anew would cost more than the callback.
     */
    private static final CallbackThreadInitializer THREADS = new CallbackThreadInitializer(true, false, "net_meshos");

    static final Calls.ProcessFn PROCESS = attached(Bridge::process);
    static final Calls.SnapshotFn SNAPSHOT = attached(Bridge::snapshot);
    static final Calls.RestoreFn RESTORE = attached(Bridge::restore);
    static final Calls.OnControlFn ON_CONTROL = attached(Bridge::onControl);
    static final Calls.HealthFn HEALTH = attached(Bridge::health);
    static final Calls.SaturationFn SATURATION = attached(Bridge::saturation);
    static final Calls.DestroyFn DESTROY = attached(DAEMONS::remove);
    static final Calls.OutputFn OUTPUT = attached(Bridge::output);
    static final Calls.LogFn LOG = attached(Bridge::log);

    private Bridge() {
    }

    private static <T extends Callback> T attached(T callback) {
        Native.setCallbackThreadInitializer(callback, THREADS);
        return callback;
    }

    static long add(DaemonSide daemon) {
        long number = NUMBERS.incrementAndGet();
        DAEMONS.put(number, daemon);
        return number;
    }

    static void removeDaemon(long number) {
        DAEMONS.remove(number);
    }

    static long addOutput(Consumer<Output> function) {
        long number = NUMBERS.incrementAndGet();
        OUTPUTS.put(number, function);
        return number;
    }

    static long addLog(Consumer<LogRecord> function) {
        long number = NUMBERS.incrementAndGet();
        LOGS.put(number, function);
        return number;
    }

    static void removeFunction(long number) {
        OUTPUTS.remove(number);
        LOGS.remove(number);
    }

    private static int process(long ctx, long emit, long originHash, long sequence, Pointer payload, long length) {
        DaemonSide daemon = DAEMONS.get(ctx);
        if (daemon == null) {
            return FAILED;
        }
        EmitterOf emitter = new EmitterOf(emit);
        try {
            daemon.callbacks.process(new Event(Calls.bytes(payload, length), originHash, sequence), emitter);
            return 0;
        } catch (Throwable thrown) {
            daemon.failed("process", thrown);
            return FAILED;
        } finally {
            emitter.end();
        }
    }

    private static void snapshot(long ctx, long emit) {
        DaemonSide daemon = DAEMONS.get(ctx);
        if (daemon == null) {
            return;
        }
        try {
            byte[] state = daemon.callbacks.snapshot();
            if (state != null) {
                Calls.net_meshos_snapshot_emit(emit, state, state.length);
            }
        } catch (Throwable thrown) {
            daemon.failed("snapshot", thrown);
        }
    }

    private static int restore(long ctx, Pointer state, long length) {
        DaemonSide daemon = DAEMONS.get(ctx);
        if (daemon == null) {
            return FAILED;
        }
        try {
            daemon.callbacks.restore(Calls.bytes(state, length));
            return 0;
        } catch (Throwable thrown) {
            daemon.failed("restore", thrown);
            return FAILED;
        }
    }

    private static void onControl(long ctx, int kind, long graceMs, float level) {
        DaemonSide daemon = DAEMONS.get(ctx);
        if (daemon == null) {
            return;
        }
        try {
            daemon.callbacks.onControl(ControlEvent.of(kind, graceMs, level));
        } catch (Throwable thrown) {
            daemon.failed("onControl", thrown);
        }
    }

    private static int health(long ctx) {
        DaemonSide daemon = DAEMONS.get(ctx);
        if (daemon == null) {
            return 0;
        }
        try {
            return daemon.callbacks.health().ordinal();
        } catch (Throwable thrown) {
            daemon.failed("health", thrown);
            return Health.UNHEALTHY.ordinal(); // a daemon that can't say how it is isn't well
        }
    }

    private static float saturation(long ctx) {
        DaemonSide daemon = DAEMONS.get(ctx);
        if (daemon == null) {
            return 0;
        }
        try {
            return (float) daemon.callbacks.saturation();
        } catch (Throwable thrown) {
            daemon.failed("saturation", thrown);
            return 0;
        }
    }

    private static void output(long ctx, long daemonId, long inOriginHash, long inSequence, long outSequence,
                               Pointer payload, long length) {
        Consumer<Output> function = OUTPUTS.get(ctx);
        if (function == null) {
            return;
        }
        try {
            function.accept(
                new Output(daemonId, inOriginHash, inSequence, outSequence, Calls.bytes(payload, length)));
        } catch (Throwable thrown) {
            LOGGER.log(System.Logger.Level.ERROR, "the output function failed", thrown);
        }
    }

    private static void log(long ctx, long seq, long unixMs, int level, long daemonId, Pointer message, long length) {
        Consumer<LogRecord> function = LOGS.get(ctx);
        if (function == null) {
            return;
        }
        try {
            String line = new String(Calls.bytes(message, length), StandardCharsets.UTF_8);
            function.accept(new LogRecord(seq, unixMs, LogLevel.of(level), daemonId, line));
        } catch (Throwable thrown) {
            LOGGER.log(System.Logger.Level.ERROR, "the log function failed", thrown);
        }
    }

    private static final class EmitterOf implements Emitter {
        private volatile long context;

        EmitterOf(long context) {
            this.context = context;
        }

        @Override
        public void emit(byte[] payload) {
            long now = context;
            if (now == 0) {
                throw new IllegalStateException("an emitter works only until process returns");
            }
            Calls.net_meshos_process_emit(now, payload, payload.length);
        }

        void end() {
            context = 0;
        }
    }
}
