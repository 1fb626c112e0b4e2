#pragma once
/// Doing it: backends that compute operators, the pipelined executor, and virtual time.

#include <cleave/cluster.hpp>
#include <cleave/network.hpp>
#include <cleave/plan.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace cleave {

/// What a worker computes: operators of a network, with the tensors that enter and leave.
struct StageSpec {
  std::shared_ptr<const Graph> graph;
  std::vector<std::vector<NodeId>> operators;  ///< node lists, in execution order
  std::vector<ValueId> inputs;                 ///< values it receives, constants excluded
  std::vector<ValueId> outputs;                ///< values it must deliver
  /// Those of both that lie with dimension 1 innermost, as the engines on both sides like it; others are row-major.
  std::set<ValueId> channels_last = {};
};

/// The stage of `operators` cut out of `network`: its boundary follows from the graph.
[[nodiscard]] StageSpec make_stage_spec(const Network& network, std::span<const OpId> operators);

/// The network as a single stage, of mode 0.
[[nodiscard]] Plan unsplit_plan(const Network& network);

/// An engine that computes stages. One instance serves one worker thread: `prepare` and `run`
/// are called from that thread only. Results depend on the operators alone, never on how they are
/// grouped into stages: a split network computes bit for bit what the whole one does.
class Backend {
 public:
  virtual ~Backend() = default;
  /// Why it cannot run `node`; empty if it can.
  [[nodiscard]] virtual std::string unsupported(const Graph& graph, const Node& node) const = 0;
  /// Whether it has less to do when `value` passes to or from another stage with dimension 1 innermost. Asked before
  /// `prepare`; it lies so where the engines of all stages that hold it say yes.
  [[nodiscard]] virtual bool prefers_channels_last(const Graph& graph, ValueId value) const;
  /// Builds kernels, packs weights, allocates everything that `run` needs.
  virtual void prepare(const StageSpec& stage) = 0;
  /// Computes one batch. `inputs` and `outputs` are in the order of the spec, row-major or as it says;
  /// `outputs` are allocated by the caller.
  virtual void run(std::span<const Tensor* const> inputs, std::span<Tensor* const> outputs) = 0;
  /// What it allocated for the prepared stage: weights as they are packed, values, scratch. None where it does not
  /// count.
  [[nodiscard]] virtual std::optional<std::size_t> held_bytes() const;
};

/// The smallest and the largest element that a value was seen to have.
struct ValueRange {
  float low = 0;
  float high = 0;
  friend bool operator==(const ValueRange&, const ValueRange&) = default;
};
using Ranges = std::map<ValueId, ValueRange>;

/// oneDNN kernels, fp32, one thread.
[[nodiscard]] std::unique_ptr<Backend> make_cpu_backend();
/// The same with products of bf16 numbers, summed in fp32; what lies between products only is kept as bf16. Throws
/// UsageError where the CPU has no instructions for that.
[[nodiscard]] std::unique_ptr<Backend> make_cpu_bf16_backend();
/// The same with products of 8-bit integers, exact: weights s8 with a scale per channel, values u8 with a scale and a
/// zero from `ranges`; everything else in fp32. Values without a range stay fp32. Throws UsageError where the CPU has
/// no instructions for that.
[[nodiscard]] std::unique_ptr<Backend> make_cpu_int8_backend(const Ranges& ranges);
/// Whether this CPU has instructions for products at this precision, and an engine that uses them.
[[nodiscard]] bool cpu_computes(Precision precision);
/// Plain loops in double: the oracle. Slow.
[[nodiscard]] std::unique_ptr<Backend> make_reference_backend();
/// Has every operator and computes nothing: its outputs are zero. For rehearsals of a cluster's pace.
[[nodiscard]] std::unique_ptr<Backend> make_idle_backend();

/// A crossbar chip that is emulated.
struct CimChip {
  Profile profile = {};    ///< of kind cim
  std::uint64_t seed = 1;  ///< of how its cells deviate; what an operator's cells do depends on nothing else
};
/// Where the converters of a product clip, in partial sums, for each slice of its weights; by the product's output.
using ConverterRanges = std::map<ValueId, std::vector<double>>;

