import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import sun.misc.Signal;

/** Each signal that comes from outside reaches its Java handler, while other threads call the library. */
final class Signals {
    private static final int TIMES = 30;

    private Signals() { }

    static void all() throws Exception {
        String self = Long.toString(ProcessHandle.current().pid());
        for (String name : new String[] {"TERM", "INT", "HUP", "USR2", "WINCH", "ALRM", "CHLD"}) {
            Semaphore seen = new Semaphore(0);
            Signal.handle(new Signal(name), found -> seen.release());
            for (int i = 0; i < TIMES; i++) {
                if (name.equals("CHLD")) {
                    new ProcessBuilder("true").start().waitFor();
                } else {
                    new ProcessBuilder("kill", "-" + name, self).start().waitFor();
                }
                if (!seen.tryAcquire(600, TimeUnit.SECONDS)) {
                    throw new AssertionError(name + " number " + i + " has not come");
                }
            }
        }
    }
}
