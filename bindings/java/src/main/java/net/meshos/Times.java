package net.meshos;

import java.time.Duration;

/** Milliseconds of the C interface. They are unsigned; -1 is the longest time there is. */
final class Times {
    static final long FOREVER = -1;
    /** The longest wait in one call, so that an interrupt is heard. */
    static final long PIECE_MS = 100;

    private static final Duration LONGEST = Duration.ofMillis(Long.MAX_VALUE);

    private Times() {
    }

    /** At least 1, for 0 has a meaning of its own in C; rounded up. */
    static long milliseconds(String name, Duration time) {
        if (time.isNegative()) {
            throw new IllegalArgumentException(name + " must not be negative, and is " + time);
        }
        if (time.compareTo(LONGEST) >= 0) {
            return Long.MAX_VALUE;
        }
        long whole = time.toMillis();
        return Math.max(1, time.equals(Duration.ofMillis(whole)) ? whole : whole + 1);
    }

    static Duration duration(long unsignedMs) {
        return unsignedMs < 0 ? LONGEST : Duration.ofMillis(unsignedMs);
    }
}
