#include "check.hpp"

int main()
{
    int failed = 0;
    for (const test& t : tests()) {
        std::string why;
        try {
            t.run();
        } catch (const std::exception& e) {
            why = e.what();
        }
        std::cout << (why.empty() ? "ok " : "not ok ") << t.name << (why.empty() ? "" : ": ") << why << std::endl;
        failed += why.empty() ? 0 : 1;
    }
    std::cout << tests().size() - static_cast<std::size_t>(failed) << " passed, " << failed << " failed" << std::endl;
    return failed ? 1 : 0;
}
