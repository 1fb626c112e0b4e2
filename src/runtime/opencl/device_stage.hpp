#pragma once
/// From steps to a list of commands for a device: values stay there within a stage, and only what the host computes or
/// delivers comes back.

#include "runtime/cpu/fusion.hpp"
#include "runtime/opencl/device.hpp"

#include <cleave/index.hpp>
#include <cleave/runtime.hpp>

#include <functional>
#include <map>
#include <span>
#include <variant>
#include <vector>

namespace cleave::opencl {

using SlotId = Index<struct SlotTag>;  ///< memory on the device
using HostId = Index<struct HostTag>;  ///< a tensor in host memory

/// What a kernel is given: memory (an invalid slot is no memory), or a number.
using Argument = std::variant<SlotId, cl_int, cl_float>;

struct Launch {
  const char* kernel = "";
  std::vector<Argument> arguments = {};
  std::array<std::size_t, 3> items{1, 1, 1};  ///< rounded up to whole groups
  std::array<std::size_t, 3> group{1, 1, 1};
};

/// Computes on the host: from and to tensors.
using HostWork = std::function<void(std::span<const Tensor* const> inputs, std::span<Tensor* const> outputs)>;

/// A stage ready to run. `run` allocates nothing.
class DeviceStage {
 public:
  void run(std::span<const Tensor* const> inputs, std::span<Tensor* const> outputs) { run(inputs, outputs, {}); }

  struct Times {
    std::vector<double> seconds;  ///< of each run of commands that ends in front of one of `ends`
    double unwatched_s = 0;       ///< of all commands by the host's clock, without a watch
  };
  /// The same; each command takes from the end of what came before it, by the device's clock. What brings the stage's
  /// inputs there and its outputs back does not count. Precondition: the device is watched.
  Times run_timed(std::span<const Tensor* const> inputs, std::span<Tensor* const> outputs,
                  std::span<const std::size_t> ends);

 private:
  /// `events`: none, or one for each command; those of the host stay empty.
  void run(std::span<const Tensor* const> inputs, std::span<Tensor* const> outputs, std::span<Event> events);
  void bind(std::span<const Tensor* const> inputs);
  void start(std::size_t command, Event* event);
  void deliver(std::span<Tensor* const> outputs);
  [[nodiscard]] bool brings_input(std::size_t command) const;
  /// Of all other commands, with bound inputs.
  [[nodiscard]] double seconds_without_inputs();

  friend class DeviceStageBuilder;
  struct Started {
    Kernel kernel;
    std::array<std::size_t, 3> items, group;
  };
  struct Write {
    cl_mem to;
    HostId from;
  };
  struct Read {
    HostId to;
    cl_mem from;
  };
  struct Compute {
    HostWork work;
    std::vector<HostId> inputs, outputs;
  };
  struct Delivery {
    std::size_t output = 0;
    cl_mem device = nullptr;  ///< or
    HostId host = {};
  };

  const Device* device_ = nullptr;
  std::vector<std::variant<Started, Write, Read, Compute>> commands_;
  std::vector<Delivery> deliveries_;
  std::vector<Buffer> buffers_;
  IndexVector<HostId, Tensor> tensors_;
  IndexVector<HostId, const Tensor*> bound_;            ///< those, or the stage's inputs
  std::vector<std::pair<HostId, std::size_t>> inputs_;  ///< which tensors are inputs
};

/// Collects the commands of a stage. A step asks for its values and then adds its command; lifetimes follow from that.
class DeviceStageBuilder {
 public:
  DeviceStageBuilder(const StageSpec& spec, const Device& device);

  [[nodiscard]] const Graph& graph() const { return *spec_.graph; }
  [[nodiscard]] const Shape& shape(ValueId value) const { return graph().values[value].shape; }
  [[nodiscard]] const DeviceSize& device_size() const { return device_.size(); }
  [[nodiscard]] const std::shared_ptr<const Graph>& shared_graph() const { return spec_.graph; }

  /// `value` on the device, brought there if it is not.
  SlotId read(ValueId value);
  /// New memory for `value`, which the next command fills.
  SlotId write(ValueId value);
  /// Memory from the next command on, until the last one that names it.
  SlotId scratch(std::size_t bytes) { return add_slot(bytes); }
  /// Numbers that kernels read, put there once.
  SlotId constant(std::span<const float> numbers);
  SlotId constant(std::span<const cl_int> numbers);
  /// `result` is `source` under another name or shape.
  void view(ValueId result, ValueId source);
  void launch(Launch launch);

  /// `work` on the host: tensors are brought there if they are not.
  void compute(const HostWork& work, std::span<const ValueId> inputs, std::span<const ValueId> outputs);

  /// So many so far.
  [[nodiscard]] std::size_t commands() const { return commands_.size(); }

  [[nodiscard]] DeviceStage finish();

 private:
  struct Slot {
    std::size_t bytes = 0;
    std::size_t first = 0, last = 0;  ///< commands
    cl_mem fixed = nullptr;           ///< of a constant
    cl_mem memory = nullptr;
  };
  struct Place {
    SlotId device = {};
    HostId host = {};
  };
  struct WriteWish {
    SlotId to;
    HostId from;
  };
  struct ReadWish {
    HostId to;
    SlotId from;
  };
  using Command = std::variant<Launch, WriteWish, ReadWish, DeviceStage::Compute>;

  Place& place(ValueId value);
  HostId read_on_host(ValueId value);
  SlotId add_slot(std::size_t bytes);
  SlotId keep(Buffer buffer);
  SlotId touch(SlotId slot);
  void plan_memory(DeviceStage& stage);
  DeviceStage::Started started(const Launch& launch) const;

  StageSpec spec_;
  const Device& device_;
  IndexVector<SlotId, Slot> slots_;
  std::map<ValueId, Place> places_;
  std::vector<Command> commands_;
  DeviceStage stage_;
};

}  // namespace cleave::opencl
