package net.meshos;

/** Adds outputs to the event that {@link DaemonCallbacks#process} handles. It works within that call only. */
public interface Emitter {
    /**
     * Adds an output. The bytes are copied.
     *
     * @param payload its bytes
     * @throws IllegalStateException if process has returned
     */
    void emit(byte[] payload);
}
