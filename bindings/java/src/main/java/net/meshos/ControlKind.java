package net.meshos;

/** What a control event tells a daemon. */
public enum ControlKind {
    /** End within the grace time. */
    SHUTDOWN(1),
    /** Finish what is queued within the grace time. */
    DRAIN_START(2),
    /** The drain is over. */
    DRAIN_FINISH(3),
    /** Slow down by the level. */
    BACKPRESSURE_ON(4),
    /** Go on as usual. */
    BACKPRESSURE_OFF(5),
    /** Newer than this package: ignore it. */
    UNKNOWN(99);

    private final int number;

    ControlKind(int number) {
        this.number = number;
    }

    static ControlKind of(int number) {
        for (ControlKind kind : values()) {
            if (kind.number == number) {
                return kind;
            }
        }
        return UNKNOWN;
    }
}
