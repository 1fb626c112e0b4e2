#pragma once
/// Typed indices: an OpId cannot be used where a ClassId is meant.

#include <compare>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <utility>
#include <vector>

namespace cleave {

/// Position in the array of one kind of thing. `Tag` makes each kind its own type.
template <class Tag>
struct Index {
  std::uint32_t value = std::numeric_limits<std::uint32_t>::max();

  constexpr Index() = default;
  constexpr explicit Index(std::size_t position) : value(static_cast<std::uint32_t>(position)) {}
  /// False for a default-constructed index, which refers to nothing.
  [[nodiscard]] constexpr bool valid() const { return value != std::numeric_limits<std::uint32_t>::max(); }
  [[nodiscard]] constexpr std::size_t at() const { return value; }
  friend constexpr auto operator<=>(Index, Index) = default;
};

using ValueId = Index<struct ValueTag>;    ///< a tensor of the ONNX-level graph
using NodeId = Index<struct NodeTag>;      ///< a node of the ONNX-level graph
using OpId = Index<struct OpTag>;          ///< a (merged) operator: the unit that is placed
using TensorId = Index<struct TensorTag>;  ///< a tensor between operators
using ClassId = Index<struct ClassTag>;    ///< a class of identical devices
using ModeId = Index<struct ModeTag>;      ///< a way to run a stage: device class and precision

/// A vector that only its own kind of index can address.
template <class Id, class T>
class IndexVector {
 public:
  IndexVector() = default;
  explicit IndexVector(std::size_t count, T value = T()) : items_(count, std::move(value)) {}
  IndexVector(std::initializer_list<T> items) : items_(items) {}

  decltype(auto) operator[](Id id) { return items_[id.at()]; }
  decltype(auto) operator[](Id id) const { return items_[id.at()]; }
  [[nodiscard]] std::size_t size() const { return items_.size(); }
  [[nodiscard]] bool empty() const { return items_.empty(); }
  Id push_back(T item) {
    items_.push_back(std::move(item));
    return Id(items_.size() - 1);
  }
  auto begin() { return items_.begin(); }
  auto end() { return items_.end(); }
  [[nodiscard]] auto begin() const { return items_.begin(); }
  [[nodiscard]] auto end() const { return items_.end(); }
  friend bool operator==(const IndexVector&, const IndexVector&) = default;

  /// All indices, in order: `for (OpId op : operators.ids())`.
  [[nodiscard]] auto ids() const { return Ids{items_.size()}; }

 private:
  struct Ids {
    struct Iterator {
      std::size_t position;
      Id operator*() const { return Id(position); }
      Iterator& operator++() {
        ++position;
        return *this;
      }
      bool operator==(const Iterator&) const = default;
    };
    std::size_t count;
    [[nodiscard]] Iterator begin() const { return {0}; }
    [[nodiscard]] Iterator end() const { return {count}; }
  };
  std::vector<T> items_;
};

/// A dense two-dimensional array, rows of one kind of index, columns of another.
template <class Row, class Column, class T>
class Table {
 public:
  Table() = default;
  Table(std::size_t rows, std::size_t columns, T value = T()) : columns_(columns), items_(rows * columns, value) {}
  decltype(auto) operator()(Row row, Column column) { return items_[row.at() * columns_ + column.at()]; }
  decltype(auto) operator()(Row row, Column column) const { return items_[row.at() * columns_ + column.at()]; }
  [[nodiscard]] std::size_t columns() const { return columns_; }

 private:
  std::size_t columns_ = 0;
  std::vector<T> items_;
};

}  // namespace cleave
