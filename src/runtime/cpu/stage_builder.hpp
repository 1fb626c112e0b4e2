#pragma once
/// From operators to a list of actions on one block of memory.

#include "runtime/cpu/arena.hpp"
#include "runtime/cpu/code.hpp"
#include "runtime/cpu/layout.hpp"
#include "runtime/cpu/onednn.hpp"

#include <cleave/index.hpp>
#include <cleave/runtime.hpp>

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <vector>

namespace cleave::cpu {

using SlotId = Index<struct SlotTag>;  ///< a buffer of the stage

/// Where the slots are during a run.
class Memory {
 public:
  explicit Memory(std::size_t slots) : addresses_(slots, nullptr) {}
  [[nodiscard]] std::byte* raw(SlotId slot) const { return addresses_[slot.at()]; }
  template <class T = float>
  [[nodiscard]] T* at(SlotId slot) const {
    return reinterpret_cast<T*>(raw(slot));
  }
  void place(SlotId slot, std::byte* address) { addresses_[slot.at()] = address; }

 private:
  std::vector<std::byte*> addresses_;
};

using Action = std::function<void(const Memory&)>;

/// A stage ready to run. `run` allocates nothing.
class CompiledStage {
 public:
  void run(std::span<const Tensor* const> inputs, std::span<Tensor* const> outputs);
  /// The same, with the seconds of consecutive actions: those before ends[0], from there to ends[1], ...
  std::vector<double> run_timed(std::span<const Tensor* const> inputs, std::span<Tensor* const> outputs,
                                std::span<const std::size_t> ends);
  /// Of values, scratch and constants that are not packed.
  [[nodiscard]] std::size_t held_bytes() const;

 private:
  friend class StageBuilder;
  struct Binding {
    SlotId slot = {};
    std::size_t index = 0;
  };
  void bind(std::span<const Tensor* const> inputs, std::span<Tensor* const> outputs);

  std::vector<Action> actions_;
  Bytes arena_;
  std::vector<Tensor> constants_;
  std::vector<Binding> inputs_;
  std::vector<Binding> outputs_;
  Memory memory_{0};
};

/// Collects the actions of a stage. A kernel asks for its buffers with read, write and scratch and
/// then adds its action with step; the lifetimes of the buffers follow from that.
class StageBuilder {
 public:
  /// `codes` must outlive it.
  StageBuilder(const StageSpec& spec, const onednn::Library& library, const Codes& codes);

  [[nodiscard]] const Graph& graph() const { return *spec_.graph; }
  [[nodiscard]] const onednn::Library& kernels() const { return library_; }
  [[nodiscard]] const Shape& shape(ValueId value) const { return graph().values[value].shape; }
  [[nodiscard]] DataType type(ValueId value) const { return graph().values[value].type; }
  [[nodiscard]] bool is_constant(ValueId value) const { return graph().constants.contains(value); }
  /// The elements of a constant. Precondition: it is one.
  [[nodiscard]] Tensor constant(ValueId value) const { return materialize(graph().constants.at(value)); }

  /// The short form of `value`; null where it has none.
  [[nodiscard]] const Code* code(ValueId value) const;
  /// Bytes of an element as write_coded writes it.
  [[nodiscard]] std::size_t coded_bytes(ValueId value) const;
  /// The element of a float32 value as write_coded writes it.
  [[nodiscard]] Element coded_element(ValueId value) const { return code(value) ? code(value)->element : Element::f32; }

  struct Located {
    SlotId slot = {};
    Layout layout = Layout::row_major;
  };
  /// `value` in `layout`, for the next step; reordered, and made from its short form, where it lies otherwise.
  SlotId read(ValueId value, Layout layout);
  /// `value` as it lies, for the next step.
  Located read(ValueId value);
  /// The short form of `value`, made where it is not there. Precondition: it has one.
  SlotId read_coded(ValueId value, Layout layout);
  /// `value` in the form that write_coded gives to `result`. Precondition: if that has a short form, both have the
  /// same.
  SlotId read_like(ValueId value, ValueId result, Layout layout);
  Located read_like(ValueId value, ValueId result);
  /// True if `value` was computed in `layout`.
  [[nodiscard]] bool lies(ValueId value, Layout layout) const;
  /// A new buffer for `value`, which the next step fills.
  SlotId write(ValueId value, Layout layout);
  /// The same for its short form; in full where it has none.
  SlotId write_coded(ValueId value, Layout layout);
  /// Memory for the next step, and for those that say so.
  SlotId scratch(std::size_t bytes);
  /// The next step uses memory that a step before asked for.
  void use(SlotId scratch) { pending_.push_back(scratch); }
  /// Lets the next step's `fresh` be the same memory as its input `old`, if `old` is not needed
  /// afterwards. The step has to cope with both.
  void reuse(SlotId old, SlotId fresh);
  /// `result` is `source` under another name or shape, row-major; in its short form if it has one.
  void view(ValueId result, ValueId source);
  /// `result` is `source` under another name, in its short form if it has one.
  void same(ValueId result, ValueId source);
  void step(Action action);
  [[nodiscard]] std::size_t steps() const { return actions_.size(); }

  /// All steps added: plans the memory.
  [[nodiscard]] CompiledStage finish();

 private:
  struct Slot {
    enum class Home { arena, constant, input, output };
    Home home = Home::arena;
    std::size_t index = 0;  ///< of the constant, input or output
    std::size_t bytes = 0;
    std::size_t first = 0, last = 0;  ///< steps
    SlotId same_as = {};
  };
  struct Wish {
    SlotId old = {}, fresh = {};
    std::size_t step = 0;
  };
  enum class Form { full, coded };
  using Places = std::array<std::array<SlotId, 2>, 2>;  ///< by form and layout; invalid where it does not lie so

  /// How `value` comes in or goes out.
  [[nodiscard]] Layout border_layout(ValueId value) const;
  SlotId add_slot(Slot slot);
  SlotId find(ValueId value, Form form, Layout layout);
  const Places& places_of(ValueId value);
  void touch(SlotId slot, std::size_t step);
  [[nodiscard]] Form coded_form(ValueId value) const { return code(value) ? Form::coded : Form::full; }
  [[nodiscard]] std::size_t element_bytes(ValueId value, Form form) const;
  SlotId read(ValueId value, Form form, Layout layout);
  SlotId write(ValueId value, Form form, Layout layout);
  SlotId made(ValueId value, Form form, Layout layout);
  SlotId reordered(ValueId value, Form form, Layout from, Layout to);
  SlotId recoded(ValueId value, Form from, Form to, Layout layout);
  void bind_output(std::size_t index);
  void grant_wishes();
  void place_all(CompiledStage& stage);

  StageSpec spec_;
  onednn::Library library_;
  const Codes& codes_;
  IndexVector<SlotId, Slot> slots_;
  std::map<ValueId, Places> places_;
  std::vector<Tensor> constants_;
  std::vector<Action> actions_;
  std::vector<SlotId> pending_;
  std::vector<Wish> wishes_;
};

}  // namespace cleave::cpu
