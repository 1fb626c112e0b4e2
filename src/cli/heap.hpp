#pragma once
/// The program's heap.

namespace cleave::cli {

/// Keeps freed memory, and asks for large pages where the system hands them out on request: to touch fresh pages was a
/// third of the CPU time of short searches on a virtual machine. For the start of the program, before anything large is
/// allocated; the library leaves its callers' heap alone.
void prepare_heap();

}  // namespace cleave::cli
