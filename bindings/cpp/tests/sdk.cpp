// The SDK and its handles: every other call, in what order things may go, threads.
#include "check.hpp"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <future>
#include <initializer_list>
#include <thread>

namespace nm = net_meshos;
using namespace std::chrono_literals;

namespace {

const auto echo = [](const nm::event& in, nm::emitter& out) { out.emit(in.view()); };

template <class F>
void eventually(F&& so)
{
    const auto end = std::chrono::steady_clock::now() + 60s;
    while (!so()) {
        EXPECT(std::chrono::steady_clock::now() < end);
        std::this_thread::yield();
    }
}

} // namespace

TEST(starts_with_options_and_with_json)
{
    EXPECT(nm::sdk::version() == NET_MESHOS_EXT_VERSION);
    nm::options o;
    o.this_node = 4660;
    nm::sdk sdk(o);
    EXPECT(contains(sdk.register_plain("d", seed_of(1)).metadata(), "\"node_id\":4660"));
    const auto other = nm::sdk::with_config(R"({"this_node": 77})");
    EXPECT(contains(other.runtime_json(), "77"));
    (void)nm::sdk::with_config("");
    const auto e = fails([] { (void)nm::sdk::with_config(R"({"no_such_key": 1})"); });
    EXPECT(e.kind() == "invalid_argument" && e.status() == NET_MESHOS_ERR_INVALID_ARG);
    EXPECT(contains(e.what(), "no_such_key"));
    EXPECT(nm::last_error::kind() == "invalid_argument" && contains(nm::last_error::message(), "no_such_key"));
    nm::last_error::clear();
    EXPECT(nm::last_error::kind().empty());
    o.event_queue_capacity = std::size_t{1} << 61U;
    EXPECT(fails([&] { nm::sdk failing(o); }).kind() == "runtime_panic");
}

TEST(posting)
{
    auto sdk = nm::sdk::with_config(R"({"inbox_capacity": 4})");
    std::mutex gate;
    std::atomic<bool> begun{false};
    std::vector<std::string> got;
    const auto handle = sdk.register_function("slow", seed_of(1), [&](const nm::event& in, nm::emitter&) {
        begun = true;
        const std::lock_guard<std::mutex> wait(gate);
        got.push_back(in.view().to_string());
    });
    std::size_t accepted = 0;
    {
        const std::lock_guard<std::mutex> closed(gate);
        const std::vector<nm::event> events(20, nm::event("event"));
        sdk.post(handle.id(), "event");
        eventually([&] { return begun.load(); }); // from then on nothing makes room
        accepted = 1 + sdk.post_batch(handle.id(), events);
        EXPECT(accepted >= 4 && accepted < 20);
        EXPECT(fails([&] { sdk.post(handle.id(), "one"); }).kind() == "queue_full");
        EXPECT(fails([&] { sdk.flush(handle.id(), 1ms); }).kind() == "timeout");
        EXPECT(fails([&] { sdk.flush_all(0ms); }).kind() == "timeout");
        EXPECT(sdk.post_wait(handle.id(), events, 1ms) == 0);
    }
    EXPECT(sdk.post_wait(handle.id(), std::vector<nm::event>(20, nm::event("event"))) == 20);
    accepted += 20;
    sdk.flush(handle.id(), 60s);
    sdk.flush_all();
    EXPECT(got.size() == accepted && got[0] == "event");
    EXPECT(sdk.post_batch(handle.id(), std::vector<nm::event>()) == 0);
    EXPECT(fails([&] { sdk.post_batch(12345, {nm::event("x")}); }).kind() == "not_found");
    sdk.deliver(handle.id(), nm::event());
    EXPECT(got.back().empty());
}

