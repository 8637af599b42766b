package net.meshos;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The virtual machine ends while daemons run. */
class ExitTest {
    /** Left as it is: callbacks run, events wait, another thread waits. */
    public static final class Busy {
        public static void main(String[] arguments) throws Exception {
            Sdk sdk = Sdk.start(new Config().set("tick_interval_ms", 1));
            Parts.Recorder work = new Parts.Recorder();
            Daemon daemon = sdk.register("busy", Parts.seed(1), work);
            Daemon waits = sdk.register("waits", Parts.seed(2));
            sdk.onLog(LogLevel.TRACE, line -> { });
            sdk.setOutput(output -> { });
            start(() -> {
                while (true) {
                    try {
                        daemon.post(Parts.bytes("event"));
                    } catch (QueueFullException full) {
                        sdk.flush();
                    }
                }
            });
            start(waits::nextControl);
            while (work.events.size() < 1000) {
                Thread.onSpinWait();
            }
            if (arguments[0].equals("exit")) {
                System.exit(23);
            }
        }

        private static void start(org.junit.jupiter.api.function.Executable body) {
            Thread thread = new Thread(() -> {
                try {
                    body.execute();
                } catch (Throwable thrown) {
                    thrown.printStackTrace();
                }
            });
            thread.setDaemon(true);
            thread.start();
        }
    }

    private static void run(String how, int status) throws Exception {
        Process process = new ProcessBuilder(List.of(
            System.getProperty("java.home") + "/bin/java", "-XX:-CreateCoredumpOnCrash",
            "-cp", System.getProperty("java.class.path"), Busy.class.getName(), how))
            .redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes());
        assertTrue(process.waitFor(Parts.DEADLINE.toSeconds(), TimeUnit.SECONDS));
        assertEquals("", output);
        assertEquals(status, process.exitValue());
    }

    @Test
    void exit() throws Exception {
        run("exit", 23);
    }

    @Test
    void endOfMain() throws Exception {
        run("return", 0);
    }
}
