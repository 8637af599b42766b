package net.meshos;

/** How a daemon is. */
public enum Health {
    /** All is well. */
    HEALTHY,
    /** It works, and not as it should. */
    DEGRADED,
    /** It doesn't work. */
    UNHEALTHY
}
