#include "runtime/opencl/device_stage.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>

namespace cleave::opencl {
namespace {

template <class... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};
template <class... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

std::size_t bytes_of(const Value& value) {
  return static_cast<std::size_t>(element_count(value.shape)) * size_of(value.type);
}

cl_ulong time_of(cl_event event, cl_profiling_info what) {
  cl_ulong time_ns = 0;
  check(clGetEventProfilingInfo(event, what, sizeof(time_ns), &time_ns, nullptr), "asking for a command's time");
  return time_ns;
}

}  // namespace

DeviceStageBuilder::DeviceStageBuilder(const StageSpec& spec, const Device& device) : spec_(spec), device_(device) {
  stage_.device_ = &device;
  for (std::size_t i = 0; i < spec.inputs.size(); ++i) {
    const HostId host = stage_.tensors_.push_back({});
    stage_.inputs_.emplace_back(host, i);
    places_[spec.inputs[i]].host = host;
  }
}

DeviceStageBuilder::Place& DeviceStageBuilder::place(ValueId value) {
  const auto found = places_.find(value);
  if (found != places_.end()) return found->second;
  Place& made = places_[value];
  made.host = stage_.tensors_.push_back(materialize(graph().constants.at(value)));
  return made;
}

SlotId DeviceStageBuilder::add_slot(std::size_t bytes) {
  return slots_.push_back({.bytes = bytes, .first = commands_.size(), .last = commands_.size()});
}

SlotId DeviceStageBuilder::keep(Buffer buffer) {
  const SlotId slot = add_slot(0);
  slots_[slot].fixed = buffer.get();
  stage_.buffers_.push_back(std::move(buffer));
  return slot;
}

SlotId DeviceStageBuilder::touch(SlotId slot) {
  slots_[slot].last = std::max(slots_[slot].last, commands_.size());
  return slot;
}

SlotId DeviceStageBuilder::read(ValueId value) {
  Place& at = place(value);
  if (at.device.valid()) return touch(at.device);
  const Tensor& tensor = stage_.tensors_[at.host];
  if (graph().constants.contains(value))
    return at.device = keep(device_.upload(tensor.bytes.data(), tensor.bytes.size()));
  at.device = add_slot(bytes_of(graph().values[value]));
  commands_.push_back(WriteWish{at.device, at.host});
  return touch(at.device);
}

SlotId DeviceStageBuilder::write(ValueId value) {
  const SlotId slot = add_slot(bytes_of(graph().values[value]));
  places_[value] = {.device = slot};
  return slot;
}

SlotId DeviceStageBuilder::constant(std::span<const float> numbers) {
  return keep(device_.upload(numbers.data(), numbers.size_bytes()));
}

SlotId DeviceStageBuilder::constant(std::span<const cl_int> numbers) {
  return keep(device_.upload(numbers.data(), numbers.size_bytes()));
}

void DeviceStageBuilder::view(ValueId result, ValueId source) {
  const SlotId slot = read(source);
  places_[result] = {.device = slot};
}

void DeviceStageBuilder::launch(Launch launch) {
  for (const Argument& argument : launch.arguments)
    if (const auto* slot = std::get_if<SlotId>(&argument); slot && slot->valid()) touch(*slot);
  commands_.push_back(std::move(launch));
}

HostId DeviceStageBuilder::read_on_host(ValueId value) {
  Place& at = place(value);
  if (at.host.valid()) return at.host;
  const Value& what = graph().values[value];
  at.host = stage_.tensors_.push_back(Tensor(what.type, what.shape));
  touch(at.device);
  commands_.push_back(ReadWish{at.host, at.device});
  return at.host;
}

void DeviceStageBuilder::compute(const HostWork& work, std::span<const ValueId> inputs,
                                 std::span<const ValueId> outputs) {
  DeviceStage::Compute compute{.work = work, .inputs = {}, .outputs = {}};
  for (const ValueId value : inputs) compute.inputs.push_back(read_on_host(value));
  for (const ValueId value : outputs) {
    const Value& what = graph().values[value];
    compute.outputs.push_back(stage_.tensors_.push_back(Tensor(what.type, what.shape)));
    places_[value] = {.host = compute.outputs.back()};
  }
  commands_.push_back(std::move(compute));
}

