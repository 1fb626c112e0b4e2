#pragma once
/// What each choice costs, as plain numbers. Downstream of this table there are no device names,
/// files or unit conversions.

#include <cleave/cluster.hpp>
#include <cleave/index.hpp>
#include <cleave/network.hpp>

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cleave {

inline constexpr double kCannot = std::numeric_limits<double>::infinity();

/// A class of `count` identical devices.
struct ClassCost {
  int count = 1;
  double idle_w = 0;              ///< drawn by each powered device, busy or not
  double memory_bytes = kCannot;  ///< hard limit per device (infinity: none)
  bool full_duplex = true;        ///< port receives and sends at once
  bool overlap = true;            ///< port works beside the compute units
  bool replicate = true;          ///< a stage may have several of them

  /// The most devices that one stage may have.
  [[nodiscard]] int most_replicas() const { return replicate ? count : 1; }
};

/// A way to run a stage: on which class, at which precision, and the effects that depend on the
/// stage as a whole.
struct ModeCost {
  ClassId device_class = {};
  Precision precision = Precision::fp32;
  double stage_launch_s = 0;  ///< once per stage and batch
  double stage_launch_j = 0;
  double resident_bytes = kCannot;     ///< weights that stay on chip; what exceeds it is reloaded each batch
  double reload_s_per_byte = kCannot;  ///< infinity: must fit
  double reload_j_per_byte = 0;
};

/// Where a tensor comes from and goes to.
struct TensorUse {
  OpId producer = {};           ///< invalid: the network's input
  std::vector<OpId> consumers;  ///< ascending
  bool leaves = false;          ///< also an output of the network
};

/// What several devices share on their ways: a bus, a switch, a segment of a network, the port of a host. It is taken
/// for `latency_s + bytes x s_per_byte` each time a tensor passes it, whatever the replicas, and the stage that reads
/// the tensor (or that made it, if it leaves the network) waits for that; so it is busy for the sum of these, which
/// the period cannot undercut. Full duplex: each direction is taken alone, and the busier one counts.
struct SharedLinkCost {
  double latency_s = 0;
  double s_per_byte = 0;
  double j_per_byte = 0;
  bool full_duplex = false;
  /// How often a tensor from one member to another passes: 0 (it is the members' way out), 1 (from the one to the
  /// other at once) or 2 (it comes in and goes out again). From or to others and the user: once.
  int inside = 1;
  IndexVector<ClassId, char> member = {};
};

/// Links between devices, by sending and receiving class (the diagonal: two devices of one class).
/// The receiver pulls: a tensor that a stage reads from another stage takes the *receiving* stage
/// `latency_s + bytes x s_per_byte` and `bytes x j_per_byte`, with `bytes` the tensor's
/// `transfer_bytes` in the receiving mode. A sender pays nothing for it: each pair has its own link. The
/// network's inputs and outputs go through the ports, as in a cluster without links. What `shared` links add to the way
/// from class to class is part of the tables.
struct LinkCost {
  bool ports = false;  ///< the tensor also passes the sender's and the receiver's port, as without links
  Table<ClassId, ClassId, double> latency_s;
  Table<ClassId, ClassId, double> s_per_byte;  ///< kCannot: no link
  Table<ClassId, ClassId, double> j_per_byte;
  std::vector<SharedLinkCost> shared = {};
};

/// Per batch of `batch` samples: seconds and joules of every operator in every mode, and of
/// every tensor through every mode's port.
struct CostTable {
  std::int64_t batch = 1;
  IndexVector<ClassId, ClassCost> classes;
  IndexVector<ModeId, ModeCost> modes;
  std::optional<LinkCost> links = {};  ///< absent: stages exchange tensors through their ports
  /// Without `links`: how many shared links the cluster has, all of whose members were left out. Scores have them, as
  /// those of the whole cluster do.
  std::size_t idle_links = 0;

  IndexVector<OpId, std::vector<TensorId>> inputs;   ///< tensors each operator reads
  IndexVector<OpId, std::vector<TensorId>> outputs;  ///< tensors each operator writes
  IndexVector<TensorId, TensorUse> tensors;

  Table<OpId, ModeId, double> compute_s;  ///< kCannot where it cannot run; its joules and bytes are 0 there
  Table<OpId, ModeId, double> compute_j;
  Table<OpId, ModeId, double> weight_bytes;    ///< memory its parameters occupy
  Table<OpId, ModeId, double> live_bytes;      ///< activations alive while it runs (network order)
  Table<TensorId, ModeId, double> transfer_s;  ///< once through the port, either way
  Table<TensorId, ModeId, double> transfer_j;
  Table<TensorId, ModeId, double> transfer_bytes;  ///< buffer it needs on the device

  [[nodiscard]] std::size_t operator_count() const { return inputs.size(); }
};

/// Prices every operator of `network` on every class of `cluster`.
/// Throws InputError when a measured cost table does not know a class of the cluster, or has edges in seconds, of which
/// links and networks between hosts make nothing.
[[nodiscard]] CostTable make_cost_table(const Network& network, const Cluster& cluster);

/// One addend of an operator's cost, e.g. {"adc", 1.2e-6, 3.4e-9}.
struct CostPart {
  const char* name;  ///< a literal
  double seconds;
  double joules;
};

/// The addends of one cost, in place: millions are made when tables are.
class CostParts {
 public:
  CostParts() {}
  CostParts(std::initializer_list<CostPart> parts) : size_(parts.size()) {
    assert(parts.size() <= kMost);
    std::copy(parts.begin(), parts.end(), parts_.begin());
  }
  void add(const CostPart& part) {
    assert(size_ < kMost);
    parts_[size_++] = part;
  }
  [[nodiscard]] const CostPart* begin() const { return parts_.data(); }
  [[nodiscard]] CostPart* begin() { return parts_.data(); }
  [[nodiscard]] CostPart* end() { return parts_.data() + size_; }
  [[nodiscard]] const CostPart* end() const { return parts_.data() + size_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] const CostPart& operator[](std::size_t at) const { return parts_[at]; }

 private:
  static constexpr std::size_t kMost = 8;
  std::array<CostPart, kMost> parts_;  // beyond size_: never written, never read
  std::size_t size_ = 0;
};

/// An operator on a device, explained.
struct OperatorCost {
  double seconds = 0;  ///< kCannot where it cannot run
  double joules = 0;
  double bytes = 0;           ///< moved to and from the device's memory
  double weight_bytes = 0;    ///< that its parameters occupy
  double compute_cycles = 0;  ///< npu only
  CostParts parts;
  std::string_view limit;  ///< what bounds it: "compute", "memory", "launch", "adc", ...
  std::string reason;      ///< why it cannot run; empty if it can
};
/// The network says how many bytes the operator reads and writes.
[[nodiscard]] OperatorCost operator_cost(const Network& network, OpId op, const Profile& profile, Precision precision);

/// For each part of an operator's cost, in order, the fields of the profile that it depends on: those whose
/// change, by a thousandth or by one for whole numbers, changes the part. Empty where it cannot run.
[[nodiscard]] std::vector<std::vector<std::string>> fields_behind(const Network& network, OpId op,
                                                                  const Profile& profile, Precision precision);

}  // namespace cleave
