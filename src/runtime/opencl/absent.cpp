// In place of the engine where cleave is built without OpenCL.
#include <cleave/error.hpp>
#include <cleave/runtime.hpp>

namespace cleave {

std::optional<OpenClDevice> find_opencl_device() { return std::nullopt; }

std::unique_ptr<Backend> make_opencl_backend() { throw UsageError("this cleave is built without OpenCL"); }

bool opencl_has_kernel(const Graph&, const Node&) { return false; }

std::vector<std::string> opencl_operator_types() { return {}; }

}  // namespace cleave
