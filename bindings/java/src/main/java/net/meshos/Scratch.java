package net.meshos;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** Memory for the structures that calls read and write. */
final class Scratch {
    /** NetMeshOsEvent: four numbers of 8 bytes. */
    private static final int EVENT_SIZE = 32;
    private static final int KEPT = 1 << 20;
    private static final ThreadLocal<Scratch> OF_THREAD = ThreadLocal.withInitial(Scratch::new);

    /** NetMeshOsDaemonControl: an int at 0, a long at 8, a float at 16. */
    private final ByteBuffer control = allocate(24);
    private ByteBuffer events = allocate(4096);
    private long address = addressOf(events);

    private static ByteBuffer allocate(int size) {
        return ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder());
    }

    private static long addressOf(ByteBuffer buffer) {
        return Pointer.nativeValue(Native.getDirectBufferPointer(buffer));
    }

    /** This thread's. It may be used until the next call on this thread, so by no call that runs callbacks on it. */
    static Scratch ofThread() {
        return OF_THREAD.get();
    }

    /** One for a call that may run callbacks on its thread. */
    static ByteBuffer single(Event event) {
        return new Scratch().write(List.of(event));
    }

    ByteBuffer control() {
        return control;
    }

    static ControlEvent read(ByteBuffer control) {
        int kind = control.getInt(0);
        return kind == 0 ? null : ControlEvent.of(kind, control.getLong(8), control.getFloat(16));
    }

    /** An array of NetMeshOsEvent, and the payloads after it. */
    ByteBuffer write(List<Event> list) {
        long size = (long) EVENT_SIZE * list.size();
        for (Event event : list) {
            size += event.payload().length;
        }
        ByteBuffer target = events;
        long base = address;
        if (size > target.capacity()) {
            target = allocate(Math.toIntExact(Math.max(size, Math.min(KEPT, size * 2))));
            base = addressOf(target);
            if (size <= KEPT) {
                events = target;
                address = base;
            }
        }
        int at = 0;
        int payloadAt = EVENT_SIZE * list.size();
        for (Event event : list) {
            byte[] payload = event.payload();
            target.putLong(at, event.originHash()).putLong(at + 8, event.sequence());
            target.putLong(at + 16, base + payloadAt).putLong(at + 24, payload.length);
            target.put(payloadAt, payload);
            at += EVENT_SIZE;
            payloadAt += payload.length;
        }
        return target;
    }
}
