package net.meshos;

/** There was no room for all events that were posted. */
public final class QueueFullException extends MeshosException {
    private static final long serialVersionUID = 1;

    private final int accepted;

    QueueFullException(MeshosException error, int accepted) {
        super(error.kind(), error.getMessage().substring(error.kind().length() + 2), error.status());
        this.accepted = accepted;
    }

    /**
     * How many events were taken, counted from the first. Post the others again.
     *
     * @return their number
     */
    public int accepted() {
        return accepted;
    }
}