TEST(outputs_and_subscriptions)
{
    nm::sdk sdk;
    std::mutex mutex;
    std::vector<std::pair<std::uint64_t, std::string>> seen;
    const auto collect = [&](const nm::output& o) {
        const std::lock_guard<std::mutex> guard(mutex);
        seen.emplace_back(o.daemon_id, o.payload.to_string());
    };
    const auto from = sdk.register_function("from", seed_of(1), echo);
    const auto to = sdk.register_function("to", seed_of(2), echo);
    sdk.set_output(collect);
    sdk.subscribe(from.id(), to.id());
    sdk.post(from.id(), "a");
    sdk.flush_all();
    EXPECT(seen.size() == 2 && seen[0].first == from.id() && seen[1].first == to.id() && seen[1].second == "a");
    sdk.unsubscribe(from.id(), to.id());
    EXPECT(fails([&] { sdk.unsubscribe(from.id(), to.id()); }).kind() == "not_found");
    sdk.deliver(from.id(), "b");
    sdk.flush_all();
    EXPECT(seen.size() == 3);

    const auto thrower = [](const nm::output&) { throw std::runtime_error("no room"); };
    sdk.set_output(thrower);
    sdk.deliver(from.id(), "c", [](const nm::output&) {});
    EXPECT(sdk.output_failure() == "output function: no room");
    sdk.set_output(nullptr);
    sdk.deliver(from.id(), "d");
    EXPECT(seen.size() == 3);
    // What the function of deliver itself throws reaches its caller, with its own type.
    try {
        sdk.deliver(from.id(), "e", [](const nm::output&) { throw std::out_of_range("mine"); });
        EXPECT(false);
    } catch (const std::out_of_range& e) {
        EXPECT(std::string(e.what()) == "mine");
    }
}

// Exchanged by threads and by the function itself while it is called.
TEST(output_functions_that_are_exchanged_all_the_time)
{
    nm::sdk sdk;
    std::atomic<int> calls{0};
    std::function<void(const nm::output&)> again = [&](const nm::output&) {
        if (++calls % 16 == 0)
            sdk.set_output([&](const nm::output& o) { again(o); });
    };
    std::vector<nm::handle> handles;
    for (unsigned i = 0; i < 4; ++i)
        handles.push_back(sdk.register_function("d", seed_of(i), echo));
    sdk.set_output(again);
    std::vector<std::thread> threads;
    threads.emplace_back([&] {
        for (int i = 0; i < 200; ++i)
            sdk.set_output([&](const nm::output& o) { again(o); });
    });
    for (const auto& h : handles)
        threads.emplace_back([&] {
            for (int i = 0; i < 500; ++i)
                sdk.deliver(h.id(), "x", [](const nm::output&) {});
        });
    for (auto& t : threads)
        t.join();
    EXPECT(calls > 0);
    sdk.shutdown();
}

// What the function holds stays until it has returned, even if it has set another one and that one is exchanged, too.
TEST(an_output_function_that_exchanges_itself)
{
    nm::sdk sdk;
    std::promise<void> exchanged, gate;
    auto open = gate.get_future().share();
    const auto held = std::make_shared<std::string>("a text that is long enough to be in memory of its own");
    std::weak_ptr<std::string> watch = held;
    std::string seen;
    sdk.set_output([&, open, mine = std::make_shared<std::string>(*held), held](const nm::output&) {
        sdk.set_output([](const nm::output&) {});
        exchanged.set_value();
        open.wait();
        seen = *mine;
    });
    const auto one = sdk.register_function("one", seed_of(1), echo);
    const auto other = sdk.register_function("other", seed_of(2), echo);
    sdk.post(one.id(), "x");
    exchanged.get_future().wait();
    // It doesn't wait for the first function if the library doesn't, and must not free it then.
    auto last = std::async(std::launch::async, [&] { sdk.set_output(nullptr); });
    sdk.deliver(other.id(), "x");
    gate.set_value();
    last.get();
    sdk.flush_all();
    EXPECT(seen == *held);
    EXPECT(watch.use_count() == 2);
}

