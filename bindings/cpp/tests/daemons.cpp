// Daemons: which methods are called, who owns the object, what becomes of exceptions.
#include "check.hpp"

#include <atomic>
#include <future>
#include <memory>

namespace nm = net_meshos;
using namespace std::chrono_literals;

namespace {

// Has everything; counts what is called, and says when it is destroyed.
class complete : public nm::daemon {
public:
    struct seen {
        std::atomic<int> destroyed{0}, healths{0}, saturations{0};
        std::promise<nm::control> controlled;
    };

    explicit complete(std::shared_ptr<seen> s) : seen_(std::move(s)) {}
    ~complete() override { ++seen_->destroyed; }

    void process(const nm::event& in, nm::emitter& out) override
    {
        if (in.text() == "fail")
            throw std::runtime_error("on purpose");
        if (in.text() == "odd")
            throw 7; // NOLINT: no std::exception
        total_ += in.payload_len;
        out.emit(in.view());
        out.emit(std::to_string(in.origin_hash) + "/" + std::to_string(in.sequence));
    }
    void snapshot(nm::state_emitter& out) override
    {
        if (total_ == 13) {
            out.emit("half of it");
            throw std::runtime_error("unlucky");
        }
        out.emit(std::to_string(total_));
    }
    void restore(nm::bytes data) override
    {
        if (data.text() == "bad")
            throw std::runtime_error("no number");
        total_ = std::stoul(data.to_string());
    }
    void on_control(const nm::control& what) override
    {
        if (!std::exchange(told_, true))
            seen_->controlled.set_value(what);
    }
    nm::health health() override
    {
        ++seen_->healths;
        return nm::health::degraded;
    }
    float saturation() override
    {
        ++seen_->saturations;
        return 0.5F;
    }

private:
    std::shared_ptr<seen> seen_;
    std::size_t total_ = 0;
    bool told_ = false;
};

class minimal : public nm::daemon {
public:
    void process(const nm::event&, nm::emitter&) override {}
};

template <class F>
void eventually(F&& so)
{
    const auto end = std::chrono::steady_clock::now() + 60s;
    while (!so()) {
        EXPECT(std::chrono::steady_clock::now() < end);
        std::this_thread::yield();
    }
}

nm::options ticking() {
    nm::options o;
    o.tick_interval_ms = 1;
    return o;
}

} // namespace

TEST(every_method_is_called)
{
    const auto seen = std::make_shared<complete::seen>();
    nm::sdk sdk(ticking());
    auto handle = sdk.register_daemon("complete", seed_of(1), std::make_unique<complete>(seen));
    EXPECT(handle.name() == "complete" && handle.id() != 0);

    const auto outputs = sdk.deliver(handle.id(), nm::event("hello", 3, 4));
    EXPECT(outputs.size() == 2 && outputs[0].text() == "hello" && outputs[1].text() == "3/4");
    EXPECT(outputs[1].daemon_id == handle.id() && outputs[1].in_origin_hash == 3 && outputs[1].in_sequence == 4);
    EXPECT(outputs[1].out_sequence == 2);

    const nm::state taken = sdk.snapshot(handle.id());
    EXPECT(taken.view().text() == "5");
    sdk.restore(handle.id(), nm::bytes("40"));
    EXPECT(sdk.snapshot(handle.id()).view().text() == "40");

    eventually([&] { return seen->healths > 0 && seen->saturations > 0; });
    sdk.enter_maintenance(1234ms);
    const auto told = seen->controlled.get_future().get();
    EXPECT(told.kind == nm::control_kind::drain_start && told.grace <= 1234ms && told.grace > 0ms);
    const auto received = handle.next_control();
    EXPECT(received && received->kind == nm::control_kind::drain_start && received->grace == told.grace);
    EXPECT(seen->destroyed == 0);
    handle.close();
    EXPECT(seen->destroyed == 1);
}

