package net.meshos;

import java.io.IOException;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Each call of the headers has a wrapper. */
class CallsTest {
    /** What the classes need not: v2 does the same and says when the callbacks are over; an error is an exception. */
    private static final Set<String> UNUSED =
        Set.of("net_meshos_register_daemon_with_vtable", "net_meshos_clear_last_error");

    private static Set<String> headers() throws Exception {
        Process process = new ProcessBuilder("../../scripts/calls.sh", "names")
            .redirectError(ProcessBuilder.Redirect.INHERIT).start();
        Set<String> names = process.inputReader().lines().collect(Collectors.toCollection(TreeSet::new));
        assertEquals(0, process.waitFor());
        assertTrue(names.size() > 40, names::toString);
        return names;
    }

    @Test
    void allAreDeclared() throws Exception {
        Set<String> declared = Arrays.stream(Calls.class.getDeclaredMethods())
            .filter(method -> Modifier.isNative(method.getModifiers())).map(java.lang.reflect.Method::getName)
            .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(headers(), declared);
    }

    @Test
    void allAreUsedByTheClasses() throws Exception {
        String sources;
        try (Stream<Path> files = Files.list(Path.of("src/main/java/net/meshos"))) {
            sources = files.map(CallsTest::read).collect(Collectors.joining());
        }
        Set<String> unused = new TreeSet<>(headers());
        unused.removeIf(name -> sources.contains("Calls." + name + "(") || sources.contains("        " + name + "("));
        assertEquals(new TreeSet<>(UNUSED), unused);
    }

    private static String read(Path path) {
        try {
            return Files.readString(path);
        } catch (IOException error) {
            throw new java.io.UncheckedIOException(error);
        }
    }

    @Test
    void theLibraryIsInThePackage() {
        assertNotNull(Calls.class.getResource("/" + com.sun.jna.Platform.RESOURCE_PREFIX + "/libnet_meshos.so"));
        assertTrue(Sdk.version().matches("\\d+\\.\\d+\\.\\d+"));
    }
}
