// net_meshos.hpp: libnet_meshos for C++17. Header only: link the library as for C.
//
// It has every call of net_meshos.h and net_meshos_ext.h; what a call promises stands there, and what is said
// here is what C++ adds:
//
//   - Errors are exceptions of type net_meshos::error, with status, kind and message.
//   - sdk and handle close what they own. Their order doesn't matter: a handle keeps its SDK alive.
//   - A daemon is a class that overrides the methods of net_meshos::daemon that it wants, or a lambda. It is
//     destroyed after its last callback.
//   - No exception leaves a callback. It makes the event fail, and its message is kept: see handle::failure().
//   - Payloads are views (net_meshos::bytes): nothing is copied that the C interface doesn't copy.
//
// All objects may be used from many threads at once, except that none may be assigned to or destroyed meanwhile.
#ifndef NET_MESHOS_HPP
#define NET_MESHOS_HPP

#include "net_meshos_ext.h"

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <vector>

namespace net_meshos {

using std::chrono::milliseconds;

// ---- Errors -----------------------------------------------------------------------------------------------

// A call that failed: one of the NET_MESHOS_ERR_ constants, the kind to branch on, and words for people in what().
class error : public std::runtime_error {
public:
    error(int status, std::string kind, const std::string& message)
        : std::runtime_error(message), status_(status), kind_(std::move(kind))
    {
    }

    int status() const noexcept { return status_; }
    const std::string& kind() const noexcept { return kind_; }

private:
    int status_;
    std::string kind_;
};

// The calling thread's last error, as the C interface has it. The calls of this header throw it already.
struct last_error {
    static std::string kind() { return text(net_meshos_last_error_kind()); }
    static std::string message() { return text(net_meshos_last_error_message()); }
    static void clear() noexcept { net_meshos_clear_last_error(); }

private:
    static std::string text(const char* s) { return s ? s : ""; }
};

// ---- Views and values -------------------------------------------------------------------------------------

// A view of bytes that are somebody else's: a text, a vector, an array, or a pointer and a length.
class bytes {
public:
    constexpr bytes() noexcept = default;
    constexpr bytes(const std::uint8_t* data, std::size_t size) noexcept : data_(data), size_(size) {}
    bytes(const void* data, std::size_t size) noexcept : data_(static_cast<const std::uint8_t*>(data)), size_(size) {}
    bytes(std::string_view text) noexcept : bytes(static_cast<const void*>(text.data()), text.size()) {}
    bytes(const std::string& text) noexcept : bytes(std::string_view(text)) {}
    bytes(const char* text) noexcept : bytes(std::string_view(text)) {}
    bytes(const std::vector<std::uint8_t>& v) noexcept : bytes(v.data(), v.size()) {}
    template <std::size_t N>
    bytes(const std::array<std::uint8_t, N>& a) noexcept : bytes(a.data(), N)
    {
    }

    constexpr const std::uint8_t* data() const noexcept { return data_; }
    constexpr std::size_t size() const noexcept { return size_; }
    constexpr bool empty() const noexcept { return size_ == 0; }
    constexpr const std::uint8_t* begin() const noexcept { return data_; }
    constexpr const std::uint8_t* end() const noexcept { return data_ + size_; }
    std::uint8_t operator[](std::size_t i) const { return data_[i]; }

    // The same bytes seen as a text, and copies of them.
    std::string_view text() const noexcept { return {reinterpret_cast<const char*>(data_), size_}; }
    std::string to_string() const { return std::string(text()); }
    std::vector<std::uint8_t> to_vector() const { return {begin(), end()}; }

private:
    const std::uint8_t* data_ = nullptr;
    std::size_t size_ = 0;
};

// 32 secret bytes that a daemon's id is made from.
using seed = std::array<std::uint8_t, 32>;

// A new one, from the system's random numbers. Keep it: a daemon with another seed is another daemon.
inline seed new_seed();

// One event. It is a NetMeshOsEvent, so that an array of them is passed on as it is. The payload is a view.
struct event : NetMeshOsEvent {
    event() noexcept : NetMeshOsEvent{0, 0, nullptr, 0} {}
    event(bytes b, std::uint64_t origin = 0, std::uint64_t number = 0) noexcept
        : NetMeshOsEvent{origin, number, b.data(), b.size()}
    {
    }
    // From all that bytes can be made from.
    template <class T, class = std::enable_if_t<std::is_convertible_v<const T&, bytes> &&
                                                !std::is_same_v<T, bytes> && !std::is_base_of_v<NetMeshOsEvent, T>>>
    event(const T& b, std::uint64_t origin = 0, std::uint64_t number = 0) noexcept : event(bytes(b), origin, number)
    {
    }

