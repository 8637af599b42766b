package net.meshos;

/** What the callbacks throw that a call makes on its own thread. */
final class Raised implements AutoCloseable {
    private static final ThreadLocal<Raised> INSIDE = new ThreadLocal<>();

    private final Raised outer = INSIDE.get();
    private final String what;
    private Throwable found;

    /** From here on: what the callback of this name throws. */
    Raised(String what) {
        this.what = what;
        INSIDE.set(this);
    }

    static void add(String what, Throwable thrown) {
        Raised inside = INSIDE.get();
        if (inside != null && inside.what.equals(what)) {
            inside.found = thrown;
        }
    }

    /** Null if it threw nothing. */
    Throwable found() {
        return found;
    }

    /** Throws the failure of the call, if it failed, because of what was found. */
    void check(int status) {
        if (status != 0) {
            MeshosException error = MeshosException.last(status);
            if (found != null && error.kind().equals(what + "_failed")) {
                error.initCause(found);
            }
            throw error;
        }
    }

    @Override
    public void close() {
        if (outer == null) {
            INSIDE.remove();
        } else {
            INSIDE.set(outer);
        }
    }
}
