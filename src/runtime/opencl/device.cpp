#include "runtime/opencl/device.hpp"

#include "runtime/opencl/sources.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>

#include <vector>

namespace cleave::opencl {
namespace {

std::vector<cl_device_id> devices_of(cl_platform_id platform) {
  cl_uint count = 0;
  if (clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 0, nullptr, &count) != CL_SUCCESS) return {};
  std::vector<cl_device_id> devices(count);
  if (clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, count, devices.data(), nullptr) != CL_SUCCESS) return {};
  return devices;
}

std::vector<cl_device_id> all_devices() {
  cl_uint count = 0;
  if (clGetPlatformIDs(0, nullptr, &count) != CL_SUCCESS) return {};
  std::vector<cl_platform_id> platforms(count);
  if (clGetPlatformIDs(count, platforms.data(), nullptr) != CL_SUCCESS) return {};
  std::vector<cl_device_id> devices;
  for (const cl_platform_id platform : platforms)
    for (const cl_device_id device : devices_of(platform)) devices.push_back(device);
  return devices;
}

std::optional<cl_device_id> first_gpu_or_device() {
  const std::vector<cl_device_id> devices = all_devices();
  for (const cl_device_id device : devices)
    if (is_gpu(device)) return device;
  return devices.empty() ? std::nullopt : std::optional(devices.front());
}

std::string build_log(cl_program program, cl_device_id device) {
  std::size_t bytes = 0;
  clGetProgramBuildInfo(program, device, CL_PROGRAM_BUILD_LOG, 0, nullptr, &bytes);
  std::string log(bytes, '\0');
  clGetProgramBuildInfo(program, device, CL_PROGRAM_BUILD_LOG, bytes, log.data(), nullptr);
  return log;
}

/// Of memory, there or on the host: the request is too large, and nothing is wrong with it. The last one is of a buffer
/// beyond what the device gives at once.
bool is_shortage(cl_int status) {
  return status == CL_MEM_OBJECT_ALLOCATION_FAILURE || status == CL_OUT_OF_RESOURCES ||
         status == CL_OUT_OF_HOST_MEMORY || status == CL_INVALID_BUFFER_SIZE;
}

DeviceSize size_of(cl_device_id device) {
  cl_uint units = 0;
  cl_ulong local_bytes = 0;
  check(clGetDeviceInfo(device, CL_DEVICE_MAX_COMPUTE_UNITS, sizeof(units), &units, nullptr),
        "asking for a device's size");
  check(clGetDeviceInfo(device, CL_DEVICE_LOCAL_MEM_SIZE, sizeof(local_bytes), &local_bytes, nullptr),
        "asking for a device's local memory");
  return {.compute_units = static_cast<int>(units), .local_bytes = local_bytes};
}

}  // namespace

void check(cl_int status, const char* what) { check(status, what, "the device"); }

void check(cl_int status, const char* what, const std::string& device, std::size_t bytes) {
  if (status == CL_SUCCESS) return;
  if (!is_shortage(status)) throw Error(ExitCode::bug, fmt::format("OpenCL: {} failed with {}", what, status));
  const std::string asked = bytes > 0 ? fmt::format(" of {} bytes", bytes) : "";
  throw InfeasibleError(fmt::format(
      "OpenCL: {} has too little memory or other resources left: {}{} failed with {}; take a smaller batch, "
      "end what else it runs, or compute elsewhere (--engine fp32)",
      device, what, asked, status));
}

bool is_gpu(cl_device_id device) {
  cl_device_type type = 0;
  return clGetDeviceInfo(device, CL_DEVICE_TYPE, sizeof(type), &type, nullptr) == CL_SUCCESS &&
         (type & CL_DEVICE_TYPE_GPU) != 0;
}

std::string name_of(cl_device_id device) {
  std::size_t bytes = 0;
  check(clGetDeviceInfo(device, CL_DEVICE_NAME, 0, nullptr, &bytes), "asking for a device's name");
  std::string name(bytes, '\0');
  check(clGetDeviceInfo(device, CL_DEVICE_NAME, bytes, name.data(), nullptr), "asking for a device's name");
  return name.substr(0, name.find('\0'));
}

std::optional<cl_device_id> find_device() {
  // One thread asks for all: pocl 3.1 shows half-made devices, or none, to others while it makes them.
  static const std::optional<cl_device_id> found = first_gpu_or_device();
  return found;
}