    bytes view() const noexcept { return {payload, payload_len}; }
    std::string_view text() const noexcept { return view().text(); }
};
static_assert(sizeof(event) == sizeof(NetMeshOsEvent), "an array of events is one of NetMeshOsEvents");

// One output: which daemon emitted it, for which event, its number, and its bytes, valid during the call.
struct output {
    std::uint64_t daemon_id, in_origin_hash, in_sequence, out_sequence;
    bytes payload;
};

// An output whose bytes are its own.
struct kept_output {
    std::uint64_t daemon_id, in_origin_hash, in_sequence, out_sequence;
    std::vector<std::uint8_t> payload;

    std::string_view text() const noexcept { return bytes(payload).text(); }
};

enum class control_kind : int {
    none = NET_MESHOS_CONTROL_NONE,
    shutdown = NET_MESHOS_CONTROL_SHUTDOWN,
    drain_start = NET_MESHOS_CONTROL_DRAIN_START,
    drain_finish = NET_MESHOS_CONTROL_DRAIN_FINISH,
    backpressure_on = NET_MESHOS_CONTROL_BACKPRESSURE_ON,
    backpressure_off = NET_MESHOS_CONTROL_BACKPRESSURE_OFF,
    unknown = NET_MESHOS_CONTROL_UNKNOWN,
};

// One control event. A kind that this header doesn't know is unknown.
struct control {
    control_kind kind = control_kind::none;
    milliseconds grace{0};
    float level = 0;
};

enum class log_level : int {
    trace = NET_MESHOS_LOG_TRACE,
    debug = NET_MESHOS_LOG_DEBUG,
    info = NET_MESHOS_LOG_INFO,
    warn = NET_MESHOS_LOG_WARN,
    error = NET_MESHOS_LOG_ERROR,
};

// One log record; the message is valid during the call. daemon_id 0: it is about no daemon.
struct log_record {
    std::uint64_t number, unix_ms;
    log_level level;
    std::uint64_t daemon_id;
    std::string_view message;
};

enum class health : int {
    healthy = NET_MESHOS_HEALTH_HEALTHY,
    degraded = NET_MESHOS_HEALTH_DEGRADED,
    unhealthy = NET_MESHOS_HEALTH_UNHEALTHY,
};

// What net_meshos_sdk_start() takes; 0 is the default of each.
struct options {
    std::uint64_t this_node = 0, tick_interval_ms = 0;
    std::size_t event_queue_capacity = 0, action_queue_capacity = 0, control_capacity = 0;
};

// A daemon's state. It is the library's memory, released by the destructor.
class state {
public:
    state() noexcept = default;
    state(std::uint8_t* data, std::size_t size) noexcept : data_(data), size_(size) {}
    state(state&& other) noexcept : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
    state& operator=(state&& other) noexcept
    {
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
        return *this;
    }
    ~state() { net_meshos_ext_free_bytes(data_, size_); }

    bytes view() const noexcept { return {data_, size_}; }
    operator bytes() const noexcept { return view(); }
    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }

private:
    std::uint8_t* data_ = nullptr;
    std::size_t size_ = 0;
};

// ---- Daemons ----------------------------------------------------------------------------------------------

// Adds outputs to the event that process handles. Valid inside that callback only, on any thread.
class emitter {
public:
    explicit emitter(NetMeshOsProcessEmitCtx* ctx) noexcept : ctx_(ctx) {}
    emitter(const emitter&) = delete;
    emitter& operator=(const emitter&) = delete;

    void emit(bytes payload) noexcept { net_meshos_process_emit(ctx_, payload.data(), payload.size()); }

private:
    NetMeshOsProcessEmitCtx* ctx_;
};

// Takes the state that snapshot gives; the first call counts. The library gets it when snapshot has returned: one that
// throws gives none.
class state_emitter {
public:
    explicit state_emitter(NetMeshOsSnapshotEmitCtx* ctx) noexcept : ctx_(ctx) {}
    state_emitter(const state_emitter&) = delete;
    state_emitter& operator=(const state_emitter&) = delete;

    void emit(bytes data)
    {
        const std::lock_guard<std::mutex> lock(mutex_);
        if (!state_)
            state_ = data.to_string();
    }

    // For who calls snapshot.
    void give() noexcept
    {
        if (state_)
            net_meshos_snapshot_emit(ctx_, reinterpret_cast<const std::uint8_t*>(state_->data()), state_->size());
    }

private:
    NetMeshOsSnapshotEmitCtx* ctx_;
    std::mutex mutex_;
    std::optional<std::string> state_;
};

// The base of daemons. A daemon overrides process, and publicly of the other methods those that it wants: the
// library calls only what is overridden. They run one at a time, on threads of the library. An exception makes the
// event or the restore fail; from health it counts as unhealthy, and from the others it is only kept and logged.
class daemon {
public:
    virtual ~daemon() = default;

