#include "meshos.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <future>
#include <iostream>
#include <mutex>
#include <numeric>

namespace {

constexpr std::uint64_t grace_ms = 1000;

void expect(bool so, const std::string& what)
{
    if (!so)
        throw std::logic_error("not so: " + what);
}

template <class Call>
void expect_error(int status, const std::string& kind, Call call)
{
    try {
        call();
    } catch (const meshos::Error& error) {
        expect(error.status() == status, "status of " + kind + ", got " + std::to_string(error.status()));
        expect(error.kind() == kind, "kind " + kind + ", got " + error.kind());
        expect(*error.what() != '\0', "a message for " + kind);
        return;
    }
    throw std::logic_error("not so: the call fails with " + kind);
}

class Echo : public meshos::Daemon {
public:
    void process(std::string_view payload, std::uint64_t, const Outputs& outputs) override { outputs.emit(payload); }

    void on_control(const NetMeshOsDaemonControl& event) override
    {
        std::lock_guard<std::mutex> guard(lock_);
        heard_ = event;
        ++controls_;
    }

    int health() override
    {
        std::lock_guard<std::mutex> guard(lock_);
        ++health_asked_;
        changed_.notify_all();
        return NET_MESHOS_HEALTH_HEALTHY;
    }

    bool health_is_asked()
    {
        std::unique_lock<std::mutex> guard(lock_);
        return changed_.wait_for(guard, std::chrono::seconds(300), [this] { return health_asked_ >= 2; });
    }

    bool heard_one_shutdown()
    {
        std::lock_guard<std::mutex> guard(lock_);
        return controls_ == 1 && heard_.kind == NET_MESHOS_CONTROL_SHUTDOWN && heard_.grace_period_ms == grace_ms;
    }

private:
    std::mutex lock_;
    std::condition_variable changed_;
    NetMeshOsDaemonControl heard_{};
    int controls_ = 0, health_asked_ = 0;
};

void live()
{
    meshos::Seed seed;
    std::iota(seed.begin(), seed.end(), std::uint8_t{0});
    Echo echo;
    meshos::Sdk sdk(4660, 10);
    meshos::Handle daemon = sdk.add("consumer-cpp", seed, echo);

    expect(daemon.id() == 0x782a3238801976bf, "the id");
    expect(daemon.name() == "consumer-cpp", "the name");
    daemon.log(NET_MESHOS_LOG_INFO, "hello");
    daemon.advertise(R"(["language.c++"])");
    expect(daemon.metadata().find(R"("daemon_name":"consumer-cpp")") != std::string::npos, "the metadata");
    expect_error(NET_MESHOS_ERR_INVALID_ARG, "invalid_log_level", [&] { daemon.log(99, "x"); });
    expect_error(NET_MESHOS_ERR_INVALID_ARG, "invalid_argument", [&] { daemon.advertise("{}"); });
    expect_error(NET_MESHOS_ERR_CALL_FAILED, "register_failed", [&] { sdk.add("twin", seed, echo); });
    expect(echo.health_is_asked(), "health is asked every tick");

    std::promise<void> following;
    auto control = std::async(std::launch::async, [&] {
        following.set_value();
        return daemon.next_control();
    });
    following.get_future().wait();
    daemon.graceful_shutdown(grace_ms);
    NetMeshOsDaemonControl event = control.get();
    expect(event.kind == NET_MESHOS_CONTROL_SHUTDOWN && event.grace_period_ms == grace_ms, "the thread reads SHUTDOWN");
    expect(echo.heard_one_shutdown(), "on_control hears SHUTDOWN once");
    expect_error(NET_MESHOS_ERR_ALREADY_SHUTDOWN, "already_shutdown", [&] { daemon.next_control(1); });

    sdk.shutdown();
    expect_error(NET_MESHOS_ERR_ALREADY_SHUTDOWN, "already_shutdown", [&] { sdk.shutdown(); });
}

} // namespace

int main()
{
    try {
        live();
    } catch (const std::exception& problem) {
        std::cerr << "consumer-cpp: " << problem.what() << '\n';
        return EXIT_FAILURE;
    }
    std::cout << "consumer-cpp: lived and ended as it should\n";
}
