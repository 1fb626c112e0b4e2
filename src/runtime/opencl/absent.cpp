// In place of the engine where cleave is built without OpenCL.
#include "runtime/opencl/backend.hpp"
#include "runtime/opencl/probe.hpp"
#include "runtime/timed_stage.hpp"

#include <cleave/error.hpp>
#include <cleave/runtime.hpp>

namespace cleave {
namespace {

[[noreturn]] void refuse() { throw UsageError("this cleave is built without OpenCL"); }

}  // namespace

std::optional<OpenClDevice> find_opencl_device() { return std::nullopt; }

std::unique_ptr<Backend> make_opencl_backend() { refuse(); }

std::unique_ptr<TimedStage> make_opencl_timed_stage(const StageSpec&) { refuse(); }

bool opencl_has_kernel(const Graph&, const Node&) { return false; }

std::vector<std::string> opencl_operator_types() { return {}; }

namespace opencl {

std::unique_ptr<Backend> make_backend_for(const DeviceSize&) { refuse(); }

struct Probe::State {};
Probe::Probe() { refuse(); }
Probe::~Probe() = default;
std::string Probe::name() const { refuse(); }
double Probe::memory_bytes() const { refuse(); }
void Probe::copy(std::size_t) { refuse(); }
double Probe::seconds_to_read(std::size_t) { refuse(); }
HostLink Probe::host_link() { refuse(); }

}  // namespace opencl
}  // namespace cleave
