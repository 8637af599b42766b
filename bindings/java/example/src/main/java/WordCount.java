import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import net.meshos.Config;
import net.meshos.Daemon;
import net.meshos.DaemonCallbacks;
import net.meshos.Emitter;
import net.meshos.Event;
import net.meshos.LogLevel;
import net.meshos.MeshosException;
import net.meshos.QueueFullException;
import net.meshos.Sdk;

/**
 * Two daemons count the words of a text: one splits lines, the other counts, and its counts survive this process:
 * {@code WordCount TEXT STATE}. STATE is a file with the counts so far; it is made if it isn't there. A daemon that fails
 * at a line goes on with the next one, and the log says why.
 */
public final class WordCount {
    private static void split(Event event, Emitter emitter) throws CharacterCodingException {
        // A line that isn't UTF-8 fails, with that reason.
        String line = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(event.payload())).toString();
        for (String word : line.toLowerCase().split("\\W+")) {
            if (!word.isEmpty()) {
                emitter.emit(word.getBytes(StandardCharsets.UTF_8));
            }
        }
    }

    private static final class Tally implements DaemonCallbacks {
        final Map<String, Long> words = new TreeMap<>();

        @Override
        public void process(Event event, Emitter emitter) {
            words.merge(new String(event.payload(), StandardCharsets.UTF_8), 1L, Long::sum);
        }

        @Override
        public byte[] snapshot() {
            StringBuilder lines = new StringBuilder();
            words.forEach((word, count) -> lines.append(word).append(' ').append(count).append('\n'));
            return lines.toString().getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public void restore(byte[] state) {
            words.clear();
            new String(state, StandardCharsets.UTF_8).lines().map(line -> line.split(" "))
                .forEach(fields -> words.put(fields[0], Long.valueOf(fields[1])));
        }
    }

    /** A real program keeps 32 secret random bytes for each daemon. This one has no secrets. */
    private static byte[] seed(String name) throws Exception {
        return MessageDigest.getInstance("SHA-256").digest(("wordcount " + name).getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] readLine(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int c;
        while ((c = in.read()) >= 0 && c != '\n') {
            line.write(c);
        }
        return c < 0 && line.size() == 0 ? null : line.toByteArray();
    }

    public static void main(String[] arguments) throws Exception {
        if (arguments.length != 2) {
            System.err.println("usage: WordCount TEXT STATE");
            System.exit(2);
        }
        // What a callback throws is also printed by Java's own logging; here the log of the SDK is enough.
        java.util.logging.Logger.getLogger("net.meshos").setLevel(java.util.logging.Level.OFF);
        try {
            if (!count(Path.of(arguments[0]), Path.of(arguments[1]))) {
                System.exit(1);
            }
        } catch (IOException | MeshosException error) {
            System.err.println("WordCount: " + error);
            System.exit(1);
        }
    }

    /** What can't be written is said before the work, and the text is never written over. */
    private static void checkWritable(Path text, Path state) throws IOException {
        Path next = Path.of(state + ".new");
        for (Path file : new Path[] {state, next}) {
            if (Files.isDirectory(file)) {
                throw new FileSystemException(file.toString(), null, "it is a folder");
            }
            if (Files.exists(file) && Files.isSameFile(file, text)) {
                throw new FileSystemException(file.toString(), null, "it is the text, and is not written over");
            }
        }
        Files.write(next, new byte[0]);
        Files.delete(next);
    }

    private static boolean count(Path text, Path state) throws Exception {
        text.getFileSystem().provider().checkAccess(text); // there is a text
        checkWritable(text, state);
        Tally tally = new Tally();
        boolean[] failed = new boolean[1];
        try (InputStream in = new BufferedInputStream(Files.newInputStream(text));
             Sdk sdk = Sdk.start(new Config().set("backpressure_on", 50_000))) {
            sdk.onLog(LogLevel.ERROR, line -> System.err.println("error: " + line.message()));
            Daemon splitter = sdk.register("splitter", seed("splitter"), WordCount::split);
            Daemon counter = sdk.register("counter", seed("counter"), tally);
            sdk.subscribe(splitter.id(), counter.id());
            if (Files.exists(state)) {
                sdk.restore(counter.id(), Files.readAllBytes(state));
            }
            byte[] line;
            for (long number = 1; (line = readLine(in)) != null; number++) {
                Event event = new Event(line, 0, number);
                try {
                    splitter.post(event);
                } catch (QueueFullException full) {
                    sdk.flush();
                    splitter.post(event);
                }
            }
            sdk.flush();
            Path next = Path.of(state + ".new");
            Files.write(next, sdk.snapshot(counter.id()));
            Files.move(next, state, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
            failed[0] = splitter.lastException() != null;
        }
        tally.words.entrySet().stream()
            .sorted(Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder())
                .thenComparing(Map.Entry.comparingByKey()))
            .limit(5).forEach(entry -> System.out.printf("%6d %s%n", entry.getValue(), entry.getKey()));
        if (System.out.checkError()) { // a PrintStream throws nothing
            throw new IOException("standard output can't be written");
        }
        if (failed[0]) {
            System.err.println("some lines could not be read");
        }
        return !failed[0];
    }
}
