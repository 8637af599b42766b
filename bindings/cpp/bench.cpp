// What calls cost from C++. Prints "name value unit" lines.
#include <net_meshos.hpp>

#include <condition_variable>
#include <cstdio>

namespace nm = net_meshos;

constexpr std::size_t events = 50000, batch = 256, calls = 200000;
constexpr int rounds = 20;

// The first event of a round is held while the posts are timed, so that nothing else uses the processors.
class held : public nm::daemon {
public:
    void process(const nm::event& in, nm::emitter&) override
    {
        if (in.origin_hash != 0)
            return;
        std::unique_lock<std::mutex> lock(mutex_);
        entered_ = true;
        changed_.notify_all();
        changed_.wait(lock, [this] { return !entered_; });
    }
    void await()
    {
        std::unique_lock<std::mutex> lock(mutex_);
        changed_.wait(lock, [this] { return entered_; });
    }
    void release()
    {
        const std::lock_guard<std::mutex> guard(mutex_);
        entered_ = false;
        changed_.notify_all();
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool entered_ = false;
};

// Seconds of the fastest round.
template <class Prepare, class Run, class After>
double best(Prepare&& prepare, Run&& run, After&& after)
{
    double least = 1e9;
    for (int round = 0; round < rounds; ++round) {
        prepare();
        const auto begin = std::chrono::steady_clock::now();
        run();
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
        least = took.count() < least ? took.count() : least;
        after();
    }
    return least;
}

int main()
{
    nm::sdk sdk;
    const auto gate = std::make_shared<held>();
    auto daemon = sdk.register_daemon("bench", nm::seed{1}, gate);
    const auto id = daemon.id();
    const nm::bytes payload("sixteen bytes ok");
    const auto close = [&] {
        sdk.post(id, nm::event(payload));
        gate->await();
    };
    const auto open = [&] {
        gate->release();
        sdk.flush(id);
    };
    const double single = best(
        close,
        [&] {
            for (std::size_t i = 0; i < events; ++i)
                sdk.post(id, nm::event(payload, 1, i));
        },
        open);
    const double batches = best(
        close,
        [&] {
            std::vector<nm::event> all(batch);
            for (std::size_t first = 0; first + batch <= events; first += batch) {
                for (std::size_t i = 0; i < batch; ++i)
                    all[i] = nm::event(payload, 1, first + i);
                if (sdk.post_batch(id, all) != batch)
                    throw std::runtime_error("the inbox is full");
            }
        },
        open);
    const double receive = best([] {},
                                [&] {
                                    for (std::size_t i = 0; i < calls; ++i)
                                        daemon.try_next_control();
                                },
                                [] {});
    std::printf("post %.0f events/s\n", static_cast<double>(events) / single);
    std::printf("post_batch_%zu %.0f events/s\n", batch, static_cast<double>(events / batch * batch) / batches);
    std::printf("try_next_control %.1f ns\n", receive / static_cast<double>(calls) * 1e9);
}
