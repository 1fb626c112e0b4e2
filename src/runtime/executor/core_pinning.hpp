#pragma once
/// Which core a thread runs on.

#include <vector>

namespace cleave {

/// Cores that this process may use, ascending; empty where the system does not say.
[[nodiscard]] std::vector<int> usable_cores();
/// Keeps the calling thread on `core`. A refusal is ignored: pinning is about speed only.
void pin_this_thread(int core);

}  // namespace cleave
