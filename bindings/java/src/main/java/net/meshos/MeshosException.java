package net.meshos;

/** A call that failed. */
public class MeshosException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String kind;
    private final int status;

    MeshosException(String kind, String message, int status) {
        super(kind + ": " + message);
        this.kind = kind;
        this.status = status;
    }

    /**
     * The kind of the failure.
     *
     * @return a stable word to branch on, such as "register_failed"
     */
    public String kind() {
        return kind;
    }

    /**
     * What the C call returned.
     *
     * @return -1 to -4
     */
    public int status() {
        return status;
    }

    /** The calling thread's last error. Of a call that returns no status, that is 0. */
    static MeshosException last(int status) {
        String kind = Calls.constant(Calls.net_meshos_last_error_kind());
        if (kind == null) {
            return new MeshosException("unknown", "the call failed without a word", status);
        }
        int known = status != 0 ? status : switch (kind) {
            case "invalid_handle" -> -1;
            case "invalid_argument" -> -3;
            case "already_shutdown" -> -4;
            default -> -2;
        };
        return new MeshosException(kind, Calls.constant(Calls.net_meshos_last_error_message()), known);
    }

    static void check(int status) {
        if (status != 0) {
            throw last(status);
        }
    }
}
