#include <net_meshos.hpp>

#include <iostream>
#include <memory>

namespace nm = net_meshos;

class echo : public nm::daemon {
public:
    void process(const nm::event& in, nm::emitter& out) override { out.emit(in.text()); }
};

int main()
try {
    nm::sdk sdk;
    auto daemon = sdk.register_daemon("echo", nm::seed{1}, std::make_unique<echo>());
    bool came = false;
    sdk.set_output([&came](const nm::output& o) { came = o.payload.text() == "host"; });
    sdk.deliver(daemon.id(), "host");
    if (!came) {
        std::cerr << "the event gave no output\n";
        return 1;
    }
    sdk.shutdown();
    std::cout << "host in C++: lived and ended as it should" << std::endl;
} catch (const nm::error& e) {
    std::cerr << e.kind() << ": " << e.what() << '\n';
    return 1;
}