    // Handles one event, whose payload is valid during the call.
    virtual void process(const event& in, emitter& out) = 0;
    // Gives the state with one out.emit().
    virtual void snapshot(state_emitter& out) { (void)out; }
    // Takes back what snapshot gave.
    virtual void restore(bytes data) { (void)data; }
    // Is told each control event, which handle::next_control() hands out too.
    virtual void on_control(const control& what) { (void)what; }
    // Called every tick.
    virtual net_meshos::health health() { return net_meshos::health::healthy; }
    // How busy the daemon is, 0.0 to 1.0. Called every tick.
    virtual float saturation() { return 0; }
};

namespace detail {

// A call that has callbacks run on this thread, and what they threw.
struct capture {
    std::exception_ptr thrown;
    capture* outer;

    static inline thread_local capture* current = nullptr;
    capture() noexcept : outer(std::exchange(current, this)) {}
    capture(const capture&) = delete;
    capture& operator=(const capture&) = delete;
    ~capture() { current = outer; }
};

// How many callbacks this thread is inside of: calls that end something don't wait there.
inline thread_local int depth = 0;
struct entered {
    entered() noexcept { ++depth; }
    entered(const entered&) = delete;
    entered& operator=(const entered&) = delete;
    ~entered() { --depth; }
};

inline std::string words(const std::exception_ptr& thrown)
{
    try {
        std::rethrow_exception(thrown);
    } catch (const std::exception& e) {
        return e.what();
    } catch (...) {
        return "an exception that is no std::exception";
    }
}

[[noreturn]] inline void fail(int status, const std::exception_ptr& thrown = nullptr)
{
    std::string message = last_error::message();
    if (thrown)
        message += ": " + words(thrown);
    throw error(status, last_error::kind(), message);
}

inline void check(int status, const std::exception_ptr& thrown = nullptr)
{
    if (status != NET_MESHOS_OK)
        fail(status, thrown);
}

// Takes a text of the library. NULL is a failure; the status of such calls is in the kind alone.
inline std::string take_text(char* s)
{
    if (!s)
        fail(NET_MESHOS_ERR_CALL_FAILED);
    const std::unique_ptr<char, void (*)(char*)> owner(s, net_meshos_free_string);
    return s;
}

// 0 means "without limit" in C. Here it is the shortest time, and no limit is a call of its own.
inline std::uint64_t limit(milliseconds time) noexcept
{
    return time.count() <= 0 ? 1 : static_cast<std::uint64_t>(time.count());
}

inline std::uint64_t grace(milliseconds time) noexcept
{
    return time.count() <= 0 ? 0 : static_cast<std::uint64_t>(time.count());
}

inline milliseconds to_milliseconds(std::uint64_t ms) noexcept
{
    const auto longest = static_cast<std::uint64_t>(milliseconds::max().count());
    return milliseconds(static_cast<milliseconds::rep>(ms < longest ? ms : longest));
}

inline control to_control(int kind, std::uint64_t grace_period_ms, float level) noexcept
{
    const bool known = kind >= NET_MESHOS_CONTROL_NONE && kind <= NET_MESHOS_CONTROL_BACKPRESSURE_OFF;
    return {known ? static_cast<control_kind>(kind) : control_kind::unknown, to_milliseconds(grace_period_ms), level};
}

inline bool is_partial(int status)
{
    const std::string kind = status == NET_MESHOS_ERR_CALL_FAILED ? last_error::kind() : std::string();
    return kind == "queue_full" || kind == "timeout";
}

// The last failure of a daemon's callbacks. It outlives the daemon: the handle has a share in it.
class failures {
public:
    // Keeps what was thrown, and logs it if it is new.
    void note(const char* callback, std::exception_ptr thrown) noexcept
    {
        try {
            const std::string text = std::string(callback) + ": " + words(thrown);
            const std::lock_guard<std::mutex> guard(mutex_);
            const bool fresh = text != text_;
            text_ = text;
            if (fresh && handle_)
                net_meshos_publish_log(handle_, NET_MESHOS_LOG_ERROR, text.data(), text.size());
        } catch (...) {
            // There is no memory for words; the failure itself is reported all the same.
        }
    }

    std::string last() const
    {
        const std::lock_guard<std::mutex> guard(mutex_);
        return text_;
    }

    // From now on failures are logged; before the registration has returned there is no handle to do that with.
    void log_with(NetMeshOsHandle* handle)
    {
        const std::lock_guard<std::mutex> guard(mutex_);
        handle_ = handle;
        if (handle_ && !text_.empty())
            net_meshos_publish_log(handle_, NET_MESHOS_LOG_ERROR, text_.data(), text_.size());
    }

private:
    mutable std::mutex mutex_;
    std::string text_;
    NetMeshOsHandle* handle_ = nullptr;
};

// What the library holds for a daemon: a share in the object, or only its address if it is borrowed.
template <class D>
struct seat {
    std::shared_ptr<D> owned;
    D* object;
    std::shared_ptr<failures> kept = std::make_shared<failures>();

    explicit seat(std::shared_ptr<D> d) : owned(std::move(d)), object(owned.get()) {}

