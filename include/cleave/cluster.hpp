#pragma once
/// What a network may run on: device profiles, and clusters of device classes behind ports.

#include <cleave/index.hpp>

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cleave {

enum class Precision { fp32, fp16, bf16, int8, int4 };
[[nodiscard]] std::string_view name_of(Precision precision);
[[nodiscard]] std::optional<Precision> precision_named(std::string_view name);
/// Bytes of one element (0.5 for int4).
[[nodiscard]] double bytes_of(Precision precision);

enum class DeviceKind { cpu, gpu, npu, cim, fpga, vpu, pim };
[[nodiscard]] std::string_view name_of(DeviceKind kind);

/// A number with what is known about it. `low <= value <= high`.
struct Quantity {
  double value = 0;
  double low = 0;
  double high = 0;
  std::string source = {};
  int year = 0;
};

/// Where an operator lies for corrections: log2 of m, n, k and groups, twice log2 of the kernel's area, twice the
/// stride, log2 of the input's area (zeros where it has no window), and how often 2 divides n x groups and the input
/// channels or k, at most five times. Kinds without products: log2 of the bytes read, the
/// bytes written and the operations, 0, 64 x the kind's number, zeros. The tenth number of each is how much of the
/// network's weights the cache holds, 2: all. Then, of convolutions, log2 of the batch, of a group's input channels, of
/// the results' area and of the results in a row. Whoever changes this counts up the schema of corrections in profiles.
using ShapePoint = std::array<double, 14>;

/// What measurements say beyond a fitted equation, for one class of operators at one precision: seconds are
/// multiplied by exp(sum of weight x similarity to each point), and far from all points by 1.
struct Correction {
  struct Point {
    ShapePoint at = {};
    double weight = 0;
  };
  std::string operators;  ///< "gemm", "conv", "other" or "matrix"
  Precision precision = Precision::fp32;
  ShapePoint scales = {};  ///< of each coordinate: similarity falls by about a half over the distance 1
  std::vector<Point> points = {};
};

/// A device as its cost model needs it. Numbers are addressed by their field name, so that a
/// sweep can vary, a fit can adjust and an explanation can cite any of them. The fields of each
/// kind, their units and ranges are one table (src/devices).
struct Profile {
  std::string name;
  std::string title;  ///< what people call it; the name where a file gives none
  DeviceKind kind = DeviceKind::cpu;
  std::map<std::string, Quantity> numbers;              ///< by field name, e.g. "clock_hz"
  std::map<std::string, std::string> choices;           ///< non-numeric fields, e.g. "dataflow": "ws"
  std::vector<Precision> precisions;                    ///< what it can run; the first is its native one
  std::map<std::string, std::string> unsupported = {};  ///< kinds of operators that it cannot run, each with the reason
  std::vector<Correction> corrections = {};             ///< cpu and gpu, from a calibration

  /// Value of a field that the kind requires. Throws std::out_of_range for a name that is not one.
  [[nodiscard]] double number(const std::string& field) const { return numbers.at(field).value; }
};

/// How a device reaches the fabric that all devices share. A device without a port computes in
/// host memory: tensors are where it needs them.
struct Port {
  Quantity bytes_per_s = {};
  Quantity latency_s = {};  ///< per tensor moved
  Quantity j_per_byte = {};
  bool full_duplex = true;  ///< receives and sends at once
  bool overlap = true;      ///< moves tensors of one inference while it computes another
};

/// What connects two devices, or two hosts, in both directions.
struct Wire {
  Quantity bytes_per_s = {};
  Quantity latency_s = {};  ///< per tensor moved
  Quantity j_per_byte = {};
  Quantity packet_bytes = {};           ///< payload of a packet; 0: no packets
  Quantity packet_overhead_bytes = {};  ///< what a packet has besides
};

/// Identical devices.
struct DeviceClass {
  std::string name;  ///< unique in the cluster
  int count = 1;
  /// Absent when costs are measured per class: then `idle_w` and `memory_bytes` say what matters.
  std::optional<Profile> profile = {};
  Quantity idle_w = {};
  std::optional<Quantity> memory_bytes = {};  ///< absent: unlimited
  std::optional<Port> port = {};
  std::string host = {};  ///< empty: the cluster has no hosts
  Precision precision = Precision::fp32;
  bool replicate = true;  ///< a stage may run on several of them, which take turns at the batches
};

/// Stages on devices of the two classes, which may be one, exchange tensors over a wire of their own.
struct Link {
  ClassId one, other;
  Wire wire;
};

/// Joins two hosts.
struct HostNetwork {
  std::string one, other;
  Wire wire;
};

/// What devices share beside their ports and links: see SharedLinkCost. It joins its members.
struct SharedLink {
  std::string name;
  std::vector<ClassId> members;  ///< ascending
  Wire wire;
  bool full_duplex = false;
  int inside = 1;  ///< how often a tensor from member to member passes it
};

/// Three fabrics. With neither links nor hosts all devices share one, behind their ports. With links, even if none is
/// left, only linked devices exchange tensors, and ports are for the network's inputs and outputs. With hosts ports are
/// as without, and what goes from host to host also takes the network between them.
struct Cluster {
  std::string file = {};  ///< it was read from, or the name it is shipped under; empty: none
  std::string name;
  std::string title;  ///< as of a profile
  IndexVector<ClassId, DeviceClass> classes;
  std::optional<std::vector<Link>> links = {};
  std::vector<HostNetwork> networks = {};
  std::vector<SharedLink> shared_links = {};  ///< in any fabric

  /// What errors call it.
  [[nodiscard]] const std::string& file_or_name() const { return file.empty() ? name : file; }
};

/// Reads a profile or cluster file, or one that is shipped under that name.
/// A cluster may be followed by changes: "edge4?cim.adc_bits=6,npu.count=2" (see docs/formats.md).
/// Throws InputError (file, JSON pointer, problem, repair; the nearest name for an unknown one), UsageError for a
/// change that makes no sense.
[[nodiscard]] Profile read_profile(const std::string& name_or_path);
[[nodiscard]] Cluster read_cluster(const std::string& reference);

/// Names of what is shipped, sorted.
[[nodiscard]] std::vector<std::string> shipped_profiles();
[[nodiscard]] std::vector<std::string> shipped_clusters();

}  // namespace cleave