/// Products with constant weights on the chip's arrays, whose bits, row blocks, converters and cells are emulated;
/// everything else in fp32. `ranges` of what products read, or `prepare` throws; converters of products that are not in
/// `converters` have their full range. Throws UsageError where the profile asks for what is not emulated.
[[nodiscard]] std::unique_ptr<Backend> make_cim_backend(const CimChip& chip, const Ranges& ranges,
                                                        const ConverterRanges& converters);

/// A device that OpenCL finds on this machine.
struct OpenClDevice {
  std::string name;
  bool is_gpu = false;
};
/// The one that make_opencl_backend uses; nothing where there is none, or cleave is built without OpenCL.
[[nodiscard]] std::optional<OpenClDevice> find_opencl_device();
/// fp32 kernels of its own, on a queue of its own; what has none is computed on the CPU. Throws UsageError where OpenCL
/// finds no device.
[[nodiscard]] std::unique_ptr<Backend> make_opencl_backend();
/// Whether the node has a kernel there; else the CPU computes it.
[[nodiscard]] bool opencl_has_kernel(const Graph& graph, const Node& node);

/// Operator types that a backend implements, sorted; for messages and the conformance list.
[[nodiscard]] std::vector<std::string> cpu_operator_types();
[[nodiscard]] std::vector<std::string> reference_operator_types();
/// Those that have kernels there.
[[nodiscard]] std::vector<std::string> opencl_operator_types();

/// The range of every float32 value that the CPU engine stores while it computes `network` in fp32 on `inputs`, inputs
/// of the network included: what engines with few bits need to know. Values that are fused away have none. Throws
/// as Executor does. When `stop` asks for it, ends early with what was seen by then.
[[nodiscard]] Ranges observe_ranges(const Network& network, std::span<const std::vector<Tensor>> inputs,
                                    const std::stop_token& stop = {});

/// Where the chip's converters should clip while it computes `network` on `inputs`: where codes err least in the mean
/// square. Throws as Executor and make_cim_backend do. When `stop` asks for it, ends early with what was seen by then.
[[nodiscard]] ConverterRanges observe_converters(const Network& network, const CimChip& chip, const Ranges& ranges,
                                                 std::span<const std::vector<Tensor>> inputs,
                                                 const std::stop_token& stop = {});
/// A piece of a transfer. Of a shared link it holds one direction or both; a half duplex link has only `in`.
struct TransferLeg {
  double seconds = 0;
  std::size_t link = 0;
  bool in = false;
  bool out = false;
  [[nodiscard]] bool shared() const { return in || out; }
};

/// What a device needs for one pass of a stage at a batch.
struct PassTimes {
  double receive_s = 0;
  double compute_s = 0;
  double send_s = 0;
  /// What receive_s and send_s are made of, where there are shared links: one transfer waits for another there. Empty:
  /// nobody waits.
  std::vector<TransferLeg> receive = {};
  std::vector<TransferLeg> send = {};
};

/// A device that takes a given time, however fast this machine computes.
struct DevicePace {
  bool overlap = true;      ///< moves tensors of one batch while it computes another
  bool full_duplex = true;  ///< receives and sends at once
  /// One, or of an interleaved plan one for each depth at which the stage works, ascending.
  std::vector<PassTimes> passes = {};
};

/// By stage, what the cost model says, times `scale`. Precondition: `plan` is legal (see check).
[[nodiscard]] std::vector<DevicePace> predicted_pace(const CostTable& cost, const Plan& plan, double scale = 1);

/// Where one worker's wall time went; busy + blocked + idle = wall.
struct WorkerReport {
  std::size_t stage = 0;
  int replica = 0;
  double busy_s = 0;     ///< computing; of a paced device, the part that is occupied most (port, compute unit)
  double blocked_s = 0;  ///< next result has no room yet
  double idle_s = 0;     ///< waiting for input
  std::size_t batches = 0;
  double engine_s = 0;   ///< wall time of the engine's computing; with more workers than cores, also waiting for one
  double cpu_s = 0;      ///< processor time of it
  std::size_t late = 0;  ///< passes of a paced device whose engine was not done in the device's time
  /// Memory of its engines and of the results that it hands on; none where an engine does not count.
  std::optional<std::size_t> held_bytes = {};
};

