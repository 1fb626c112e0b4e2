#include "runtime/cpu/stage_builder.hpp"

#include "base/large_pages.hpp"
#include "runtime/cpu/coding.hpp"
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

StageBuilder::StageBuilder(const StageSpec& spec, const onednn::Library& library, const Codes& codes)
    : spec_(spec), library_(library), codes_(codes) {
  for (std::size_t i = 0; i < spec.inputs.size(); ++i)
    places_[spec.inputs[i]][0][position(border_layout(spec.inputs[i]))] =
        add_slot({.home = Slot::Home::input, .index = i});
}

Layout StageBuilder::border_layout(ValueId value) const {
  return spec_.channels_last.contains(value) ? Layout::channels_last : Layout::row_major;
}

SlotId StageBuilder::add_slot(Slot slot) {
  slot.first = kNever;
  return slots_.push_back(slot);
}

const Code* StageBuilder::code(ValueId value) const {
  const auto found = codes_.find(value);
  return found == codes_.end() ? nullptr : &found->second;
}

std::size_t StageBuilder::element_bytes(ValueId value, Form form) const {
  return form == Form::coded ? size_of(code(value)->element) : size_of(type(value));
}

std::size_t StageBuilder::coded_bytes(ValueId value) const { return element_bytes(value, coded_form(value)); }

const StageBuilder::Places& StageBuilder::places_of(ValueId value) {
  if (!places_.contains(value) && is_constant(value)) {
    places_[value][0][0] = add_slot({.home = Slot::Home::constant, .index = constants_.size()});
    constants_.push_back(constant(value));
  }
  return places_.at(value);
}

SlotId StageBuilder::find(ValueId value, Form form, Layout layout) {
  const auto& places = places_of(value)[static_cast<std::size_t>(form)];
  const SlotId direct = places[position(layout)];
  if (direct.valid() || !layouts_agree(shape(value))) return direct;
  return places[position(other(layout))];
}

bool StageBuilder::lies(ValueId value, Layout layout) const {
  const auto places = places_.find(value);
  return places != places_.end() && std::ranges::any_of(places->second, [&](const auto& by_layout) {
           return by_layout[position(layout)].valid();
         });
}

/// Makes what is not there. Of several ways that with the fewest bytes: a change of form happens in the longer
/// form's layout only where the short form is in no layout yet.
SlotId StageBuilder::made(ValueId value, Form form, Layout layout) {
  if (find(value, form, other(layout)).valid()) return reordered(value, form, other(layout), layout);
  const Form from = form == Form::full ? Form::coded : Form::full;
  if (find(value, from, layout).valid()) return recoded(value, from, form, layout);
  if (form == Form::coded) {
    recoded(value, from, form, other(layout));
    return reordered(value, form, other(layout), layout);
  }
  reordered(value, from, other(layout), layout);
  return recoded(value, from, form, layout);
}

SlotId StageBuilder::read(ValueId value, Form form, Layout layout) {
  SlotId slot = find(value, form, layout);
  if (!slot.valid()) {
    // Steps of their own, before the one that is being prepared.
    std::vector<SlotId> outer = std::exchange(pending_, {});
    slot = made(value, form, layout);
    pending_ = std::move(outer);
  }
  pending_.push_back(slot);
  return slot;
}

SlotId StageBuilder::read(ValueId value, Layout layout) { return read(value, Form::full, layout); }

StageBuilder::Located StageBuilder::read(ValueId value) {
  const Layout layout = lies(value, Layout::channels_last) ? Layout::channels_last : Layout::row_major;
  return {read(value, layout), layout};
}

SlotId StageBuilder::read_coded(ValueId value, Layout layout) { return read(value, Form::coded, layout); }

SlotId StageBuilder::read_like(ValueId value, ValueId result, Layout layout) {
  return read(value, coded_form(result), layout);
}

StageBuilder::Located StageBuilder::read_like(ValueId value, ValueId result) {
  const Layout layout = lies(value, Layout::channels_last) ? Layout::channels_last : Layout::row_major;
  return {read_like(value, result, layout), layout};
}

SlotId StageBuilder::reordered(ValueId value, Form form, Layout from, Layout to) {
  const SlotId source = read(value, form, from);
  const SlotId target = write(value, form, to);
  const Strides from_strides = strides_of(shape(value), from), to_strides = strides_of(shape(value), to);
  const Element element = form == Form::coded ? code(value)->element : Element::f32;
  if (type(value) == DataType::float32) {
    const auto routine = onednn::reorder(library_, element, shape(value), from_strides, to_strides);
    const SlotId work = scratch(routine.scratch_bytes);
    step([=](const Memory& memory) {
      routine.run({.source = memory.at(source), .target = memory.at(target), .scratch = memory.raw(work)});
    });
  } else {
    const Copy copy =
        make_copy({.extents = shape(value), .from = from_strides, .to = to_strides}, size_of(type(value)));
    step([=](const Memory& memory) { copy(memory.raw(source), memory.raw(target)); });
  }
  return target;
}

SlotId StageBuilder::recoded(ValueId value, Form from, Form to, Layout layout) {
  const SlotId source = read(value, from, layout);
  const SlotId target = write(value, to, layout);
  const auto count = static_cast<std::size_t>(element_count(shape(value)));
  if (to == Form::coded)
    step([=, code = *code(value)](const Memory& memory) {
      encode({memory.at(source), count}, code, memory.raw(target));
    });
  else
    step([=, code = *code(value)](const Memory& memory) {
      decode(memory.raw(source), code, {memory.at(target), count});
    });
  return target;
}

SlotId StageBuilder::write(ValueId value, Form form, Layout layout) {
  const auto count = static_cast<std::size_t>(element_count(shape(value)));
  const SlotId slot = add_slot({.bytes = count * element_bytes(value, form)});
  places_[value][static_cast<std::size_t>(form)][position(layout)] = slot;
  pending_.push_back(slot);
  return slot;
}

SlotId StageBuilder::write(ValueId value, Layout layout) { return write(value, Form::full, layout); }

SlotId StageBuilder::write_coded(ValueId value, Layout layout) { return write(value, coded_form(value), layout); }

SlotId StageBuilder::scratch(std::size_t bytes) {
  const SlotId slot = add_slot({.bytes = bytes});
  pending_.push_back(slot);
  return slot;
}

void StageBuilder::reuse(SlotId old, SlotId fresh) { wishes_.push_back({old, fresh, actions_.size()}); }

void StageBuilder::view(ValueId result, ValueId source) {
  const Form form = coded_form(result);
  const std::vector<SlotId> outer = std::exchange(pending_, {});
  places_[result][static_cast<std::size_t>(form)][0] = read(source, form, Layout::row_major);
  pending_ = outer;
}

void StageBuilder::same(ValueId result, ValueId source) {
  const Form form = coded_form(result);
  const std::vector<SlotId> outer = std::exchange(pending_, {});
  const Layout layout = lies(source, Layout::channels_last) ? Layout::channels_last : Layout::row_major;
  places_[result][static_cast<std::size_t>(form)][position(layout)] = read(source, form, layout);
  pending_ = outer;
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
  const SlotId slot = read(value, border_layout(value));
  pending_.clear();
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
  stage.arena_.reserve(plan.bytes);
  prefer_large_pages(stage.arena_.data(), plan.bytes);
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

std::size_t CompiledStage::held_bytes() const {
  std::size_t bytes = arena_.size();
  for (const Tensor& constant : constants_) bytes += constant.bytes.size();
  return bytes;
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
