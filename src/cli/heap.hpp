#pragma once
/// The program's heap.

namespace cleave::cli {

/// Keeps freed memory, and asks for large pages where the system hands them out on request. A fresh page of 4 KiB costs
/// about as much as computing what goes into it, much more on virtual machines. For the start of the program, before
/// anything large is allocated; the library leaves its callers' heap alone.
void prepare_heap();

}  // namespace cleave::cli