    // tell: what is thrown is told to the call that has this callback run on its own thread.
    template <class F>
    static bool run(void* ctx, const char* callback, bool tell, F&& f) noexcept
    {
        seat& self = *static_cast<seat*>(ctx);
        const entered inside;
        bool well = true;
        try {
            f(*self.object);
        } catch (...) {
            well = false;
            self.kept->note(callback, std::current_exception());
            if (capture::current && tell)
                capture::current->thrown = std::current_exception();
        }
        return well;
    }

    static int process(void* ctx, NetMeshOsProcessEmitCtx* emit, std::uint64_t origin, std::uint64_t sequence,
                       const std::uint8_t* payload, std::size_t size) noexcept
    {
        return run(ctx, "process", true, [&](D& d) {
            emitter out(emit);
            d.process(event(bytes(payload, size), origin, sequence), out);
        }) ? 0 : 1;
    }

    static void snapshot(void* ctx, NetMeshOsSnapshotEmitCtx* emit) noexcept
    {
        run(ctx, "snapshot", true, [&](D& d) {
            state_emitter out(emit);
            d.snapshot(out);
            out.give();
        });
    }

    static int restore(void* ctx, const std::uint8_t* data, std::size_t size) noexcept
    {
        return run(ctx, "restore", true, [&](D& d) { d.restore(bytes(data, size)); }) ? 0 : 1;
    }

    static void on_control(void* ctx, int kind, std::uint64_t grace_period_ms, float level) noexcept
    {
        run(ctx, "on_control", false, [&](D& d) { d.on_control(to_control(kind, grace_period_ms, level)); });
    }

    static int health(void* ctx) noexcept
    {
        int result = NET_MESHOS_HEALTH_UNHEALTHY;
        run(ctx, "health", false, [&](D& d) { result = static_cast<int>(d.health()); });
        return result;
    }

    static float saturation(void* ctx) noexcept
    {
        float result = 0;
        run(ctx, "saturation", false, [&](D& d) { result = d.saturation(); });
        return result;
    }

    static void destroy(void* ctx) noexcept { delete static_cast<seat*>(ctx); }

    // A method that D doesn't override is still a member of the base by its type.
    static NetMeshOsDaemonVtable table() noexcept
    {
        NetMeshOsDaemonVtable t{};
        t.process = process;
        if constexpr (!std::is_same_v<decltype(&D::snapshot), decltype(&daemon::snapshot)>)
            t.snapshot = snapshot;
        if constexpr (!std::is_same_v<decltype(&D::restore), decltype(&daemon::restore)>)
            t.restore = restore;
        if constexpr (!std::is_same_v<decltype(&D::on_control), decltype(&daemon::on_control)>)
            t.on_control = on_control;
        if constexpr (!std::is_same_v<decltype(&D::health), decltype(&daemon::health)>)
            t.health = health;
        if constexpr (!std::is_same_v<decltype(&D::saturation), decltype(&daemon::saturation)>)
            t.saturation = saturation;
        return t;
    }
};

template <class F>
class function_daemon final : public daemon {
public:
    explicit function_daemon(F f) : f_(std::move(f)) {}
    void process(const event& in, emitter& out) override { f_(in, out); }

private:
    F f_;
};

// A function of the host's that the library calls until another takes its place.
template <class T>
struct follower {
    std::function<void(const T&)> call;
    std::shared_ptr<failures> kept;

    static void run(void* ctx, const char* callback, const T& value) noexcept
    {
        follower& self = *static_cast<follower*>(ctx);
        const entered inside;
        try {
            self.call(value);
        } catch (...) {
            self.kept->note(callback, std::current_exception());
        }
    }
};

// The function that is set, and those that may still be running.
template <class T>
class followers {
public:
    template <class Set>
    void exchange(std::function<void(const T&)> f, Set&& set)
    {
        // From inside a callback the library doesn't wait for the function before, and so nothing must wait here for
        // one who does, nor may what was set be freed before the end.
        if (depth > 0)
            return set(keep(std::move(f), true));
        const std::lock_guard<std::mutex> guard(setting_);
        const auto next = keep(std::move(f), false);
        set(next);
        std::vector<std::unique_ptr<follower<T>>> over; // destroyed without the lock: the host's code runs then
        const std::lock_guard<std::mutex> also(mutex_);
        if (tangled_)
            return;
        over.swap(all_);
        if (next) {
            all_.push_back(std::move(over.back()));
            over.pop_back();
        }
    }

    std::string last_failure() const { return kept_->last(); }

    // What may be running when the SDK ends is left in memory.
    void abandon() noexcept
    {
        for (auto& one : all_)
            (void)one.release();
    }

private:
    follower<T>* keep(std::function<void(const T&)> f, bool inside)
    {
        const std::lock_guard<std::mutex> guard(mutex_);
        tangled_ = tangled_ || inside;
        if (!f)
            return nullptr;
        all_.push_back(std::make_unique<follower<T>>(follower<T>{std::move(f), kept_}));
        return all_.back().get();
    }

