package net.meshos;

import com.sun.jna.Callback;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import com.sun.jna.Pointer;
import com.sun.jna.Structure;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The calls of both C headers as they are, for JNA. The classes of this package are made of these. Use them where the
 * classes lack something; then what the headers say about ownership and lengths is for you to keep.
 *
 * <p>Handles, sizes and pointers are longs, as the library runs on 64-bit platforms only.
 */
public final class Calls {
    static {
        // Not by its name alone: then JNA would take one that is installed on this machine before its own.
        String path = System.getProperty("net.meshos.library", System.getenv("NET_MESHOS_LIBRARY"));
        try {
            if (path == null) {
                path = Native.extractFromResourcePath("net_meshos", Calls.class.getClassLoader()).getPath();
            }
        } catch (IOException error) {
            throw new UnsatisfiedLinkError("net-meshos has no library for " + Platform.RESOURCE_PREFIX + ": "
                + error.getMessage());
        }
        Native.register(Calls.class, NativeLibrary.getInstance(path));
    }

    private Calls() {
    }

    // What the callbacks look like.

    interface ProcessFn extends Callback {
        int invoke(long ctx, long emit, long originHash, long sequence, Pointer payload, long length);
    }

    interface SnapshotFn extends Callback {
        void invoke(long ctx, long emit);
    }

    interface RestoreFn extends Callback {
        int invoke(long ctx, Pointer state, long length);
    }

    interface OnControlFn extends Callback {
        void invoke(long ctx, int kind, long graceMs, float level);
    }

    interface HealthFn extends Callback {
        int invoke(long ctx);
    }

    interface SaturationFn extends Callback {
        float invoke(long ctx);
    }

    interface DestroyFn extends Callback {
        void invoke(long ctx);
    }

    interface OutputFn extends Callback {
        void invoke(long ctx, long daemonId, long inOriginHash, long inSequence, long outSequence, Pointer payload,
                    long length);
    }

    interface LogFn extends Callback {
        void invoke(long ctx, long seq, long unixMs, int level, long daemonId, Pointer message, long length);
    }

    /** NetMeshOsDaemonVtable. */
    @Structure.FieldOrder({"process", "snapshot", "restore", "onControl", "health", "saturation"})
    public static final class Vtable extends Structure {
        /** See the C header. */
        public ProcessFn process;
        /** See the C header. */
        public SnapshotFn snapshot;
        /** See the C header. */
        public RestoreFn restore;
        /** See the C header. */
        public OnControlFn onControl;
        /** See the C header. */
        public HealthFn health;
        /** See the C header. */
        public SaturationFn saturation;
    }

    static native int net_meshos_sdk_start(long node, long tickMs, long events, long actions, long controls, long[] out);

    static native void net_meshos_sdk_free(long sdk);

    static native int net_meshos_sdk_shutdown(long sdk);

    static native long net_meshos_sdk_dropped_control_events(long sdk);

    static native void net_meshos_process_emit(long emit, byte[] payload, long length);

    static native void net_meshos_snapshot_emit(long emit, byte[] payload, long length);

    static native int net_meshos_register_daemon(long sdk, byte[] name, long length, byte[] seed, long[] out);

    static native int net_meshos_register_daemon_with_vtable(long sdk, byte[] name, long length, byte[] seed,
                                                             Vtable table, long ctx, long[] out);

    static native int net_meshos_register_daemon_with_vtable_v2(long sdk, byte[] name, long length, byte[] seed,
                                                                Vtable table, long ctx, DestroyFn destroy, long[] out);

    static native void net_meshos_handle_free(long handle);

    static native long net_meshos_handle_daemon_id(long handle);

    static native Pointer net_meshos_handle_daemon_name(long handle);

    static native int net_meshos_try_next_control(long handle, ByteBuffer out);

    static native int net_meshos_next_control(long handle, long timeoutMs, ByteBuffer out);

    static native int net_meshos_publish_log(long handle, int level, byte[] message, long length);

    static native int net_meshos_graceful_shutdown(long handle, long graceMs);

    static native Pointer net_meshos_metadata(long handle);

    static native Pointer net_meshos_refresh_metadata(long handle);

    static native void net_meshos_free_string(Pointer text);

    static native int net_meshos_publish_capabilities(long handle, byte[] tagsJson, long length);

    static native Pointer net_meshos_last_error_message();

    static native Pointer net_meshos_last_error_kind();

    static native void net_meshos_clear_last_error();

    static native Pointer net_meshos_ext_version();

    static native int net_meshos_ext_sdk_start(byte[] configJson, long length, long[] out);

    static native int net_meshos_ext_new_seed(byte[] out32);

    static native int net_meshos_ext_deliver(long sdk, long daemonId, ByteBuffer event, OutputFn output, long ctx);

    static native int net_meshos_ext_post(long sdk, long daemonId, ByteBuffer events, long count, long[] accepted);

    static native int net_meshos_ext_post_wait(long sdk, long daemonId, ByteBuffer events, long count, long timeoutMs,
                                               long[] accepted);

    static native int net_meshos_ext_flush(long sdk, long daemonId, long timeoutMs);

    static native int net_meshos_ext_set_output(long sdk, OutputFn output, long ctx);

    static native int net_meshos_ext_subscribe(long sdk, long fromId, long toId);

    static native int net_meshos_ext_unsubscribe(long sdk, long fromId, long toId);

    static native int net_meshos_ext_snapshot(long sdk, long daemonId, long[] out, long[] length);

    static native int net_meshos_ext_restore(long sdk, long daemonId, byte[] state, long length);

    static native void net_meshos_ext_free_bytes(long bytes, long length);

    static native int net_meshos_ext_enter_maintenance(long sdk, long drainMs);

    static native int net_meshos_ext_exit_maintenance(long sdk);

    static native int net_meshos_ext_stop_daemon(long sdk, long daemonId, long graceMs);

    static native int net_meshos_ext_restart_daemon(long sdk, long daemonId);

    static native int net_meshos_ext_daemon_done(long handle);

    static native int net_meshos_ext_on_log(long sdk, int minLevel, LogFn log, long ctx);

    static native Pointer net_meshos_ext_logs_json(long sdk, long afterSeq, long max);

    static native Pointer net_meshos_ext_runtime_json(long sdk);

    static native Pointer net_meshos_ext_metrics(long sdk);

    static native Pointer net_meshos_ext_daemon_json(long sdk, long daemonId);

    /** A text that the library has made for the caller, which is freed. */
    static String text(Pointer pointer) {
        if (pointer == null) {
            throw MeshosException.last(0);
        }
        try {
            return pointer.getString(0, "UTF-8");
        } finally {
            net_meshos_free_string(pointer);
        }
    }

    /** A text that stays the library's. */
    static String constant(Pointer pointer) {
        return pointer == null ? null : pointer.getString(0, "UTF-8");
    }

    static byte[] bytes(Pointer pointer, long length) {
        return pointer == null ? new byte[0] : pointer.getByteArray(0, Math.toIntExact(length));
    }
}
