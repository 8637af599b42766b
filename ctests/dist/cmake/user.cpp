// A host in C++ that has the library from a CMake target, and nothing else.
#include <net_meshos.hpp>

#include <iostream>
#include <memory>
#include <string>

namespace nm = net_meshos;

class twice : public nm::daemon {
public:
    void process(const nm::event& in, nm::emitter& out) override
    {
        const std::string text(in.text());
        out.emit(text + text);
    }
};

int main()
try {
    nm::sdk sdk;
    std::string said;
    auto daemon = sdk.register_daemon("twice", nm::seed{1}, std::make_unique<twice>());
    sdk.set_output([&said](const nm::output& o) { said = o.payload.text(); });
    sdk.deliver(daemon.id(), "mesh");
    sdk.shutdown();
    std::cout << "C++: " << said << '\n';
    return said == "meshmesh" ? 0 : 1;
} catch (const nm::error& e) {
    std::cerr << e.kind() << ": " << e.what() << '\n';
    return 1;
}
