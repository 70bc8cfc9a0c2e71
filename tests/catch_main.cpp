// The main() of every test program that needs no SystemC (those bring sc_main, see tests/streaming).
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
