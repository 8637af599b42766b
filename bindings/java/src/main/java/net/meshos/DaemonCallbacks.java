package net.meshos;

/**
 * A daemon's work. A lambda will do for {@link #process}; what else a daemon has, its class overrides.
 *
 * <p>The methods are called from threads of the library, one at a time for a daemon. What a method throws becomes a
 * failure of the event, an error line in the log of the SDK, and {@link Daemon#lastException()}.
 */
@FunctionalInterface
public interface DaemonCallbacks {
    /**
     * Handles an event, and emits any number of outputs.
     *
     * @param event the event
     * @param emitter takes the outputs
     * @throws Exception for a failure
     */
    void process(Event event, Emitter emitter) throws Exception;

    /**
     * Gives the daemon's state.
     *
     * @return the state, or null for none
     * @throws Exception for a failure
     */
    default byte[] snapshot() throws Exception {
        return null;
    }

    /**
     * Takes back what {@link #snapshot()} gave.
     *
     * @param state the state
     * @throws Exception for a failure
     */
    default void restore(byte[] state) throws Exception {
    }

    /**
     * Hears each control event; it can still be received.
     *
     * @param event the control event
     * @throws Exception for a failure
     */
    default void onControl(ControlEvent event) throws Exception {
    }

    /**
     * Is asked every tick.
     *
     * @return how the daemon is
     * @throws Exception makes the daemon unhealthy
     */
    default Health health() throws Exception {
        return Health.HEALTHY;
    }

    /**
     * Is asked every tick how busy the daemon is.
     *
     * @return 0.0 to 1.0
     * @throws Exception for a failure; it counts as 0.0
     */
    default double saturation() throws Exception {
        return 0;
    }
}
