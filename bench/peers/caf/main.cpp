// A daemon is an actor of CAF. Its mailbox has no bounds, and an event is a value that is moved into a message.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "caf/all.hpp"

// 64 bytes, of which the first eight are its number.
struct event {
    uint64_t number = 0;
    std::array<uint64_t, 7> rest{};
};

// How many events a daemon got, and what their numbers add up to.
struct total {
    uint64_t events = 0, sum = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector &f, event &e) {
    return f(caf::meta::type_name("event"), e.number, e.rest);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector &f, total &t) {
    return f(caf::meta::type_name("total"), t.events, t.sum);
}

using ask_atom = caf::atom_constant<caf::atom("ask")>;
using total_atom = caf::atom_constant<caf::atom("total")>;

using namespace caf;
using steady = std::chrono::steady_clock;

namespace {

bool quick;

[[noreturn]] void fail(const std::string &why) {
    std::cerr << why << std::endl;
    _exit(1);
}

size_t amount(size_t full, size_t in_a_quick_run) { return quick ? in_a_quick_run : full; }

double since(steady::time_point from) {
    return std::chrono::duration<double, std::nano>(steady::now() - from).count();
}

void report(const char *figure, double value) { std::printf("%s %.6g\n", figure, value); }

void percentile(const char *figure, std::vector<double> &took, double share) {
    std::sort(took.begin(), took.end());
    report(figure, took[static_cast<size_t>(static_cast<double>(took.size() - 1) * share)] / 1e3);
}

void check(const total &t, uint64_t n) {
    if (t.events != n || t.sum != n * (n - 1) / 2)
        fail(std::to_string(n) + " events were sent and " + std::to_string(t.events) + " processed");
}

event numbered(size_t number) { return {number, {}}; }

// Counts its events and passes them on.
behavior daemon(stateful_actor<total> *self, actor next) {
    return {
        [=](const event &e) {
            self->state.events++;
            self->state.sum += e.number;
            if (next)
                self->send(next, e);
        },
        [](ask_atom, const event &e) { return e; },
        [=](total_atom) { return self->state; },
    };
}

// What a daemon has counted when it has processed what was sent before.
total total_of(scoped_actor &host, const actor &d) {
    total answer;
    host->request(d, infinite, total_atom::value)
        .receive([&](const total &t) { answer = t; }, [](error &e) { fail(to_string(e)); });
    return answer;
}

void single(actor_system &system, scoped_actor &host) {
    const size_t n = amount(4000000, 20000);
    auto d = system.spawn(daemon, actor{});
    auto began = steady::now();
    for (size_t i = 0; i < n; i++)
        host->send(d, numbered(i));
    auto t = total_of(host, d);
    report("single", static_cast<double>(n) * 1e3 / since(began));
    check(t, n);
}

void spread(actor_system &system, scoped_actor &host) {
    const size_t rounds = amount(3000, 20);
    std::vector<actor> daemons;
    for (size_t i = 0; i < 1000; i++)
        daemons.push_back(system.spawn(daemon, actor{}));
    auto began = steady::now();
    for (size_t i = 0; i < rounds; i++)
        for (auto &d : daemons)
            host->send(d, numbered(i));
    std::vector<total> totals;
    for (auto &d : daemons)
        totals.push_back(total_of(host, d));
    report("spread", static_cast<double>(rounds * daemons.size()) * 1e3 / since(began));
    for (auto &t : totals)
        check(t, rounds);
}

void pipeline(actor_system &system, scoped_actor &host) {
    const size_t n = amount(2000000, 20000);
    auto last = system.spawn(daemon, actor{});
    auto middle = system.spawn(daemon, last);
    auto first = system.spawn(daemon, middle);
    auto began = steady::now();
    for (size_t i = 0; i < n; i++)
        host->send(first, numbered(i));
    const total totals[] = {total_of(host, first), total_of(host, middle), total_of(host, last)};
    report("pipeline", static_cast<double>(n) * 1e3 / since(began));
    for (auto &t : totals)
        check(t, n);
}

std::vector<double> asks(actor_system &system, scoped_actor &host, size_t n, std::chrono::milliseconds pause) {
    auto d = system.spawn(daemon, actor{});
    total answered;
    std::vector<double> took;
    for (size_t i = 0; i < n; i++) {
        if (pause.count() > 0)
            std::this_thread::sleep_for(pause);
        auto began = steady::now();
        host->request(d, infinite, ask_atom::value, numbered(i))
            .receive(
                [&](const event &e) {
                    took.push_back(since(began));
                    answered.events++;
                    answered.sum += e.number;
                },
                [](error &e) { fail(to_string(e)); });
    }
    check(answered, n);
    return took;
}

void ask(actor_system &system, scoped_actor &host) {
    auto took = asks(system, host, amount(100000, 1000), std::chrono::milliseconds(0));
    percentile("ask_p50", took, 0.5);
    percentile("ask_p99", took, 0.99);
}

// The host's thread waits, and the daemon runs on a worker.
void wake(actor_system &system, scoped_actor &host) {
    auto busy = asks(system, host, amount(20000, 200), std::chrono::milliseconds(0));
    percentile("wake", busy, 0.5);
    auto idle = asks(system, host, amount(500, 5), std::chrono::milliseconds(2));
    percentile("wake_idle", idle, 0.5);
}

void end(scoped_actor &host, const actor &d) {
    host->send_exit(d, exit_reason::user_shutdown);
    host->wait_for(d);
}

void lives(actor_system &system, scoped_actor &host) {
    const size_t n = amount(20000, 200);
    auto began = steady::now();
    for (size_t i = 0; i < n; i++)
        end(host, system.spawn(daemon, actor{}));
    report("life", since(began) / 1e3 / static_cast<double>(n));
    began = steady::now();
    for (size_t i = 0; i < n; i++) {
        auto d = system.spawn(daemon, actor{});
        host->send(d, numbered(0));
        check(total_of(host, d), 1);
        end(host, d);
    }
    report("life_event", since(began) / 1e3 / static_cast<double>(n));
}

double resident() {
    long all = 0, pages = 0;
    if (!(std::ifstream("/proc/self/statm") >> all >> pages))
        fail("/proc/self/statm can't be read");
    return static_cast<double>(pages) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

void memory(actor_system &system, scoped_actor &host) {
    const size_t n = amount(100000, 1000);
    std::vector<actor> daemons;
    daemons.reserve(n);
    const double before = resident();
    for (size_t i = 0; i < n; i++)
        daemons.push_back(system.spawn(daemon, actor{}));
    report("idle", (resident() - before) / static_cast<double>(n));
    for (auto &d : daemons)
        host->send(d, numbered(0));
    for (auto &d : daemons)
        check(total_of(host, d), 1);
    report("idle_event", (resident() - before) / static_cast<double>(n));
}

// Fails with its first event, by an exception. Who monitors it replaces it by another, which gets the next event.
behavior patient(event_based_actor *self, std::shared_ptr<steady::time_point> failed, actor host) {
    self->set_exception_handler([](std::exception_ptr &) { return make_error(sec::runtime_error); });
    return {[=](const event &e) {
        if (e.number == 0) {
            *failed = steady::now();
            throw std::runtime_error("the first event fails");
        }
        self->send(host, since(*failed));
    }};
}

void restart(actor_system &system, scoped_actor &host) {
    const size_t n = amount(500, 10);
    std::vector<double> took;
    auto self = actor_cast<actor>(host);
    for (size_t i = 0; i < n; i++) {
        auto failed = std::make_shared<steady::time_point>();
        auto supervisor = [failed, self](event_based_actor *s) -> behavior {
            s->set_down_handler([=](const down_msg &) { s->send(s->spawn(patient, failed, self), numbered(1)); });
            s->send(s->spawn<monitored>(patient, failed, self), numbered(0));
            return {[](const event &) {}};
        };
        auto keeper = system.spawn(supervisor);
        host->receive([&](double ns) { took.push_back(ns); });
        host->send_exit(keeper, exit_reason::user_shutdown);
    }
    percentile("restart", took, 0.5);
}

const struct {
    const char *name;
    void (*run)(actor_system &, scoped_actor &);
} cases[] = {
    {"single", single}, {"spread", spread}, {"pipeline", pipeline}, {"ask", ask},
    {"wake", wake},     {"lives", lives},   {"memory", memory},     {"restart", restart},
};

} // namespace

int main(int argc, char **argv) {
    if (argc != 3)
        fail("usage: caf CASE full|quick");
    quick = std::strcmp(argv[2], "quick") == 0;
    for (auto &c : cases) {
        if (std::strcmp(argv[1], "cases") == 0) {
            std::puts(c.name);
        } else if (std::strcmp(argv[1], c.name) == 0) {
            actor_system_config config;
            config.add_message_type<event>("event").add_message_type<total>("total");
            actor_system system{config};
            scoped_actor host{system};
            c.run(system, host);
            std::fflush(stdout);
            _exit(0); // actors of the memory case would take long to end one by one
        }
    }
    if (std::strcmp(argv[1], "cases") != 0)
        fail(std::string("there is no case ") + argv[1]);
}