/// One interval of virtual or real time on a device, for timelines.
struct TraceEvent {
  std::size_t stage = 0;
  int replica = 0;
  /// "receive", "compute", "send"; of a run that is not paced: "wait for input", "compute", "wait for room".
  std::string what;
  std::size_t batch = 0;
  double start_s = 0;
  double end_s = 0;
};

struct RunReport {
  double wall_s = 0;     ///< from the first batch in to the last one out, warm-up excluded
  double period_s = 0;   ///< mean time between results in steady state; 0: too few results to tell
  double latency_s = 0;  ///< median time of one batch alone in the pipeline; 0: not measured
  std::vector<WorkerReport> workers;
  std::vector<double> results_s = {};  ///< when each result came, since the first batch went in
  /// The last of them, of interleaved plans and on paced devices with half duplex ports, that came while no batch
  /// began: faster than in steady state.
  std::size_t trailing_results = 0;
  std::vector<TraceEvent> events = {};  ///< by worker and time; where they were asked for
};

struct RunOptions {
  std::size_t batches = 100;
  std::size_t warmup = 4;
  std::size_t lone = 5;                 ///< batches alone in the pipeline before those that count: their median latency
  std::size_t queue_depth = 3;          ///< results that may wait between two stages
  std::size_t first_input = 0;          ///< of the inputs given, that the first batch takes
  std::vector<double> arrivals_s = {};  ///< when each batch comes, ascending; empty: all are there
  /// Time zero of `arrivals_s`; none: when the batches that count begin.
  std::optional<std::chrono::steady_clock::time_point> arrivals_since = {};
  bool trace = false;                 ///< report events
  bool pin = true;                    ///< one core per worker, where there are enough
  std::vector<DevicePace> pace = {};  ///< by stage; empty: as fast as this machine computes
  /// Called by the worker before it computes a batch that counts; what it throws is as if the engine threw it.
  std::function<void(std::size_t stage, int replica, std::size_t batch)> before_compute = {};
  std::stop_token stop = {};
  std::function<void(std::size_t done)> on_progress = {};
};

/// A worker that threw in mid-run.
struct Failure {
  std::size_t stage = 0;
  int replica = 0;
  std::optional<std::size_t> batch = {};  ///< that it had in hand; none: one that warms up
  double at_s = 0;                        ///< since the first batch of those went in
  std::string what;
};

/// The engine for a stage of the given mode; called in the stage's own worker thread.
using BackendFactory = std::function<std::unique_ptr<Backend>(ModeId)>;

/// A pipeline of one worker per device (stage replica), joined by bounded queues.
class Executor {
 public:
  /// Prepares every stage in its own worker. Throws InputError naming node and operator type that
  /// a backend does not support.
  Executor(const Network& network, const Plan& plan, const BackendFactory& backend, const RunOptions& options = {});
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  /// Feeds `options.batches` batches, batch i taking `inputs[(first_input + i) % inputs.size()]` (one
  /// tensor per network input); hands every result to `sink`, in order, in the calling thread. When
  /// `options.stop` asks for it, ends early with what was done by then; a pipeline that was
  /// stopped or that failed stays so. Throws the first error of a worker.
  using Sink = std::function<void(std::size_t index, std::span<const Tensor> outputs)>;
  RunReport run(std::span<const std::vector<Tensor>> inputs, const Sink& sink);

  /// The worker whose error `run` threw, then those that threw before they heard of it; none when something else ended
  /// it, such as the sink, or when the error is an InputError or std::bad_alloc, which is not the device's. Results
  /// that were handed over until then are complete and in order.
  [[nodiscard]] std::vector<Failure> failures() const;
  /// When `run` threw for that: what was measured of the batches that count.
  [[nodiscard]] const RunReport& unfinished() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

struct Trace {
  double period_s = 0;       ///< steady state; on shared links, of the batches that were played
  double latency_s = 0;      ///< of a batch that has the pipeline to itself
  double shared_wait_s = 0;  ///< for which all transfers of a batch waited at shared links, on average
  std::vector<TraceEvent> events;
};

/// Discrete-event simulation of `batches` batches that are all there at time 0, unbounded queues.
/// Events are in the order of batch and stage; transfers that take no time are left out.
/// Precondition: `plan` is legal (see check).
[[nodiscard]] Trace simulate(const CostTable& cost, const Plan& plan, std::size_t batches);

}  // namespace cleave