// The library treats a daemon without snapshot, restore and health as one that has none.
TEST(methods_that_are_not_overridden_are_not_there)
{
    using seat = nm::detail::seat<minimal>;
    const auto table = seat::table();
    EXPECT(table.process && !table.snapshot && !table.restore && !table.on_control && !table.health && !table.saturation);

    nm::sdk sdk;
    const auto handle = sdk.register_daemon("minimal", seed_of(1), std::make_unique<minimal>());
    EXPECT(sdk.snapshot(handle.id()).empty());
    EXPECT(fails([&] { sdk.restore(handle.id(), nm::bytes("x")); }).kind() == "restore_failed");
}

TEST(a_daemon_is_registered_by_its_own_class)
{
    nm::sdk sdk;
    std::unique_ptr<minimal> derived;
    struct more : minimal {
        nm::health health() override { return nm::health::unhealthy; }
    };
    derived = std::make_unique<more>();
    EXPECT(fails([&] { sdk.register_daemon("d", seed_of(1), std::move(derived)); }).kind() == "invalid_argument");
    EXPECT(fails([&] { sdk.register_daemon("d", seed_of(1), std::unique_ptr<minimal>()); }).status() ==
           NET_MESHOS_ERR_INVALID_ARG);
    EXPECT(nm::detail::seat<more>::table().health);
}

TEST(what_process_throws_fails_the_event_and_is_kept)
{
    nm::sdk sdk;
    const auto seen = std::make_shared<complete::seen>();
    auto handle = sdk.register_daemon("complete", seed_of(1), std::make_unique<complete>(seen));
    EXPECT(handle.failure().empty());
    const auto e = fails([&] { sdk.deliver(handle.id(), "fail"); });
    EXPECT(e.kind() == "process_failed" && e.status() == NET_MESHOS_ERR_CALL_FAILED);
    EXPECT(contains(e.what(), "on purpose"));
    EXPECT(handle.failure() == "process: on purpose");
    EXPECT(contains(fails([&] { sdk.deliver(handle.id(), "odd"); }).what(), "no std::exception"));

    // On the library's threads too, and into the log.
    sdk.post(handle.id(), "fail");
    sdk.flush(handle.id());
    EXPECT(handle.failure() == "process: on purpose");
    eventually([&] { return contains(sdk.logs_json(), "process: on purpose"); });
    handle.close();
    EXPECT(handle.failure() == "process: on purpose");
}

TEST(what_snapshot_and_restore_throw_is_the_error)
{
    nm::sdk sdk;
    const auto seen = std::make_shared<complete::seen>();
    auto handle = sdk.register_daemon("complete", seed_of(1), std::make_unique<complete>(seen));
    const auto e = fails([&] { sdk.restore(handle.id(), nm::bytes("bad")); });
    EXPECT(e.kind() == "restore_failed" && contains(e.what(), "no number"));
    sdk.restore(handle.id(), nm::bytes("13"));
    const auto f = fails([&] { (void)sdk.snapshot(handle.id()); });
    EXPECT(f.kind() == "callback_failed" && contains(f.what(), "unlucky"));
    EXPECT(handle.failure() == "snapshot: unlucky");
    // The library has got none, nor half of one.
    std::uint8_t* data = nullptr;
    std::size_t size = 0;
    EXPECT(net_meshos_ext_snapshot(sdk.get(), handle.id(), &data, &size) == NET_MESHOS_OK);
    EXPECT(data == nullptr && size == 0);
}

TEST(what_the_other_methods_throw_is_kept)
{
    struct thrower : nm::daemon {
        void process(const nm::event&, nm::emitter&) override {}
        void on_control(const nm::control&) override { throw std::runtime_error("told"); }
        nm::health health() override { throw std::runtime_error("ill"); }
        float saturation() override { return 0; }
    };
    nm::sdk sdk(ticking());
    auto handle = sdk.register_daemon("thrower", seed_of(1), std::make_unique<thrower>());
    eventually([&] { return handle.failure() == "health: ill"; });
    eventually([&] { return contains(sdk.daemon_json(handle.id()), "unhealthy"); });

    nm::sdk still;
    auto other = still.register_daemon("thrower", seed_of(1), std::make_unique<thrower>());
    still.enter_maintenance();
    eventually([&] { return contains(still.logs_json(), "on_control: told"); });
}

