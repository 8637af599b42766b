// A C++17 host: exceptions pass its own frames before, between and within callbacks, thread-local and static
// destructors call the library, and a thread that ends by an exception in std::async leaves all as it should be.

#include <net_meshos_ext.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <future>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

struct Error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

void check(int status)
{
    if (status != NET_MESHOS_OK)
        throw Error(net_meshos_last_error_kind());
}

void expect(bool so, const char* what)
{
    if (!so) {
        std::cerr << "not so: " << what << '\n';
        std::_Exit(1);
    }
}

std::atomic<std::uint64_t> seeds{0};
std::atomic<int> farewells{0};

class Daemon {
public:
    explicit Daemon(NetMeshOsSdk* sdk) : sdk_(sdk)
    {
        const std::uint64_t number = ++seeds;
        std::uint8_t seed[32] = {9};
        std::memcpy(seed + 1, &number, sizeof number);
        NetMeshOsDaemonVtable table{};
        table.process = process;
        check(net_meshos_register_daemon_with_vtable_v2(sdk, "c++", 3, seed, &table, this, destroyed, &handle_));
    }

    ~Daemon()
    {
        net_meshos_handle_free(handle_);
        expect(ended_, "destroy comes before handle_free returns");
    }

    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;

    void deliver(std::uint64_t sequence) const
    {
        const NetMeshOsEvent event{1, sequence, nullptr, 0};
        check(net_meshos_ext_deliver(sdk_, net_meshos_handle_daemon_id(handle_), &event, output, nullptr));
    }

    int caught() const { return caught_; }

private:
    // Thrown and caught within the callback: the unwinder has Go's frames below it.
    static int process(void* ctx, NetMeshOsProcessEmitCtx* emit, std::uint64_t, std::uint64_t sequence,
                       const std::uint8_t*, std::size_t) noexcept
    {
        auto* self = static_cast<Daemon*>(ctx);
        try {
            work(sequence);
        } catch (const std::exception& error) {
            ++self->caught_;
            net_meshos_process_emit(emit, reinterpret_cast<const std::uint8_t*>(error.what()), std::strlen(error.what()));
            return 1;
        }
        return 0;
    }

    static void work(std::uint64_t sequence)
    {
        std::vector<std::string> unwound{"a", "b"};
        if (sequence % 2 == 1)
            throw Error("odd");
    }

    static void output(void*, std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t, const std::uint8_t*,
                       std::size_t) noexcept
    {
        expect(false, "a failed event keeps no output");
    }

    static void destroyed(void* ctx) noexcept { static_cast<Daemon*>(ctx)->ended_ = true; }

    NetMeshOsSdk* sdk_;
    NetMeshOsHandle* handle_ = nullptr;
    std::atomic<int> caught_{0};
    std::atomic<bool> ended_{false};
};

NetMeshOsSdk* sdk;

// Its destructor runs when the thread ends, after the library's first call on that thread.
struct Farewell {
    ~Farewell()
    {
        const Daemon last(sdk);
        last.deliver(2);
        ++farewells;
    }
};

void on_a_thread()
{
    thread_local Farewell farewell;
    (void)farewell;
    const Daemon daemon(sdk);
    for (std::uint64_t sequence = 0; sequence < 200; sequence++) {
        try {
            daemon.deliver(sequence);
            expect(sequence % 2 == 0, "odd events fail");
        } catch (const Error& error) {
            expect(sequence % 2 == 1 && std::strcmp(error.what(), "process_failed") == 0, "even events succeed");
        }
    }
    expect(daemon.caught() == 100, "each exception is caught in its callback");
    throw Error("the end of a thread");
}

// Static destructors run in exit(), when main is over and threads of the library still run.
struct Last {
    ~Last()
    {
        {
            const Daemon daemon(sdk);
            daemon.deliver(2);
        }
        expect(net_meshos_sdk_shutdown(sdk) == NET_MESHOS_OK, "an SDK ends in a static destructor");
        net_meshos_sdk_free(sdk);
        std::cout << "ended in a static destructor\n";
    }
} last;

} // namespace

int main()
{
    check(net_meshos_sdk_start(0, 1, 0, 0, 0, &sdk));
    std::vector<std::future<void>> threads;
    for (int i = 0; i < 8; i++)
        threads.push_back(std::async(std::launch::async, on_a_thread));
    for (auto& thread : threads) {
        try {
            thread.get();
            expect(false, "each thread ends by an exception");
        } catch (const Error& error) {
            expect(std::strcmp(error.what(), "the end of a thread") == 0, "by its own exception");
        }
    }
    threads.clear();
    expect(farewells == 8, "the thread-local destructors have called");
    return 0;
}