TEST(logs)
{
    nm::sdk sdk;
    std::mutex mutex;
    std::condition_variable told;
    std::vector<std::string> lines;
    auto handle = sdk.register_plain("logger", seed_of(1));
    sdk.on_log(nm::log_level::warn, [&](const nm::log_record& r) {
        const std::lock_guard<std::mutex> guard(mutex);
        if (r.daemon_id == handle.id() && r.level == nm::log_level::error && r.number > 0 && r.unix_ms > 0)
            lines.emplace_back(r.message);
        told.notify_all();
        throw std::runtime_error("after all");
    });
    handle.log(nm::log_level::info, "not this");
    handle.log(nm::log_level::error, std::string("with a \0 in it", 14));
    handle.log(nm::log_level::error, {});
    {
        std::unique_lock<std::mutex> lock(mutex);
        EXPECT(told.wait_for(lock, 60s, [&] { return lines.size() == 2; }));
    }
    EXPECT(lines[0].size() == 14 && lines[1].empty());
    eventually([&] { return sdk.log_failure() == "log function: after all"; });
    sdk.on_log(nm::log_level::trace, nullptr);
    EXPECT(contains(sdk.logs_json(), "not this") && sdk.logs_json(1000000, 1) == "[]");
    EXPECT(fails([&] { handle.log(static_cast<nm::log_level>(9), "x"); }).kind() == "invalid_log_level");
    EXPECT(fails([&] { handle.log(nm::log_level::info, "\xff"); }).kind() == "invalid_argument");
}

TEST(control_and_the_end_of_a_daemon)
{
    nm::sdk sdk;
    auto handle = sdk.register_function("d", seed_of(1), echo);
    const auto id = handle.id();
    EXPECT(!handle.try_next_control() && !handle.next_control(0ms) && !handle.next_control(1ms));
    EXPECT(fails([&] { handle.done(); }).kind() == "invalid_state");
    std::thread worker([&] {
        const auto event = handle.next_control();
        if (event && event->kind == nm::control_kind::shutdown && event->grace == 30s)
            handle.done();
    });
    sdk.stop_daemon(id, 30s); // ends early
    worker.join();
    EXPECT(fails([&] { sdk.post(id, "x"); }).kind() == "stopped");
    sdk.restart_daemon(id);
    EXPECT(sdk.deliver(id, "x").size() == 1);
    sdk.enter_maintenance();
    EXPECT(handle.next_control(60s)->kind == nm::control_kind::drain_start);
    EXPECT(fails([&] { sdk.post(id, "x"); }).kind() == "draining");
    EXPECT(contains(handle.refresh_metadata(), "maintenance"));
    sdk.exit_maintenance();
    EXPECT(fails([&] { sdk.exit_maintenance(); }).kind() == "invalid_state");
    handle.publish_capabilities(R"(["gpu"])");
    EXPECT(contains(sdk.daemon_json(id), "gpu"));
    handle.publish_capabilities({});
    EXPECT(!contains(sdk.daemon_json(id), "gpu"));
    EXPECT(fails([&] { handle.publish_capabilities("{}"); }).kind() == "invalid_argument");
    EXPECT(*sdk.dropped_control_events() == 0);
    handle.graceful_shutdown(1ms);
    EXPECT(handle.id() == id && fails([&] { (void)handle.metadata(); }).kind() == "already_shutdown");
    EXPECT(fails([&] { handle.graceful_shutdown(); }).status() == NET_MESHOS_ERR_ALREADY_SHUTDOWN);
    EXPECT(fails([&] { (void)sdk.daemon_json(id); }).kind() == "not_found");
}

TEST(metrics_and_new_seeds)
{
    nm::sdk sdk;
    const nm::seed one = nm::new_seed();
    EXPECT(one != nm::new_seed() && one != nm::seed{});
    const auto handle = sdk.register_plain("d", one);
    EXPECT(contains(sdk.metrics(), "# EOF"));
    EXPECT(fails([&] { (void)sdk.post_wait(12345, {nm::event("x")}); }).kind() == "not_found");
}