// The message of a failure within a failure is the inner one's only where that is passed on.
TEST(failures_of_nested_deliveries)
{
    nm::sdk sdk;
    const auto inner = sdk.register_function("inner", seed_of(1), [](const nm::event&, nm::emitter&) {
        throw std::runtime_error("inner words");
    });
    const auto id = inner.id();
    const auto outer = sdk.register_function("outer", seed_of(2), [&sdk, id](const nm::event& in, nm::emitter& out) {
        try {
            sdk.deliver(id, in);
        } catch (const nm::error& e) {
            EXPECT(contains(e.what(), "inner words"));
        }
        if (in.text() == "fail")
            throw std::runtime_error("outer words");
        out.emit("caught");
    });
    EXPECT(sdk.deliver(outer.id(), "go on")[0].text() == "caught");
    const std::string said = fails([&] { sdk.deliver(outer.id(), "fail"); }).what();
    EXPECT(contains(said, "outer words") && !contains(said, "inner words"));
}

TEST(a_failed_registration_destroys_the_daemon)
{
    const auto seen = std::make_shared<complete::seen>();
    nm::sdk sdk;
    const auto make = [&] { return std::make_unique<complete>(seen); };
    // -3: the library doesn't call destroy. -2 and -4: it does.
    EXPECT(fails([&] { sdk.register_daemon("\xff", seed_of(1), make()); }).status() == NET_MESHOS_ERR_INVALID_ARG);
    EXPECT(seen->destroyed == 1);
    const auto first = sdk.register_daemon("first", seed_of(1), make());
    EXPECT(fails([&] { sdk.register_daemon("again", seed_of(1), make()); }).kind() == "register_failed");
    EXPECT(seen->destroyed == 2);
    sdk.shutdown();
    EXPECT(seen->destroyed == 3);
    EXPECT(fails([&] { sdk.register_daemon("late", seed_of(2), make()); }).kind() == "already_shutdown");
    EXPECT(seen->destroyed == 4);
}

TEST(a_daemon_that_is_shared_or_borrowed)
{
    struct counter : nm::daemon {
        std::atomic<int> events{0};
        void process(const nm::event&, nm::emitter&) override { ++events; }
    };
    nm::sdk sdk;
    const auto shared = std::make_shared<counter>();
    {
        const auto handle = sdk.register_daemon("shared", seed_of(1), shared);
        sdk.deliver(handle.id(), "x");
    }
    EXPECT(shared->events == 1 && shared.use_count() == 1);

    counter mine;
    auto borrowed = sdk.register_borrowed("mine", seed_of(1), mine);
    auto moved = std::move(borrowed);
    sdk.deliver(moved->id(), "x");
    EXPECT(mine.events == 1);
    moved->close();
    EXPECT(fails([&] { sdk.register_borrowed("\xff", seed_of(1), mine); }).kind() == "invalid_argument");
}

// A daemon that ends itself: the last handle and the last SDK go within a callback.
TEST(a_callback_may_drop_its_own_handle_and_sdk)
{
    struct all {
        std::optional<nm::sdk> sdk;
        nm::handle handle;
        std::promise<void> gone;
        ~all() { gone.set_value(); }
    };
    auto owner = std::make_shared<all>();
    auto gone = owner->gone.get_future();
    owner->sdk.emplace();
    nm::sdk& sdk = *owner->sdk;
    std::promise<void> over;
    auto finished = over.get_future();
    owner->handle = sdk.register_function("own", seed_of(1), [owner, &over](const nm::event&, nm::emitter&) mutable {
        owner->handle.close();
        owner->sdk.reset();
        owner.reset();
        over.set_value();
    });
    std::weak_ptr<all> watch = owner;
    const auto id = owner->handle.id();
    sdk.post(id, "go");
    owner.reset();
    EXPECT(finished.wait_for(60s) == std::future_status::ready);
    EXPECT(gone.wait_for(60s) == std::future_status::ready && watch.expired());
}
