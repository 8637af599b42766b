package net.meshos;

/**
 * A line of an SDK's log.
 *
 * @param seq its number, from 1, without gaps
 * @param unixMs when it was written, in milliseconds since 1970
 * @param level how much it matters
 * @param daemonId the daemon that wrote it, or that it is about; unsigned; 0: the supervisor's
 * @param message the line
 */
public record LogRecord(long seq, long unixMs, LogLevel level, long daemonId, String message) {
}