Device::Device(bool watched, const std::optional<DeviceSize>& assumed) {
  const auto device = find_device();
  if (!device) throw UsageError("OpenCL finds no device on this machine");
  cl_int status = CL_SUCCESS;
  name_ = name_of(*device);
  context_.reset(clCreateContext(nullptr, 1, &*device, nullptr, nullptr, &status));
  done(status, "making a context");
  queue_.reset(clCreateCommandQueue(context_.get(), *device, 0, &status));
  done(status, "making a queue");
  if (watched) watched_.reset(clCreateCommandQueue(context_.get(), *device, CL_QUEUE_PROFILING_ENABLE, &status));
  done(status, "making a queue");
  size_ = assumed.value_or(size_of(*device));
  const std::vector<std::string> sources = kernel_sources(size_);
  std::vector<const char*> texts;
  for (const std::string& source : sources) texts.push_back(source.c_str());
  program_.reset(
      clCreateProgramWithSource(context_.get(), static_cast<cl_uint>(texts.size()), texts.data(), nullptr, &status));
  done(status, "reading the kernels");
  status = clBuildProgram(program_.get(), 1, &*device, "-cl-std=CL1.2", nullptr, nullptr);
  if (status == CL_BUILD_PROGRAM_FAILURE)
    throw Error(ExitCode::bug, "OpenCL: the kernels do not compile: " + build_log(program_.get(), *device));
  done(status, "compiling the kernels");
}

Buffer Device::allocate(std::size_t bytes) const {
  cl_int status = CL_SUCCESS;
  Buffer buffer(clCreateBuffer(context_.get(), CL_MEM_READ_WRITE, bytes == 0 ? 4 : bytes, nullptr, &status));
  done(status, "allocating memory", bytes);
  return buffer;
}

Buffer Device::upload(const void* data, std::size_t bytes) const {
  Buffer buffer = allocate(bytes);
  if (bytes > 0)
    done(clEnqueueWriteBuffer(queue_.get(), buffer.get(), CL_TRUE, 0, bytes, data, 0, nullptr, nullptr),
         "writing memory", bytes);
  return buffer;
}

Kernel Device::kernel(const char* name) const {
  cl_int status = CL_SUCCESS;
  Kernel kernel(clCreateKernel(program_.get(), name, &status));
  done(status, name);
  return kernel;
}

namespace {

/// Where a command puts its event, if one is asked for.
class Asked {
 public:
  explicit Asked(Event* event) : event_(event) {}
  ~Asked() {
    if (event_ && made_) event_->reset(made_);
  }
  Asked(const Asked&) = delete;
  Asked& operator=(const Asked&) = delete;
  [[nodiscard]] cl_event* place() { return event_ ? &made_ : nullptr; }

 private:
  Event* event_;
  cl_event made_ = nullptr;
};

}  // namespace

void Device::write(cl_mem to, const void* from, std::size_t bytes, Event* event) const {
  Asked asked(event);
  if (bytes > 0)
    done(clEnqueueWriteBuffer(queue(event), to, CL_FALSE, 0, bytes, from, 0, nullptr, asked.place()), "writing memory",
         bytes);
}

void Device::read(cl_mem from, void* to, std::size_t bytes, bool wait, Event* event) const {
  Asked asked(event);
  if (bytes > 0)
    done(clEnqueueReadBuffer(queue(event), from, wait ? CL_TRUE : CL_FALSE, 0, bytes, to, 0, nullptr, asked.place()),
         "reading memory", bytes);
}

void Device::copy(cl_mem from, cl_mem to, std::size_t bytes) const {
  done(clEnqueueCopyBuffer(queue_.get(), from, to, 0, 0, bytes, 0, nullptr, nullptr), "copying memory", bytes);
}

void Device::launch(cl_kernel kernel, const std::array<std::size_t, 3>& items, const std::array<std::size_t, 3>& group,
                    Event* event) const {
  Asked asked(event);
  done(clEnqueueNDRangeKernel(queue(event), kernel, 3, nullptr, items.data(), group.data(), 0, nullptr, asked.place()),
       "starting a kernel");
}

void Device::finish() const {
  done(clFinish(queue_.get()), "waiting for the device");
  if (watched_) done(clFinish(watched_.get()), "waiting for the device");
}

void Device::done(cl_int status, const char* what, std::size_t bytes) const { check(status, what, name_, bytes); }

}  // namespace cleave::opencl
