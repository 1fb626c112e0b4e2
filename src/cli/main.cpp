#include <cleave/cleave.hpp>

int main() { return static_cast<int>(cleave::ExitCode::done); }