    std::mutex setting_; // one exchange after the other
    std::mutex mutex_;   // guards what follows
    std::vector<std::unique_ptr<follower<T>>> all_;
    bool tangled_ = false;
    std::shared_ptr<failures> kept_ = std::make_shared<failures>();
};

inline void call_output(void* ctx, std::uint64_t id, std::uint64_t origin, std::uint64_t sequence,
                        std::uint64_t number, const std::uint8_t* data, std::size_t size) noexcept
{
    follower<output>::run(ctx, "output function", {id, origin, sequence, number, bytes(data, size)});
}

inline void call_log(void* ctx, std::uint64_t number, std::uint64_t unix_ms, int level, std::uint64_t id,
                     const char* message, std::size_t size) noexcept
{
    follower<log_record>::run(ctx, "log function",
                              {number, unix_ms, static_cast<log_level>(level), id, {message, size}});
}

// The SDK itself, shared by its sdk objects and handles.
struct core {
    NetMeshOsSdk* raw;
    followers<output> outputs;
    followers<log_record> logs;
    std::atomic<bool> overdue{false}; // a shutdown didn't wait for everything

    explicit core(NetMeshOsSdk* sdk) noexcept : raw(sdk) {}
    core(const core&) = delete;
    core& operator=(const core&) = delete;
    ~core()
    {
        // Unlike sdk_free it says whether everything has returned.
        const bool late = net_meshos_sdk_shutdown(raw) == NET_MESHOS_ERR_CALL_FAILED;
        net_meshos_sdk_free(raw);
        if (late || overdue || depth > 0) {
            outputs.abandon();
            logs.abandon();
        }
    }
};

} // namespace detail

// ---- The handle of a daemon -------------------------------------------------------------------------------

// A registered daemon. Destroying it, or close(), frees the handle: when that returns no callback runs any more, but
// for the one that it may be called from. A default-made or closed one gets errors of kind "invalid_argument".
class handle {
public:
    handle() noexcept = default;
    handle(handle&& other) noexcept { swap(other); }
    handle& operator=(handle&& other) noexcept
    {
        handle taken(std::move(other));
        swap(taken);
        return *this;
    }
    ~handle() { close(); }

    void close() noexcept
    {
        if (kept_)
            kept_->log_with(nullptr);
        net_meshos_handle_free(std::exchange(raw_, nullptr));
        sdk_.reset();
    }

    NetMeshOsHandle* get() const noexcept { return raw_; }
    std::uint64_t id() const noexcept { return net_meshos_handle_daemon_id(raw_); }
    std::string name() const
    {
        const char* text = net_meshos_handle_daemon_name(raw_);
        return text ? text : "";
    }

    // What a callback threw last, "CALLBACK: MESSAGE", or an empty text. It can be asked for after close() too.
    std::string failure() const { return kept_ ? kept_->last() : std::string(); }

    // ---- Control

    std::optional<control> try_next_control()
    {
        NetMeshOsDaemonControl out;
        detail::check(net_meshos_try_next_control(raw_, &out));
        return received(out);
    }

    // Waits for a control event, without limit. None: the SDK or the handle has ended.
    std::optional<control> next_control() { return receive(0); }

    // The same, for this long at most. None: it was not sent one in time, or see above.
    std::optional<control> next_control(milliseconds timeout)
    {
        return timeout.count() <= 0 ? try_next_control() : receive(detail::limit(timeout));
    }

    // Sends SHUTDOWN, waits for that long (0: 5 s) or for done(), and consumes the handle.
    void graceful_shutdown(milliseconds grace = milliseconds(0))
    {
        detail::check(net_meshos_graceful_shutdown(raw_, detail::grace(grace)));
    }

    // The daemon has finished after SHUTDOWN.
    void done() { detail::check(net_meshos_ext_daemon_done(raw_)); }

    // ---- Logs and what is shown

    void log(log_level level, std::string_view message)
    {
        // A view may have no address at all, which the call takes for a mistake.
        const char* text = message.data() ? message.data() : "";
        detail::check(net_meshos_publish_log(raw_, static_cast<int>(level), text, message.size()));
    }

    // JSON, as net_meshos_metadata() describes it; refresh_metadata() reads the present state first.
    std::string metadata() const { return detail::take_text(net_meshos_metadata(raw_)); }
    std::string refresh_metadata() { return detail::take_text(net_meshos_refresh_metadata(raw_)); }

    // A JSON array of strings; an empty text withdraws them.
    void publish_capabilities(std::string_view tags_json)
    {
        detail::check(net_meshos_publish_capabilities(raw_, tags_json.data(), tags_json.size()));
    }

private:
    friend class sdk;
    handle(std::shared_ptr<detail::core> core, std::shared_ptr<detail::failures> kept, NetMeshOsHandle* raw)
        : sdk_(std::move(core)), kept_(std::move(kept)), raw_(raw)
    {
        if (kept_)
            kept_->log_with(raw_);
    }

