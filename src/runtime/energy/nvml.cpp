#include "runtime/energy/nvml.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <array>
#include <memory>

namespace cleave {
namespace {

using Device = struct nvmlDevice_st*;
constexpr int kSuccess = 0;

/// The library, loaded and initialised; sources keep it so.
class Nvml {
 public:
  explicit Nvml(const std::string& library) : handle_(dlopen(library.c_str(), RTLD_LAZY | RTLD_LOCAL)) {
    if (handle_ == nullptr) return;
    find("nvmlShutdown", shut_down_);
    find("nvmlDeviceGetCount_v2", count_);
    find("nvmlDeviceGetHandleByIndex_v2", by_index_);
    find("nvmlDeviceGetName", name_);
    find("nvmlDeviceGetTotalEnergyConsumption", energy_);
    find("nvmlDeviceGetPowerUsage", power_);
    int (*start)() = nullptr;
    find("nvmlInit_v2", start);
    started_ = complete_ && start() == kSuccess;
  }
  ~Nvml() {
    if (started_) shut_down_();
    if (handle_ != nullptr) dlclose(handle_);
  }
  Nvml(const Nvml&) = delete;
  Nvml& operator=(const Nvml&) = delete;

  [[nodiscard]] unsigned count() const {
    unsigned devices = 0;
    return started_ && count_(&devices) == kSuccess ? devices : 0;
  }
  [[nodiscard]] std::optional<Device> device(unsigned index) const {
    Device device = nullptr;
    return by_index_(index, &device) == kSuccess ? std::optional(device) : std::nullopt;
  }
  [[nodiscard]] std::string name(Device device) const {
    std::array<char, 96> text{};  // NVML_DEVICE_NAME_V2_BUFFER_SIZE
    return name_(device, text.data(), static_cast<unsigned>(text.size())) == kSuccess ? text.data() : "GPU";
  }
  [[nodiscard]] std::optional<double> joules(Device device) const {
    unsigned long long millijoules = 0;
    if (energy_(device, &millijoules) != kSuccess) return std::nullopt;
    return static_cast<double>(millijoules) * 1e-3;
  }
  [[nodiscard]] std::optional<double> watts(Device device) const {
    unsigned milliwatts = 0;
    if (power_(device, &milliwatts) != kSuccess) return std::nullopt;
    return static_cast<double>(milliwatts) * 1e-3;
  }

 private:
  template <class Function>
  void find(const char* name, Function*& function) {
    function = reinterpret_cast<Function*>(dlsym(handle_, name));
    complete_ = complete_ && function != nullptr;
  }

  void* handle_;
  bool complete_ = true, started_ = false;
  int (*shut_down_)() = nullptr;
  int (*count_)(unsigned*) = nullptr;
  int (*by_index_)(unsigned, Device*) = nullptr;
  int (*name_)(Device, char*, unsigned) = nullptr;
  int (*energy_)(Device, unsigned long long*) = nullptr;
  int (*power_)(Device, unsigned*) = nullptr;
};

}  // namespace

EnergySources nvml_sources(const std::string& library) {
  EnergySources found;
  const auto nvml = std::make_shared<const Nvml>(library);
  for (unsigned index = 0; index < nvml->count(); ++index) {
    const auto device = nvml->device(index);
    const std::string name = fmt::format("nvml:{}{}", index, device ? " " + nvml->name(*device) : "");
    EnergySource source{.name = name,
                        .scope = EnergyScope::gpu,
                        .totalled = true,
                        .reading = EnergyReading::joules,
                        .wraps_at_j = 0,
                        .read = {}};
    if (device && nvml->joules(*device)) {
      source.read = [nvml, at = *device] { return nvml->joules(at); };
      found.readable.push_back(std::move(source));
    } else if (device && nvml->watts(*device)) {
      source.reading = EnergyReading::watts;
      source.read = [nvml, at = *device] { return nvml->watts(at); };
      found.readable.push_back(std::move(source));
    } else {
      found.unreadable.push_back(name);
    }
  }
  return found;
}

}  // namespace cleave
