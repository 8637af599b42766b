package net.meshos;

/**
 * What a daemon emitted. All numbers are unsigned.
 *
 * @param daemonId the daemon
 * @param inOriginHash the origin of the event that it processed
 * @param inSequence the sequence of the event that it processed
 * @param outSequence the output's number, from 1, without gaps, for each daemon
 * @param payload its bytes
 */
public record Output(long daemonId, long inOriginHash, long inSequence, long outSequence, byte[] payload) {
}