    void swap(handle& other) noexcept
    {
        std::swap(sdk_, other.sdk_);
        std::swap(kept_, other.kept_);
        std::swap(raw_, other.raw_);
    }

    std::optional<control> receive(std::uint64_t timeout_ms)
    {
        NetMeshOsDaemonControl out;
        detail::check(net_meshos_next_control(raw_, timeout_ms, &out));
        return received(out);
    }

    static std::optional<control> received(const NetMeshOsDaemonControl& c)
    {
        if (c.kind == NET_MESHOS_CONTROL_NONE)
            return std::nullopt;
        return detail::to_control(c.kind, c.grace_period_ms, c.level);
    }

    std::shared_ptr<detail::core> sdk_;
    std::shared_ptr<detail::failures> kept_;
    NetMeshOsHandle* raw_ = nullptr;
};

// ---- The SDK ----------------------------------------------------------------------------------------------

// A running SDK. Copies are the same SDK. It is shut down and freed with the last copy and handle, or ended by
// shutdown() before.
class sdk {
public:
    explicit sdk(const options& o = {}) : core_(start(o)) {}

    // The version of the library.
    static std::string version() { return net_meshos_ext_version(); }

    // Starts an SDK that is configured by a JSON object, see net_meshos_ext_sdk_start(). Empty: all defaults.
    static sdk with_config(std::string_view json)
    {
        NetMeshOsSdk* raw = nullptr;
        detail::check(net_meshos_ext_sdk_start(json.empty() ? nullptr : json.data(), json.size(), &raw));
        return sdk(raw);
    }

    NetMeshOsSdk* get() const noexcept { return core_->raw; }

    void shutdown()
    {
        const int status = net_meshos_sdk_shutdown(core_->raw);
        if (status == NET_MESHOS_ERR_CALL_FAILED)
            core_->overdue = true;
        detail::check(status);
    }

    // Control events that didn't fit into a daemon's mailbox. None after the shutdown.
    std::optional<std::uint64_t> dropped_control_events() const noexcept
    {
        const std::uint64_t n = net_meshos_sdk_dropped_control_events(core_->raw);
        if (n == std::numeric_limits<std::uint64_t>::max())
            return std::nullopt;
        return n;
    }

    // ---- Registering

    // Registers a daemon. The object is destroyed after its last callback, or when the registration has failed.
    // D is the class that overrides the methods, not a base of it.
    template <class D>
    handle register_daemon(std::string_view name, const seed& s, std::shared_ptr<D> d)
    {
        demand_own_class(d.get());
        auto seat = std::make_unique<detail::seat<D>>(std::move(d));
        const auto kept = seat->kept;
        const NetMeshOsDaemonVtable table = detail::seat<D>::table();
        NetMeshOsHandle* raw = nullptr;
        const int status = net_meshos_register_daemon_with_vtable_v2(core_->raw, text(name), name.size(), s.data(),
                                                                     &table, seat.get(), detail::seat<D>::destroy,
                                                                     &raw);
        // With -1 and -3 destroy isn't called: the seat is still ours.
        if (status != NET_MESHOS_ERR_NULL && status != NET_MESHOS_ERR_INVALID_ARG)
            (void)seat.release();
        detail::check(status);
        return handle(core_, kept, raw);
    }

    template <class D>
    handle register_daemon(std::string_view name, const seed& s, std::unique_ptr<D> d)
    {
        return register_daemon(name, s, std::shared_ptr<D>(std::move(d)));
    }

    // Registers a lambda that does the work of process: void(const event&, emitter&).
    template <class F>
    handle register_function(std::string_view name, const seed& s, F f)
    {
        return register_daemon(name, s, std::make_shared<detail::function_daemon<F>>(std::move(f)));
    }

    // Registers a daemon that stays the caller's, who keeps it until the handle is closed, and the last callback over
    // where it is closed from inside one.
    // The handle is that of a pointer: borrowed->id().
    template <class D>
    class borrowed {
    public:
        borrowed(borrowed&&) noexcept = default;
        handle& operator*() noexcept { return handle_; }
        handle* operator->() noexcept { return &handle_; }

    private:
        borrowed& operator=(borrowed&&) = delete;
        friend class sdk;
        borrowed(std::unique_ptr<detail::seat<D>> seat, handle h) : seat_(std::move(seat)), handle_(std::move(h)) {}
        std::unique_ptr<detail::seat<D>> seat_;
        handle handle_; // closed first
    };

    template <class D>
    borrowed<D> register_borrowed(std::string_view name, const seed& s, D& d)
    {
        demand_own_class(&d);
        auto seat = std::make_unique<detail::seat<D>>(std::shared_ptr<D>(std::shared_ptr<void>(), &d));
        const NetMeshOsDaemonVtable table = detail::seat<D>::table();
        NetMeshOsHandle* raw = nullptr;
        detail::check(net_meshos_register_daemon_with_vtable(core_->raw, text(name), name.size(), s.data(), &table,
                                                             seat.get(), &raw));
        handle h(core_, seat->kept, raw);
        return borrowed<D>(std::move(seat), std::move(h));
    }