/// Memory is taken over from slots that nobody reads any more: the smallest that is large enough, else the largest,
/// which grows.
void DeviceStageBuilder::plan_memory(DeviceStage& stage) {
  struct Block {
    std::size_t bytes = 0;
    std::size_t free_after = 0;
  };
  std::vector<Block> blocks;
  std::vector<std::pair<SlotId, std::size_t>> chosen;
  for (const SlotId id : slots_.ids()) {
    const Slot& slot = slots_[id];
    if (slot.fixed) continue;
    std::size_t best = blocks.size();
    for (std::size_t b = 0; b < blocks.size(); ++b) {
      if (blocks[b].free_after >= slot.first) continue;
      if (best == blocks.size()) best = b;
      const bool fits = blocks[b].bytes >= slot.bytes, best_fits = blocks[best].bytes >= slot.bytes;
      const bool better = fits ? !best_fits || blocks[b].bytes < blocks[best].bytes
                               : !best_fits && blocks[b].bytes > blocks[best].bytes;
      if (better) best = b;
    }
    if (best == blocks.size()) blocks.push_back({});
    blocks[best].bytes = std::max(blocks[best].bytes, slot.bytes);
    blocks[best].free_after = slot.last;
    chosen.emplace_back(id, best);
  }
  std::vector<cl_mem> memories;
  for (const Block& block : blocks) {
    stage.buffers_.push_back(device_.allocate(block.bytes));
    memories.push_back(stage.buffers_.back().get());
  }
  for (const auto& [id, block] : chosen) slots_[id].memory = memories[block];
  for (Slot& slot : slots_)
    if (slot.fixed) slot.memory = slot.fixed;
}

DeviceStage::Started DeviceStageBuilder::started(const Launch& launch) const {
  DeviceStage::Started started{device_.kernel(launch.kernel), launch.items, launch.group};
  for (std::size_t i = 0; i < 3; ++i)
    started.items[i] = (launch.items[i] + launch.group[i] - 1) / launch.group[i] * launch.group[i];
  for (std::size_t i = 0; i < launch.arguments.size(); ++i) {
    const auto set = [&](std::size_t bytes, const void* value) {
      check(clSetKernelArg(started.kernel.get(), static_cast<cl_uint>(i), bytes, value), launch.kernel);
    };
    std::visit(Overloaded{[&](SlotId slot) {
                            const cl_mem memory = slot.valid() ? slots_[slot].memory : nullptr;
                            set(sizeof(cl_mem), &memory);
                          },
                          [&](const auto& number) { set(sizeof(number), &number); }},
               launch.arguments[i]);
  }
  return started;
}

DeviceStage DeviceStageBuilder::finish() {
  for (std::size_t i = 0; i < spec_.outputs.size(); ++i)
    if (Place& at = place(spec_.outputs[i]); at.device.valid()) slots_[at.device].last = commands_.size();
  plan_memory(stage_);
  for (Command& command : commands_)
    std::visit(Overloaded{[&](const Launch& launch) { stage_.commands_.emplace_back(started(launch)); },
                          [&](const WriteWish& wish) {
                            stage_.commands_.emplace_back(DeviceStage::Write{slots_[wish.to].memory, wish.from});
                          },
                          [&](const ReadWish& wish) {
                            stage_.commands_.emplace_back(DeviceStage::Read{wish.to, slots_[wish.from].memory});
                          },
                          [&](DeviceStage::Compute& compute) { stage_.commands_.emplace_back(std::move(compute)); }},
               command);
  for (std::size_t i = 0; i < spec_.outputs.size(); ++i) {
    const Place& at = place(spec_.outputs[i]);
    stage_.deliveries_.push_back({i, at.device.valid() ? slots_[at.device].memory : nullptr, at.host});
  }
  for (const HostId id : stage_.tensors_.ids()) stage_.bound_.push_back(&stage_.tensors_[id]);
  return std::move(stage_);
}

