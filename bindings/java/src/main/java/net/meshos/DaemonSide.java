package net.meshos;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** What belongs to one registration. */
final class DaemonSide {
    final DaemonCallbacks callbacks;
    private final String name;
    private volatile Throwable lastException;
    private long handle; // 0 until the registration has returned: the first callback may come before; guarded by this
    private final List<String> early = new ArrayList<>(); // guarded by this

    DaemonSide(String name, DaemonCallbacks callbacks) {
        this.name = name;
        this.callbacks = callbacks;
    }

    /** With a function only for what the class of the callbacks overrides. */
    Calls.Vtable table() {
        Calls.Vtable table = new Calls.Vtable();
        table.process = Bridge.PROCESS;
        table.snapshot = overrides("snapshot") ? Bridge.SNAPSHOT : null;
        table.restore = overrides("restore", byte[].class) ? Bridge.RESTORE : null;
        table.onControl = overrides("onControl", ControlEvent.class) ? Bridge.ON_CONTROL : null;
        table.health = overrides("health") ? Bridge.HEALTH : null;
        table.saturation = overrides("saturation") ? Bridge.SATURATION : null;
        return table;
    }

    private boolean overrides(String method, Class<?>... parameters) {
        try {
            return callbacks.getClass().getMethod(method, parameters).getDeclaringClass() != DaemonCallbacks.class;
        } catch (NoSuchMethodException impossible) {
            throw new AssertionError(impossible);
        }
    }

    synchronized void registered(long newHandle) {
        handle = newHandle;
        early.forEach(this::publish);
        early.clear();
    }

    /** Keeps what a callback threw where people look: in the SDK's log, in Java's, and with the daemon. */
    void failed(String what, Throwable thrown) {
        lastException = thrown;
        Raised.add(what, thrown);
        synchronized (this) {
            String line = what + ": " + thrown;
            if (handle == 0) {
                early.add(line);
            } else {
                publish(line);
            }
        }
        Bridge.LOGGER.log(System.Logger.Level.ERROR, what + " of the daemon \"" + name + "\" failed", thrown);
    }

    private void publish(String line) {
        byte[] text = line.getBytes(StandardCharsets.UTF_8);
        Calls.net_meshos_publish_log(handle, LogLevel.ERROR.ordinal(), text, text.length);
    }

    Throwable lastException() {
        return lastException;
    }
}
