package net.meshos;

/** How much a log line matters. */
public enum LogLevel {
    /** Each step. */
    TRACE,
    /** For those who look for a fault. */
    DEBUG,
    /** What happens. */
    INFO,
    /** What should be looked at. */
    WARN,
    /** What went wrong. */
    ERROR;

    static LogLevel of(int number) {
        return values()[Math.max(0, Math.min(number, ERROR.ordinal()))];
    }
}
