// A thin C++17 wrapper: ownership in the type, failures as exceptions, a daemon as a class.
#pragma once

#include <net_meshos.h>

#include <array>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace meshos {

class Error : public std::runtime_error {
public:
    Error(int status, std::string kind, const std::string& message)
        : std::runtime_error(message), status_(status), kind_(std::move(kind)) {}

    int status() const noexcept { return status_; }
    const std::string& kind() const noexcept { return kind_; }

private:
    int status_;
    std::string kind_;
};

// The last error belongs to the thread, so it is read right where the call was made.
[[noreturn]] inline void raise(int status)
{
    const char* kind = net_meshos_last_error_kind();
    const char* message = net_meshos_last_error_message();
    throw Error(status, kind ? kind : "", message ? message : "");
}

inline void check(int status)
{
    if (status != NET_MESHOS_OK)
        raise(status);
}

using Seed = std::array<std::uint8_t, 32>;

// What a daemon does. Its functions are called on threads of the library, one at a time. An exception in
// process() fails that event; in the others it ends the program, since C could not carry it on.
class Daemon {
public:
    class Outputs {
    public:
        explicit Outputs(NetMeshOsProcessEmitCtx* context) : context_(context) {}
        void emit(std::string_view bytes) const
        {
            net_meshos_process_emit(context_, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
        }

    private:
        NetMeshOsProcessEmitCtx* context_;
    };

    virtual ~Daemon() = default;
    virtual void process(std::string_view payload, std::uint64_t sequence, const Outputs& outputs) = 0;
    virtual void on_control(const NetMeshOsDaemonControl&) {}
    virtual int health() { return NET_MESHOS_HEALTH_HEALTHY; }
};

class Handle {
public:
    explicit Handle(NetMeshOsHandle* handle) : handle_(handle) {}

    std::uint64_t id() const { return net_meshos_handle_daemon_id(get()); }
    std::string name() const { return net_meshos_handle_daemon_name(get()); }
    void log(int level, std::string_view line) { check(net_meshos_publish_log(get(), level, line.data(), line.size())); }
    void advertise(std::string_view tags) { check(net_meshos_publish_capabilities(get(), tags.data(), tags.size())); }
    void graceful_shutdown(std::uint64_t grace_ms) { check(net_meshos_graceful_shutdown(get(), grace_ms)); }

    NetMeshOsDaemonControl next_control(std::uint64_t timeout_ms = 0)
    {
        NetMeshOsDaemonControl event;
        check(net_meshos_next_control(get(), timeout_ms, &event));
        return event;
    }

    std::string metadata() const
    {
        std::unique_ptr<char, decltype(&net_meshos_free_string)> text(net_meshos_metadata(get()), net_meshos_free_string);
        if (!text)
            raise(NET_MESHOS_ERR_CALL_FAILED);
        return text.get();
    }

private:
    struct Free {
        void operator()(NetMeshOsHandle* handle) const { net_meshos_handle_free(handle); }
    };

    NetMeshOsHandle* get() const { return handle_.get(); }

    std::unique_ptr<NetMeshOsHandle, Free> handle_;
};

class Sdk {
public:
    explicit Sdk(std::uint64_t node, std::uint64_t tick_ms = 0)
    {
        NetMeshOsSdk* sdk = nullptr;
        check(net_meshos_sdk_start(node, tick_ms, 0, 0, 0, &sdk));
        sdk_.reset(sdk);
    }

    void shutdown() { check(net_meshos_sdk_shutdown(sdk_.get())); }

    // The daemon must outlive the handle.
    Handle add(std::string_view name, const Seed& seed, Daemon& daemon)
    {
        NetMeshOsDaemonVtable vtable{};
        vtable.process = process;
        vtable.on_control = on_control;
        vtable.health = health;
        NetMeshOsHandle* handle = nullptr;
        check(net_meshos_register_daemon_with_vtable(sdk_.get(), name.data(), name.size(), seed.data(), &vtable,
                                                     &daemon, &handle));
        return Handle(handle);
    }

private:
    struct Free {
        void operator()(NetMeshOsSdk* sdk) const { net_meshos_sdk_free(sdk); }
    };

    static int process(void* daemon, NetMeshOsProcessEmitCtx* emit, std::uint64_t, std::uint64_t sequence,
                       const std::uint8_t* payload, std::size_t length) noexcept
    {
        try {
            std::string_view bytes(reinterpret_cast<const char*>(payload), length);
            static_cast<Daemon*>(daemon)->process(bytes, sequence, Daemon::Outputs(emit));
            return 0;
        } catch (...) {
            return 1;
        }
    }

    static void on_control(void* daemon, int kind, std::uint64_t grace_period_ms, float level) noexcept
    {
        static_cast<Daemon*>(daemon)->on_control({kind, grace_period_ms, level});
    }

    static int health(void* daemon) noexcept { return static_cast<Daemon*>(daemon)->health(); }

    std::unique_ptr<NetMeshOsSdk, Free> sdk_;
};

} // namespace meshos
