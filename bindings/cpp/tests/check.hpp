// A test is a function that throws where something isn't so; run_all() runs each and counts.
#pragma once

#include <net_meshos.hpp>

#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

#define EXPECT(so)                                                                                     \
    do {                                                                                               \
        if (!(so))                                                                                     \
            throw std::logic_error(std::string(__FILE__ ":") + std::to_string(__LINE__) + ": " + #so); \
    } while (0)

struct test {
    const char* name;
    void (*run)();
};

inline std::vector<test>& tests()
{
    static std::vector<test> all;
    return all;
}

struct add_test {
    add_test(const char* name, void (*run)()) { tests().push_back({name, run}); }
};

#define TEST(name)                                   \
    static void name();                              \
    static const add_test name##_is_added(#name, name); \
    static void name()

// The error that f must throw.
template <class F>
net_meshos::error fails(F&& f)
{
    try {
        f();
    } catch (const net_meshos::error& e) {
        return e;
    }
    throw std::logic_error("it should have failed");
}

inline net_meshos::seed seed_of(unsigned number)
{
    net_meshos::seed s{};
    s[0] = static_cast<std::uint8_t>(number);
    s[1] = static_cast<std::uint8_t>(number >> 8U);
    s[31] = 7;
    return s;
}

inline bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }
