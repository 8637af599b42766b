/* The top of net_meshos.h: handles, errors, threads, memory, the process. */
#include "clauses.h"

#define AS_A_GUEST "what a host must be for that is more than a case can make of its process: ctests/guest has such hosts"

const struct clause clauses_general[] = {
    PROSE("net_meshos.h: the C interface of libnet_meshos."),
    PROSE("A host program starts an SDK and registers daemons with it. A daemon is a name, an ed25519 identity and, "
          "if wanted, a table of callbacks. The SDK calls the callbacks, hands out control events, takes log lines "
          "and shows the state of the node as JSON."),
    PROMISE("life",
            "One life, without the error checks: NetMeshOsSdk *sdk; NetMeshOsHandle *daemon; NetMeshOsDaemonControl "
            "event; net_meshos_sdk_start(0, 0, 0, 0, 0, &sdk); net_meshos_register_daemon(sdk, \"tally\", 5, seed, "
            "&daemon); net_meshos_next_control(daemon, 1000, &event); net_meshos_graceful_shutdown(daemon, 500); "
            "net_meshos_handle_free(daemon); net_meshos_sdk_shutdown(sdk); net_meshos_sdk_free(sdk);"),
    PROMISE("abi", "The binary interface is that of libnet_meshos of net-mesh 0.25.0."),
    PROSE("Where this header says \"hardened\", that library promises less."),

    PROSE("HANDLES"),
    PROSE("NetMeshOsSdk* and NetMeshOsHandle* are opaque values. They are not the addresses of anything: compare "
          "them for equality only."),
    PROMISE("handles.double", "On 64-bit platforms each is below 2^53, so that a double holds it exactly (hardened)."),
    PROMISE("handles.not_null", "No handle is NULL."),
    PROMISE("handles.owner",
            "Each handle that a call hands out is the caller's, who must free it with the matching free call."),
    PROMISE("handles.any_thread", "A handle may be used on any thread."),
    PROMISE("handles.invalid",
            "A handle that has been freed, was never handed out or is of the other kind is invalid (hardened)."),
    PROMISE("handles.invalid_status",
            "A status call gets -1 with kind \"invalid_handle\" for it; calls that return a value say in their own "
            "description what they do."),
    PROMISE("handles.invalid_for_ever",
            "An invalid handle stays invalid however many handles are handed out after it."),
    PROMISE("handles.invalid_first",
            "The check for an invalid handle comes right after the check for NULL, before all others."),
    PROSE("Shutting down and freeing are two things."),
    PROMISE("handles.consumed",
            "A handle that has been shut down is consumed: its calls return -4, or what their description says, and "
            "it must still be freed."),
    PROMISE("handles.any_order",
            "Handles and the SDK that they come from may be shut down and freed in any order."),

    PROSE("ERRORS"),
    PROMISE("errors.status",
            "A call that returns int returns NET_MESHOS_OK or one of the NET_MESHOS_ERR_ constants."),
    PROMISE("errors.thread",
            "Each thread has its own last error, a pair of kind and message; see net_meshos_last_error_kind()."),
    PROSE("The kinds are stable words to branch on:"),
    PROMISE("kind.invalid_argument", "\"invalid_argument\" an argument that no state makes valid"),
    PROMISE("kind.invalid_handle", "\"invalid_handle\" no live handle of this kind (hardened)"),
    PROMISE("kind.invalid_log_level", "\"invalid_log_level\" no NET_MESHOS_LOG_ constant"),
    PROMISE("kind.already_shutdown", "\"already_shutdown\" the SDK or the handle is consumed"),
    PROMISE("kind.register_failed", "\"register_failed\" the identity is already registered"),
    PROMISE("kind.queue_full", "\"queue_full\" the event queue has no room"),
    PROMISE("kind.loop_closed", "\"loop_closed\" the SDK takes no more log lines"),
    PROMISE("kind.shutdown_failed",
            "\"shutdown_failed\" a callback outlasted the time it was given (hardened)"),
    PROMISE("kind.runtime_panic", "\"runtime_panic\" a value that can't be served, or a defect"),
    PROMISE("kind.forked", "\"forked\" the process is a fork of one that had started an SDK (hardened)"),
    BEYOND("kind.out_of_memory", "\"out_of_memory\" there is no memory for the call (hardened)",
           "a library can't be starved of memory from outside in a way that says which call must notice"),
    BEYOND("kind.no_resources", "\"no_resources\" a start finds too few threads or descriptors (hardened)", AS_A_GUEST),
    BEYOND("kind.invalid_state",
           "\"invalid_state\" the call makes no sense now, as one of a signal handler that has interrupted another call "
           "(hardened)",
           AS_A_GUEST),
    PROMISE("errors.message", "There is a message whenever there is a kind: UTF-8 words for people, which may change."),
    PROMISE("errors.order",
            "Each call lists its errors in the order of the checks; the first that fails is reported,"),
    PROMISE("errors.out_untouched", "and a call that fails writes nothing to its out argument."),
    PROMISE("errors.default_kind", "A status without another kind has kind \"invalid_argument\"."),

    PROSE("THREADS"),
    PROMISE("threads.any_call", "Every call may be made from many threads at once, on the same handle too (hardened)."),
    PROMISE("threads.who_waits", "Only net_meshos_next_control() and the calls that end something wait."),

    PROMISE("threads.cancel", "No call is a cancellation point (hardened):"),
    PROMISE("threads.cancel_after",
            "a thread that pthread_cancel() asks to end while it is in a call ends at its own next cancellation "
            "point after the call has returned (hardened)."),
    PROMISE("threads.cancel_setting", "A call does not change whether cancellation is enabled (hardened)."),
    PROSE("Asynchronous cancellation is not supported: a thread must not make calls while its type is "
          "PTHREAD_CANCEL_ASYNCHRONOUS."),

    PROSE("MEMORY"),
    PROMISE("memory.during_the_call", "What a caller passes is read during the call only, except for user_ctx."),
    PROMISE("memory.lengths",
            "Text and buffers are a pointer and a length; nothing past the length is read, and no NUL is needed."),
    PROMISE("memory.length_limit", "A length above PTRDIFF_MAX is an invalid argument: -3 (hardened)."),
    PROMISE("memory.utf8",
            "Text is UTF-8, and the check is strict: surrogates, overlong forms and truncated sequences are refused."),
    PROMISE("memory.nothing_stays",
            "Starting, registering, shutting down and freeing, however often, let neither memory nor file descriptors "
            "nor threads grow: of those the library keeps as many as it has needed at one time, for what comes next "
            "(hardened)."),

    PROSE("THE PROCESS"),
    BEYOND("process.load",
           "Loading the library starts no thread, opens no descriptor, and changes no limit, signal handler or mask; the "
           "first start of an SDK is where that begins (hardened).",
           AS_A_GUEST),
    BEYOND("process.lack",
           "One that can't have the threads, descriptors or addresses that it needs is an error, and changes nothing "
           "(hardened).",
           AS_A_GUEST),
    PROMISE("process.silent", "No call writes to standard output or standard error (hardened)."),
    PROMISE("process.signals",
            "The library leaves limits and the signal mask of the calling thread alone, and the dispositions of all "
            "signals but SIGSEGV, SIGBUS and SIGFPE, which it passes on to the host's handler where the fault is not its "
            "own (hardened)."),
    BEYOND("process.threads", "Its threads take none of the host's signals (hardened).", AS_A_GUEST),
    PROMISE("process.faults",
            "A fault in the host's own code ends the host, or reaches the host's handler, as it does without the "
            "library (hardened)."),
    BEYOND("process.handlers",
           "A signal handler may interrupt a call, with SA_ONSTACK or without (hardened).", AS_A_GUEST),
    BEYOND("process.interrupted",
           "A call that it makes then gets -2 \"invalid_state\", or NULL; what returns nothing does nothing, with that last "
           "error (hardened).",
           AS_A_GUEST),
    PROSE("Otherwise a handler may make calls where it may call malloc(): not while it interrupts that."),
    BEYOND("fork.before",
           "The library can't be used in a child process that fork() made without exec() once an SDK has been started, or "
           "while one was being started; a child that was made before may start its own (hardened).",
           AS_A_GUEST),
    PROMISE("fork.child",
            "There no call blocks (hardened): a status call gets -2 \"forked\", a call that returns a value returns "
            "NULL, 0 or UINT64_MAX, and the free calls do nothing."),
    PROMISE("fork.parent", "The parent goes on as if nothing had happened."),
    PROMISE("process.dlclose", "dlclose() leaves the library in place: its functions still work (hardened)."),
    PROMISE("process.exit", "The process may exit while SDKs run and handles are open (hardened)."),

    PROSE("Status"),
    PROMISE("status.null", "the handle is NULL or invalid"),
    PROMISE("status.call_failed", "see the last error"),
    PROMISE("status.invalid_arg", "another argument is invalid"),
    PROMISE("status.already_shutdown", "the SDK or the handle is consumed"),

    PROSE("Control events"),
    PROMISE("event.fields",
            "The kind of an event says which of its other fields mean something; the rest are zero."),
    PROMISE("event.none", "no event"),
    PROMISE("event.shutdown", "end within grace_period_ms"),
    PROMISE("event.drain_start", "finish what is queued within grace_period_ms"),
    PROMISE("event.drain_finish", "the drain is over"),
    PROMISE("event.backpressure_on", "slow down by level, 0.0 to 1.0"),
    PROMISE("event.backpressure_off", "go on as usual"),
    BEYOND("event.unknown", "newer than this header: ignore it", "a library that knows newer events is needed"),
    PROMISE("event.kind", "a NET_MESHOS_CONTROL_ constant"),
    PROMISE("event.milliseconds", "milliseconds"),

    PROSE("Log levels"),
    PROSE("Handles"),
    END_OF_CLAUSES,
};
