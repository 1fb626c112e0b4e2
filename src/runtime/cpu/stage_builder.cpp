#include "runtime/cpu/stage_builder.hpp"

#include "runtime/cpu/strided.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <limits>
#include <utility>

namespace cleave::cpu {

namespace {

constexpr std::size_t kNever = std::numeric_limits<std::size_t>::max();

std::size_t position(Layout layout) { return layout == Layout::row_major ? 0 : 1; }
Layout other(Layout layout) { return layout == Layout::row_major ? Layout::channels_last : Layout::row_major; }

}  // namespace

StageBuilder::StageBuilder(const StageSpec& spec, const onednn::Library& library) : spec_(spec), library_(library) {
  for (std::size_t i = 0; i < spec.inputs.size(); ++i)
    places_[spec.inputs[i]][0] = add_slot({.home = Slot::Home::input, .index = i});
}

SlotId StageBuilder::add_slot(Slot slot) {
  slot.first = kNever;
  return slots_.push_back(slot);
}

const StageBuilder::Places& StageBuilder::places_of(ValueId value) {
  if (!places_.contains(value) && is_constant(value)) {
    places_[value][0] = add_slot({.home = Slot::Home::constant, .index = constants_.size()});
    constants_.push_back(constant(value));
  }
  return places_.at(value);
}

SlotId StageBuilder::find(ValueId value, Layout layout) {
  const Places& places = places_of(value);
  const SlotId direct = places[position(layout)];
  if (direct.valid() || !layouts_agree(shape(value))) return direct;
  return places[position(other(layout))];
}

bool StageBuilder::lies(ValueId value, Layout layout) const {
  const auto places = places_.find(value);
  return places != places_.end() && places->second[position(layout)].valid();
}

SlotId StageBuilder::read(ValueId value, Layout layout) {
  SlotId slot = find(value, layout);
  if (!slot.valid()) slot = reordered(value, other(layout), layout);
  pending_.push_back(slot);
  return slot;
}

StageBuilder::Located StageBuilder::read(ValueId value) {
  const Layout layout = lies(value, Layout::channels_last) ? Layout::channels_last : Layout::row_major;
  return {read(value, layout), layout};
}

SlotId StageBuilder::reordered(ValueId value, Layout from, Layout to) {
  // A step of its own, before the one that is being prepared.
  std::vector<SlotId> outer = std::exchange(pending_, {});
  const SlotId source = read(value, from);
  const SlotId target = write(value, to);
  const Strides from_strides = strides_of(shape(value), from), to_strides = strides_of(shape(value), to);
  if (type(value) == DataType::float32) {
    const auto routine = onednn::reorder(library_, shape(value), from_strides, to_strides);
    const SlotId work = scratch(routine.scratch_bytes);
    step([=](const Memory& memory) {
      routine.run({.source = memory.at(source), .target = memory.at(target), .scratch = memory.raw(work)});
    });
  } else {
    const Copy copy =
        make_copy({.extents = shape(value), .from = from_strides, .to = to_strides}, size_of(type(value)));
    step([=](const Memory& memory) { copy(memory.raw(source), memory.raw(target)); });
  }
  pending_ = std::move(outer);
  return target;
}

SlotId StageBuilder::write(ValueId value, Layout layout) {
  const auto count = static_cast<std::size_t>(element_count(shape(value)));
  const SlotId slot = add_slot({.bytes = count * size_of(type(value))});
  places_[value][position(layout)] = slot;
  pending_.push_back(slot);
  return slot;
}

SlotId StageBuilder::scratch(std::size_t bytes) {
  const SlotId slot = add_slot({.bytes = bytes});
  pending_.push_back(slot);
  return slot;
}

void StageBuilder::reuse(SlotId old, SlotId fresh) { wishes_.push_back({old, fresh, actions_.size()}); }

void StageBuilder::view(ValueId result, ValueId source) {
  const std::vector<SlotId> outer = std::exchange(pending_, {});
  places_[result][0] = read(source, Layout::row_major);
  pending_ = outer;
}

void StageBuilder::same(ValueId result, ValueId source) {
  const Places places = places_of(source);
  places_[result] = places;
}

void StageBuilder::touch(SlotId slot, std::size_t step) {
  slots_[slot].first = std::min(slots_[slot].first, step);
  slots_[slot].last = std::max(slots_[slot].last, step);
}

void StageBuilder::step(Action action) {
  for (const SlotId slot : pending_) touch(slot, actions_.size());
  // An input that is read twice in one step must not be overwritten by it.
  std::erase_if(wishes_, [&](const Wish& wish) {
    return wish.step == actions_.size() && std::ranges::count(pending_, wish.old) != 1;
  });
  pending_.clear();
  actions_.push_back(std::move(action));
}

void StageBuilder::bind_output(std::size_t index) {
  const ValueId value = spec_.outputs[index];
  SlotId slot = find(value, Layout::row_major);
  if (!slot.valid()) slot = reordered(value, Layout::channels_last, Layout::row_major);
  if (slots_[slot].home == Slot::Home::arena) {
    slots_[slot].home = Slot::Home::output;
    slots_[slot].index = index;
    slots_[slot].last = kNever;
    return;
  }
  const auto bytes = static_cast<std::size_t>(element_count(shape(value))) * size_of(type(value));
  const SlotId target = add_slot({.home = Slot::Home::output, .index = index, .bytes = bytes});
  pending_ = {slot, target};
  step([=](const Memory& memory) { std::memcpy(memory.raw(target), memory.raw(slot), bytes); });
}

void StageBuilder::grant_wishes() {
  for (const Wish& wish : wishes_) {
    Slot& old = slots_[wish.old];
    Slot& fresh = slots_[wish.fresh];
    if (old.home != Slot::Home::arena || old.last != wish.step || old.bytes != fresh.bytes) continue;
    const SlotId root = old.same_as.valid() ? old.same_as : wish.old;
    Slot& first = slots_[root];
    if (first.home != Slot::Home::arena) continue;
    fresh.same_as = root;
    first.last = std::max(first.last, fresh.last);
    first.home = fresh.home;
    first.index = fresh.index;
  }
}

void StageBuilder::place_all(CompiledStage& stage) {
  std::vector<SlotId> in_arena;
  std::vector<Lifetime> lifetimes;
  for (const SlotId id : slots_.ids()) {
    const Slot& slot = slots_[id];
    if (slot.same_as.valid() || slot.home != Slot::Home::arena || slot.first == kNever) continue;
    in_arena.push_back(id);
    lifetimes.push_back({slot.bytes, slot.first, slot.last});
  }
  const ArenaPlan plan = plan_arena(lifetimes);
  stage.arena_.resize(plan.bytes);
  for (std::size_t i = 0; i < in_arena.size(); ++i)
    stage.memory_.place(in_arena[i], stage.arena_.data() + plan.offsets[i]);
}

CompiledStage StageBuilder::finish() {
  for (std::size_t i = 0; i < spec_.outputs.size(); ++i) bind_output(i);
  grant_wishes();
  CompiledStage stage;
  stage.memory_ = Memory(slots_.size());
  stage.actions_ = std::move(actions_);
  stage.constants_ = std::move(constants_);
  place_all(stage);
  for (const SlotId id : slots_.ids()) {
    const SlotId root = slots_[id].same_as.valid() ? slots_[id].same_as : id;
    const Slot& slot = slots_[root];
    if (slot.home == Slot::Home::input) stage.inputs_.push_back({id, slot.index});
    if (slot.home == Slot::Home::output) stage.outputs_.push_back({id, slot.index});
    if (slot.home == Slot::Home::constant) stage.memory_.place(id, stage.constants_[slot.index].bytes.data());
    if (slot.home == Slot::Home::arena) stage.memory_.place(id, stage.memory_.raw(root));
  }
  return stage;
}

void CompiledStage::bind(std::span<const Tensor* const> inputs, std::span<Tensor* const> outputs) {
  // Actions only read their inputs; one type of address serves both.
  for (const Binding& input : inputs_)
    memory_.place(input.slot, const_cast<std::byte*>(inputs[input.index]->bytes.data()));
  for (const Binding& output : outputs_) memory_.place(output.slot, outputs[output.index]->bytes.data());
}

void CompiledStage::run(std::span<const Tensor* const> inputs, std::span<Tensor* const> outputs) {
  bind(inputs, outputs);
  for (const Action& action : actions_) action(memory_);
}

std::vector<double> CompiledStage::run_timed(std::span<const Tensor* const> inputs, std::span<Tensor* const> outputs,
                                             std::span<const std::size_t> ends) {
  using Clock = std::chrono::steady_clock;
  bind(inputs, outputs);
  std::vector<double> seconds;
  std::size_t at = 0;
  for (const std::size_t end : ends) {
    const Clock::time_point start = Clock::now();
    for (; at < end; ++at) actions_[at](memory_);
    seconds.push_back(std::chrono::duration<double>(Clock::now() - start).count());
  }
  for (; at < actions_.size(); ++at) actions_[at](memory_);
  return seconds;
}

}  // namespace cleave::cpu
