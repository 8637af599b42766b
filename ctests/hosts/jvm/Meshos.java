import com.sun.jna.Callback;
import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.Structure;
import com.sun.jna.ptr.PointerByReference;

/** The calls of the C headers that this host makes, for JNA. */
public interface Meshos extends Library {
    interface Process extends Callback {
        int invoke(Pointer ctx, Pointer emit, long origin, long sequence, Pointer payload, long length);
    }

    @Structure.FieldOrder({"process", "snapshot", "restore", "onControl", "health", "saturation"})
    class Vtable extends Structure {
        public Process process;
        public Pointer snapshot, restore, onControl, health, saturation;
    }

    @Structure.FieldOrder({"originHash", "sequence", "payload", "length"})
    class Event extends Structure {
        public long originHash, sequence;
        public Pointer payload;
        public long length;
    }

    int net_meshos_sdk_start(long node, long tickMs, long events, long actions, long controls, PointerByReference out);

    int net_meshos_sdk_shutdown(Pointer sdk);

    void net_meshos_sdk_free(Pointer sdk);

    void net_meshos_process_emit(Pointer emit, byte[] payload, long length);

    int net_meshos_register_daemon_with_vtable(Pointer sdk, byte[] name, long length, byte[] seed, Vtable table,
                                               Pointer ctx, PointerByReference out);

    void net_meshos_handle_free(Pointer handle);

    long net_meshos_handle_daemon_id(Pointer handle);

    String net_meshos_last_error_kind();

    int net_meshos_ext_deliver(Pointer sdk, long id, Event event, Pointer output, Pointer ctx);

    int net_meshos_ext_post(Pointer sdk, long id, Event event, long count, Pointer accepted);

    int net_meshos_ext_flush(Pointer sdk, long id, long timeoutMs);

    static Meshos open(String path) {
        return Native.load(path, Meshos.class);
    }

    default void check(int status) {
        if (status != 0) {
            throw new IllegalStateException(net_meshos_last_error_kind());
        }
    }

    default Pointer start() {
        PointerByReference out = new PointerByReference();
        check(net_meshos_sdk_start(0, 1, 0, 0, 0, out));
        return out.getValue();
    }

    default Pointer register(Pointer sdk, int number, Vtable table) {
        byte[] seed = new byte[32];
        seed[0] = 5;
        seed[1] = (byte) number;
        seed[2] = (byte) (number >> 8);
        PointerByReference out = new PointerByReference();
        check(net_meshos_register_daemon_with_vtable(sdk, new byte[] {'j'}, 1, seed, table, null, out));
        return out.getValue();
    }
}
