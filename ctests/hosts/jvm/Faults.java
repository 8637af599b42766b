/**
 * Java exceptions that compiled code makes out of SIGSEGV and SIGFPE: a null pointer that nobody checks for, a stack
 * that runs into its guard pages, a division by zero. With the signal handlers of the virtual machine gone, or on a
 * stack of the wrong kind, each of them ends the process.
 */
final class Faults {
    private static final int ROUNDS = 20_000;

    private static final class Box {
        int value;
        Box next;
    }

    private Faults() { }

    static void all(boolean longer) {
        nullPointers(longer ? ROUNDS : 100);
        divisions(longer ? ROUNDS : 100);
        overflows(longer ? 20 : 1);
    }

    private static int read(Box box) {
        return box.next.value;
    }

    private static void nullPointers(int rounds) {
        Box whole = new Box();
        whole.next = new Box();
        int sum = 0;
        // So often without a fault that the check is compiled away.
        for (int i = 0; i < rounds; i++) {
            sum += read(whole);
        }
        int caught = 0;
        for (int i = 0; i < 50; i++) {
            try {
                sum += read(new Box());
            } catch (NullPointerException expected) {
                caught++;
            }
        }
        check(caught == 50 && sum == 0, "null pointers");
    }

    private static int divide(int dividend, int divisor) {
        return dividend / divisor;
    }

    private static void divisions(int rounds) {
        int sum = 0;
        for (int i = 0; i < rounds; i++) {
            sum += divide(1, 2);
        }
        int caught = 0;
        for (int i = 0; i < 50; i++) {
            try {
                sum += divide(1, sum);
            } catch (ArithmeticException expected) {
                caught++;
            }
        }
        check(caught == 50, "divisions");
    }

    private static int deep(int depth) {
        return depth < 0 ? 0 : deep(depth + 1) + 1;
    }

    private static void overflows(int rounds) {
        int caught = 0;
        for (int i = 0; i < rounds; i++) {
            try {
                deep(0);
            } catch (StackOverflowError expected) {
                caught++;
            }
        }
        check(caught == rounds, "stack overflows");
    }

    private static void check(boolean so, String what) {
        if (!so) {
            throw new AssertionError(what);
        }
    }
}
