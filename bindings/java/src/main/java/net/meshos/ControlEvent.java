package net.meshos;

import java.time.Duration;

/**
 * What a daemon is told.
 *
 * @param kind says which of the others means something; the rest are zero
 * @param grace the time that is left
 * @param level how far to slow down, 0.0 to 1.0
 */
public record ControlEvent(ControlKind kind, Duration grace, float level) {
    static ControlEvent of(int kind, long graceMs, float level) {
        return new ControlEvent(ControlKind.of(kind), Times.duration(graceMs), level);
    }
}