    // Registers a daemon without callbacks, for a host that does its work itself.
    handle register_plain(std::string_view name, const seed& s)
    {
        NetMeshOsHandle* raw = nullptr;
        detail::check(net_meshos_register_daemon(core_->raw, text(name), name.size(), s.data(), &raw));
        return handle(core_, nullptr, raw);
    }

    // ---- Events

    // Has a daemon process an event on this thread; f(const output&) gets each output. What f throws comes out of
    // this call, and so does what process throws, as the message of an error of kind "process_failed".
    template <class F>
    void deliver(std::uint64_t daemon_id, const event& in, F&& f)
    {
        struct context {
            F& f;
            std::exception_ptr thrown;
        } here{f, nullptr};
        const auto call = [](void* ctx, std::uint64_t id, std::uint64_t origin, std::uint64_t sequence,
                             std::uint64_t number, const std::uint8_t* data, std::size_t size) noexcept {
            auto& h = *static_cast<context*>(ctx);
            const detail::entered inside;
            if (h.thrown)
                return;
            try {
                h.f(output{id, origin, sequence, number, bytes(data, size)});
            } catch (...) {
                h.thrown = std::current_exception();
            }
        };
        detail::capture caught;
        const int status = net_meshos_ext_deliver(core_->raw, daemon_id, &in, call, &here);
        if (here.thrown)
            std::rethrow_exception(here.thrown);
        detail::check(status, caught.thrown);
    }

    // The same, with copies of the outputs.
    std::vector<kept_output> deliver(std::uint64_t daemon_id, const event& in)
    {
        std::vector<kept_output> all;
        deliver(daemon_id, in, [&](const output& o) {
            all.push_back({o.daemon_id, o.in_origin_hash, o.in_sequence, o.out_sequence, o.payload.to_vector()});
        });
        return all;
    }

    // Puts an event into a daemon's inbox. A full one is an error, "queue_full".
    void post(std::uint64_t daemon_id, const event& e)
    {
        detail::check(net_meshos_ext_post(core_->raw, daemon_id, &e, 1, nullptr));
    }

    // Puts events into a daemon's inbox until it is full, and returns how many: the others may be posted again.
    std::size_t post_batch(std::uint64_t daemon_id, const event* events, std::size_t n)
    {
        std::size_t accepted = 0;
        const int status = net_meshos_ext_post(core_->raw, daemon_id, events, n, &accepted);
        if (status != NET_MESHOS_OK && !detail::is_partial(status))
            detail::fail(status);
        return accepted;
    }
    std::size_t post_batch(std::uint64_t daemon_id, const std::vector<event>& events)
    {
        return post_batch(daemon_id, events.data(), events.size());
    }

    // Puts events into a daemon's inbox, waiting for room, and returns how many: fewer than all when the time is over.
    std::size_t post_wait(std::uint64_t daemon_id, const event* events, std::size_t n)
    {
        return post_within(daemon_id, events, n, 0);
    }
    std::size_t post_wait(std::uint64_t daemon_id, const event* events, std::size_t n, milliseconds timeout)
    {
        return post_within(daemon_id, events, n, detail::limit(timeout));
    }
    template <class... Timeout>
    std::size_t post_wait(std::uint64_t daemon_id, const std::vector<event>& events, Timeout... timeout)
    {
        return post_wait(daemon_id, events.data(), events.size(), timeout...);
    }

    // Waits until a daemon, or all at once, has nothing to do. With a timeout: an error, "timeout".
    void flush(std::uint64_t daemon_id) { detail::check(net_meshos_ext_flush(core_->raw, daemon_id, 0)); }
    void flush(std::uint64_t daemon_id, milliseconds timeout)
    {
        detail::check(net_meshos_ext_flush(core_->raw, daemon_id, detail::limit(timeout)));
    }
    void flush_all() { flush(0); }
    void flush_all(milliseconds timeout) { flush(0, timeout); }

    // Sends the outputs of all daemons to a function, or nowhere. What it throws is kept in output_failure().
    void set_output(std::function<void(const output&)> f)
    {
        core_->outputs.exchange(std::move(f), [this](detail::follower<output>* next) {
            detail::check(net_meshos_ext_set_output(core_->raw, next ? detail::call_output : nullptr, next));
        });
    }
    std::string output_failure() const { return core_->outputs.last_failure(); }

    void subscribe(std::uint64_t from, std::uint64_t to)
    {
        detail::check(net_meshos_ext_subscribe(core_->raw, from, to));
    }
    void unsubscribe(std::uint64_t from, std::uint64_t to)
    {
        detail::check(net_meshos_ext_unsubscribe(core_->raw, from, to));
    }

    // ---- State