TEST(a_kind_that_is_newer_is_unknown)
{
    EXPECT(nm::detail::to_control(6, 0, 0).kind == nm::control_kind::unknown);
    EXPECT(nm::detail::to_control(-1, UINT64_MAX, 0).grace == nm::milliseconds::max());
    EXPECT(nm::detail::to_control(5, 0, 0).kind == nm::control_kind::backpressure_off);
}

TEST(a_handle_outlives_its_sdk_object)
{
    std::optional<nm::sdk> sdk(std::in_place);
    auto handle = sdk->register_function("d", seed_of(1), echo);
    nm::sdk copy = *sdk;
    sdk.reset();
    EXPECT(copy.deliver(handle.id(), "x").size() == 1);
    copy.shutdown();
    EXPECT(fails([&] { copy.shutdown(); }).kind() == "already_shutdown");
    EXPECT(!copy.dropped_control_events());
    EXPECT(!handle.next_control() && contains(handle.metadata(), "\"d\""));
    EXPECT(fails([&] { handle.log(nm::log_level::info, "x"); }).kind() == "loop_closed");
}

TEST(handles_that_are_moved_closed_and_empty)
{
    nm::sdk sdk;
    auto a = sdk.register_plain("a", seed_of(1));
    auto b = std::move(a);
    auto& same = b;
    b = std::move(same);
    EXPECT(b.name() == "a" && b.get() != nullptr && sdk.get() != nullptr);
    b = sdk.register_plain("b", seed_of(2)); // frees a
    EXPECT(fails([&] { (void)sdk.daemon_json(12); }).kind() == "not_found");
    auto again = sdk.register_plain("a", seed_of(1));
    again.close();
    again.close();
    EXPECT(again.id() == 0 && again.name().empty() && again.failure().empty());
    EXPECT(fails([&] { again.try_next_control(); }).status() == NET_MESHOS_ERR_NULL);
}

TEST(sdks_that_are_moved_from)
{
    nm::sdk sdk;
    nm::sdk other = std::move(sdk);
    EXPECT(other.get() != nullptr && sdk.get() == nullptr && !sdk.dropped_control_events());
    for (const auto& call : std::initializer_list<std::function<void()>>{
             [&] { sdk.flush_all(); },
             [&] { sdk.shutdown(); },
             [&] { (void)sdk.runtime_json(); },
             [&] { sdk.register_plain("a", seed_of(1)); },
             [&] { sdk.register_function("a", seed_of(1), [](const nm::event&, nm::emitter&) {}); },
             [&] { sdk.deliver(1, "x"); },
             [&] { sdk.set_output(nullptr); },
             [&] { (void)sdk.log_failure(); },
         }) {
        const auto e = fails(call);
        EXPECT(e.kind() == "invalid_argument" && e.status() == NET_MESHOS_ERR_NULL && contains(e.what(), "moved"));
    }
    sdk = other;
    sdk.flush_all();
}

TEST(times_that_are_negative)
{
    nm::sdk sdk;
    auto handle = sdk.register_plain("d", seed_of(1));
    const auto wrong = -1ms;
    for (const auto& call : std::initializer_list<std::function<void()>>{
             [&] { sdk.flush_all(wrong); },
             [&] { sdk.flush(handle.id(), wrong); },
             [&] { sdk.post_wait(handle.id(), nullptr, 0, wrong); },
             [&] { sdk.enter_maintenance(wrong); },
             [&] { sdk.stop_daemon(handle.id(), wrong); },
             [&] { handle.next_control(wrong); },
             [&] { handle.graceful_shutdown(wrong); },
         })
        EXPECT(contains(fails(call).what(), "must not be negative, and is -1 ms"));
    EXPECT(!handle.next_control(0ms));
}

TEST(a_wait_ends_when_the_sdk_shuts_down)
{
    nm::sdk sdk;
    auto handle = sdk.register_plain("d", seed_of(1));
    std::atomic<bool> waiting{false}, woken{false};
    std::thread thread([&] {
        waiting = true;
        woken = !handle.next_control();
    });
    eventually([&] { return waiting.load(); });
    sdk.shutdown();
    thread.join();
    EXPECT(woken);
}
