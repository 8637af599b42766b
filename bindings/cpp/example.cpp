// Counts the words of the lines that it is given.
#include <net_meshos.hpp>

#include <iostream>
#include <sstream>

namespace nm = net_meshos;

class words : public nm::daemon {
public:
    void process(const nm::event& in, nm::emitter& out) override
    {
        if (in.text().empty())
            throw std::invalid_argument("an empty line");
        std::istringstream line{std::string(in.text())};
        for (std::string word; line >> word;)
            ++count_;
        out.emit(std::to_string(count_) + " words so far");
    }
    void snapshot(nm::state_emitter& out) override { out.emit(std::to_string(count_)); }
    void restore(nm::bytes state) override { count_ = std::stoul(state.to_string()); }

private:
    unsigned long count_ = 0;
};

int main()
try {
    nm::sdk sdk;
    const nm::seed seed{1}; // yours: 32 secret random bytes, kept
    auto daemon = sdk.register_daemon("words", seed, std::make_unique<words>());
    sdk.restore(daemon.id(), "100");
    sdk.set_output([](const nm::output& o) { std::cout << o.payload.text() << '\n'; });

    sdk.post(daemon.id(), "to be or not to be");
    sdk.post(daemon.id(), "that is the question");
    sdk.flush(daemon.id());
    try {
        sdk.deliver(daemon.id(), "");
    } catch (const nm::error& e) {
        std::cout << e.kind() << ": " << e.what() << '\n';
    }
    std::cout << "state: " << sdk.snapshot(daemon.id()).view().text() << '\n';

    daemon.graceful_shutdown(std::chrono::milliseconds(10));
    sdk.shutdown();
} catch (const nm::error& e) {
    std::cerr << e.kind() << ": " << e.what() << '\n';
    return 1;
}