    // Takes a daemon's state. A snapshot that throws is an error of kind "callback_failed".
    state snapshot(std::uint64_t daemon_id)
    {
        std::uint8_t* data = nullptr;
        std::size_t size = 0;
        detail::capture caught;
        detail::check(net_meshos_ext_snapshot(core_->raw, daemon_id, &data, &size), caught.thrown);
        state taken(data, size);
        if (caught.thrown)
            throw error(NET_MESHOS_ERR_CALL_FAILED, "callback_failed",
                        "the daemon could not give its state: " + detail::words(caught.thrown));
        return taken;
    }

    void restore(std::uint64_t daemon_id, bytes data)
    {
        detail::capture caught;
        detail::check(net_meshos_ext_restore(core_->raw, daemon_id, data.data(), data.size()), caught.thrown);
    }

    // ---- Control

    // 0: the configured time.
    void enter_maintenance(milliseconds drain = milliseconds(0))
    {
        detail::check(net_meshos_ext_enter_maintenance(core_->raw, detail::grace(drain)));
    }
    void exit_maintenance() { detail::check(net_meshos_ext_exit_maintenance(core_->raw)); }

    // 0: 5 s.
    void stop_daemon(std::uint64_t daemon_id, milliseconds grace = milliseconds(0))
    {
        detail::check(net_meshos_ext_stop_daemon(core_->raw, daemon_id, detail::grace(grace)));
    }
    void restart_daemon(std::uint64_t daemon_id)
    {
        detail::check(net_meshos_ext_restart_daemon(core_->raw, daemon_id));
    }

    // ---- Looking

    // Has a function called with each log record of that level and above, or no longer. What it throws is kept in
    // log_failure().
    void on_log(log_level at_least, std::function<void(const log_record&)> f)
    {
        core_->logs.exchange(std::move(f), [this, at_least](detail::follower<log_record>* next) {
            detail::check(net_meshos_ext_on_log(core_->raw, static_cast<int>(at_least),
                                                next ? detail::call_log : nullptr, next));
        });
    }
    std::string log_failure() const { return core_->logs.last_failure(); }

    // JSON: the records with numbers above that, at most max of them (0: all).
    std::string logs_json(std::uint64_t after = 0, std::size_t max = 0) const
    {
        return detail::take_text(net_meshos_ext_logs_json(core_->raw, after, max));
    }
    // The numbers of runtime_json as OpenMetrics text, for an endpoint of the host's.
    std::string metrics() const { return detail::take_text(net_meshos_ext_metrics(core_->raw)); }
    std::string runtime_json() const { return detail::take_text(net_meshos_ext_runtime_json(core_->raw)); }
    std::string daemon_json(std::uint64_t daemon_id) const
    {
        return detail::take_text(net_meshos_ext_daemon_json(core_->raw, daemon_id));
    }

private:
    explicit sdk(NetMeshOsSdk* raw) : core_(own(raw)) {}

    static std::shared_ptr<detail::core> own(NetMeshOsSdk* raw)
    {
        std::unique_ptr<NetMeshOsSdk, void (*)(NetMeshOsSdk*)> guard(raw, net_meshos_sdk_free);
        auto core = std::make_shared<detail::core>(raw);
        (void)guard.release();
        return core;
    }

    static std::shared_ptr<detail::core> start(const options& o)
    {
        NetMeshOsSdk* raw = nullptr;
        detail::check(net_meshos_sdk_start(o.this_node, o.tick_interval_ms, o.event_queue_capacity,
                                           o.action_queue_capacity, o.control_capacity, &raw));
        return own(raw);
    }

    std::size_t post_within(std::uint64_t daemon_id, const event* events, std::size_t n, std::uint64_t timeout_ms)
    {
        std::size_t accepted = 0;
        const int status = net_meshos_ext_post_wait(core_->raw, daemon_id, events, n, timeout_ms, &accepted);
        if (status != NET_MESHOS_OK && !detail::is_partial(status))
            detail::fail(status);
        return accepted;
    }

    // A view of nothing may have no address at all, which the calls take for a mistake.
    static const char* text(std::string_view t) noexcept { return t.data() ? t.data() : ""; }

    // By a base of its class a daemon's methods would be taken for not overridden, and not be called.
    template <class D>
    static void demand_own_class(const D* d)
    {
        static_assert(std::is_base_of_v<daemon, D>, "a daemon is a class that derives from net_meshos::daemon");
        if (!d)
            throw error(NET_MESHOS_ERR_INVALID_ARG, "invalid_argument", "the daemon is null");
#if defined(__cpp_rtti)
        if (typeid(*d) != typeid(D))
            throw error(NET_MESHOS_ERR_INVALID_ARG, "invalid_argument",
                        "a daemon is registered by a pointer to its own class, and not to a base of that");
#endif
    }

    std::shared_ptr<detail::core> core_;
};

inline seed new_seed()
{
    seed s{};
    detail::check(net_meshos_ext_new_seed(s.data()));
    return s;
}

} // namespace net_meshos

#endif // NET_MESHOS_HPP