void DeviceStage::run(std::span<const Tensor* const> inputs, std::span<Tensor* const> outputs,
                      std::span<Event> events) {
  bind(inputs);
  try {
    for (std::size_t i = 0; i < commands_.size(); ++i) start(i, events.empty() ? nullptr : &events[i]);
    if (!events.empty()) device_->finish();  // what is not watched has another queue
    deliver(outputs);
  } catch (...) {
    device_->finish();  // what was started reads tensors of the caller
    throw;
  }
  device_->finish();
}

void DeviceStage::bind(std::span<const Tensor* const> inputs) {
  for (const HostId id : tensors_.ids()) bound_[id] = &tensors_[id];
  for (const auto& [host, input] : inputs_) bound_[host] = inputs[input];
}

void DeviceStage::start(std::size_t command, Event* event) {
  const auto compute = [&](const Compute& what) {
    std::vector<const Tensor*> in;
    std::vector<Tensor*> out;
    for (const HostId id : what.inputs) in.push_back(bound_[id]);
    for (const HostId id : what.outputs) out.push_back(&tensors_[id]);
    what.work(in, out);
  };
  std::visit(Overloaded{[&](const Started& kernel) {
                          device_->launch(kernel.kernel.get(), kernel.items, kernel.group, event);
                        },
                        [&](const Write& write) {
                          const Tensor& from = *bound_[write.from];
                          device_->write(write.to, from.bytes.data(), from.bytes.size(), event);
                        },
                        [&](const Read& read) {
                          Tensor& to = tensors_[read.to];
                          device_->read(read.from, to.bytes.data(), to.bytes.size(), true, event);
                        },
                        compute},
             commands_[command]);
}

void DeviceStage::deliver(std::span<Tensor* const> outputs) {
  for (const Delivery& delivery : deliveries_) {
    Tensor& to = *outputs[delivery.output];
    if (delivery.device)
      device_->read(delivery.device, to.bytes.data(), to.bytes.size(), false);
    else if (!to.bytes.empty())  // memcpy takes no null pointers
      std::memcpy(to.bytes.data(), bound_[delivery.host]->bytes.data(), to.bytes.size());
  }
}

bool DeviceStage::brings_input(std::size_t command) const {
  const auto* write = std::get_if<Write>(&commands_[command]);
  return write && std::ranges::any_of(inputs_, [&](const auto& input) { return input.first == write->from; });
}

double DeviceStage::seconds_without_inputs() {
  using Clock = std::chrono::steady_clock;
  double sum_s = 0;
  Clock::time_point begin = Clock::now();
  const auto add = [&] {
    device_->finish();
    sum_s += std::chrono::duration<double>(Clock::now() - begin).count();
  };
  for (std::size_t i = 0; i < commands_.size(); ++i) {
    const bool brings = brings_input(i);
    if (brings) add();
    start(i, nullptr);
    if (!brings) continue;
    device_->finish();
    begin = Clock::now();
  }
  add();
  return sum_s;
}

DeviceStage::Times DeviceStage::run_timed(std::span<const Tensor* const> inputs, std::span<Tensor* const> outputs,
                                          std::span<const std::size_t> ends) {
  std::vector<Event> events(commands_.size());
  run(inputs, outputs, events);
  Times times;
  std::optional<cl_ulong> before_ns;
  std::size_t command = 0;
  for (const std::size_t end : ends) {
    cl_ulong taken_ns = 0;
    for (; command < end; ++command) {
      if (!events[command]) continue;
      const cl_ulong end_ns = time_of(events[command].get(), CL_PROFILING_COMMAND_END);
      const cl_ulong start_ns = before_ns ? *before_ns : time_of(events[command].get(), CL_PROFILING_COMMAND_START);
      if (!brings_input(command) && end_ns > start_ns) taken_ns += end_ns - start_ns;
      before_ns = end_ns;
    }
    times.seconds.push_back(1e-9 * static_cast<double>(taken_ns));
  }
  times.unwatched_s = seconds_without_inputs();
  return times;
}

}  // namespace cleave::opencl
