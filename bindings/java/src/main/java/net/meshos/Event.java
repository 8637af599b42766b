package net.meshos;

/**
 * An event for a daemon. The array is not copied.
 *
 * @param payload its bytes
 * @param originHash who it comes from, a number of the sender's; unsigned
 * @param sequence which it is, a number of the sender's; unsigned
 */
public record Event(byte[] payload, long originHash, long sequence) {
    /**
     * An event of nobody's.
     *
     * @param payload its bytes
     */
    public Event(byte[] payload) {
        this(payload, 0, 0);
    }
}
