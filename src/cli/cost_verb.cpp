// cleave cost: what each operator of a network costs on one device.
#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "cli/cost_sources.hpp"
#include "cli/session.hpp"
#include "cli/text_table.hpp"
#include "costmodel/operator_cost.hpp"
#include "costmodel/peak_rate.hpp"
#include "devices/energy_origin.hpp"

#include <cleave/cost_table.hpp>
#include <cleave/error.hpp>
#include <cleave/plan.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>

namespace cleave::cli {
namespace {

struct Options {
  std::string model;
  std::string profile;
  std::string precision;
  std::int64_t batch = 1;
  bool csv = false;
  bool explain = false;
};

Precision chosen_precision(const Options& options, const Profile& profile) {
  if (options.precision.empty()) return profile.precisions.front();
  std::string known;
  for (const Precision precision : profile.precisions) {
    if (name_of(precision) == options.precision) return precision;
    known += " " + std::string(name_of(precision));
  }
  throw UsageError(fmt::format("{} does not run at \"{}\"; it runs at{}", profile.name, options.precision, known));
}

/// Names of the break-down's parts: those that its kind always has, then others in the order of first appearance.
std::vector<std::string> part_names(const std::vector<Priced>& rows, DeviceKind kind) {
  std::vector<std::string> names;
  if (kind == DeviceKind::cim) names = {"array", "adc", "accumulate", "buffer", "interconnect"};
  for (const Priced& row : rows)
    for (const CostPart& part : row.cost.parts)
      if (std::find(names.begin(), names.end(), part.name) == names.end()) names.emplace_back(part.name);
  return names;
}

double part_s(const OperatorCost& cost, const std::string& name) {
  for (const CostPart& part : cost.parts)
    if (part.name == name) return part.seconds;
  return 0;
}

std::string finite(double value) { return std::isfinite(value) ? round_trip(value) : ""; }

/// A number, or nothing where the operator cannot run.
std::string number(const OperatorCost& cost, double value) {
  return std::isfinite(cost.seconds) ? round_trip(value) : "";
}

/// What the device could do at best.
struct Best {
  double macs_per_s;
  WeightStore store;
};

/// Share of the most that the device multiplies in that time and that of reloading weights that exceed it; infinite
/// where it cannot run by itself.
double utilisation(const Priced& row, const Best& best) {
  const double excess_bytes = row.cost.weight_bytes - best.store.resident_bytes;
  const double seconds = row.cost.seconds + (excess_bytes > 0 ? excess_bytes * best.store.reload_s_per_byte : 0);
  if (!std::isfinite(seconds)) return kCannot;
  return row.op->macs > 0 ? static_cast<double>(row.op->macs) / (seconds * best.macs_per_s) : 0;
}

void print_csv(const std::vector<Priced>& rows, DeviceKind kind, const Best& best) {
  const auto parts = part_names(rows, kind);
  std::string text = "operator,kind,M,K,N,groups,macs,time_s,energy_j,bytes,limit,utilisation";
  if (kind == DeviceKind::npu) text += ",compute_cycles";
  for (const std::string& part : parts) text += "," + part + "_s";
  text += ",reason\n";
  for (const Priced& row : rows) {
    const auto& [op, cost, fields] = row;
    text +=
        fmt::format("{},{},{},{},{},{},{},{},{},{},{},{}", csv_field(op->name), name_of(op->kind), op->gemm.m,
                    op->gemm.k, op->gemm.n, op->gemm.groups, op->macs, number(cost, cost.seconds),
                    number(cost, cost.joules), number(cost, cost.bytes), cost.limit, finite(utilisation(row, best)));
    if (kind == DeviceKind::npu) text += "," + number(cost, cost.compute_cycles);
    for (const std::string& part : parts) text += "," + number(cost, part_s(cost, part));
    text += "," + csv_field(cost.reason) + "\n";
  }
  print_data(text);
}

void json_names(JsonWriter& json, const char* key, const std::vector<std::string>& names) {
  json.key(key).begin_array();
  for (const std::string& name : names) json.value(name);
  json.end_array();
}

void print_json(const std::vector<Priced>& rows, const Network& network, const Profile& profile, Precision precision,
                const Best& best) {
  JsonWriter json;
  json.begin_object()
      .field("model", network.name)
      .field("profile", profile.name)
      .field("precision", name_of(precision))
      .field("batch", network.batch)
      .field("energy_origin", energy_origin(profile));
  json.key("operators").begin_array();
  for (const Priced& row : rows) {
    const auto& [op, cost, fields] = row;
    json.begin_object().field("operator", op->name).field("kind", name_of(op->kind));
    json.field("M", op->gemm.m)
        .field("K", op->gemm.k)
        .field("N", op->gemm.n)
        .field("groups", op->gemm.groups)
        .field("macs", op->macs);
    json.field("time_s", cost.seconds)
        .field("energy_j", cost.joules)
        .field("bytes", cost.bytes)
        .field("limit", cost.limit)
        .field("utilisation", utilisation(row, best));
    if (profile.kind == DeviceKind::npu) json.field("compute_cycles", cost.compute_cycles);
    if (!cost.reason.empty()) json.field("reason", cost.reason);
    json.key("parts").begin_array();
    for (std::size_t i = 0; i < cost.parts.size(); ++i) {
      const CostPart& part = cost.parts[i];
      json.begin_object().field("name", part.name).field("time_s", part.seconds).field("energy_j", part.joules);
      if (!fields.empty()) json_names(json, "fields", fields[i]);
      json.end_object();
    }
    json.end_array().end_object();
  }
  json.end_array();
  if (const Quantities used = fields_used(rows, profile); !used.empty()) write_quantities(json.key("fields"), used);
  json.end_object();
  print_data(json.text());
}

void print_text(const std::vector<Priced>& rows, const Network& network, const Profile& profile, Precision precision,
                const Best& best) {
  TextTable table({"operator", "kind", "MACs", "time", "energy", "bytes", "use", "limit"}, {0, 1, 7});
  double seconds = 0;
  double joules = 0;
  std::size_t cannot = 0;
  for (const Priced& row : rows) {
    const auto& [op, cost, fields] = row;
    const bool runs = std::isfinite(cost.seconds);
    const double use = utilisation(row, best);
    cannot += !runs;
    seconds += runs ? cost.seconds : 0;
    joules += runs ? cost.joules : 0;
    table.add({op->name, std::string(name_of(op->kind)), fmt::to_string(op->macs),
               runs ? si(cost.seconds, "s") : "cannot", runs ? si(cost.joules, "J") : "",
               runs ? si(cost.bytes, "B") : "",
               op->macs > 0 && std::isfinite(use) ? fmt::format("{:.3g} %", 100 * use) : "",
               runs ? std::string(cost.limit) : cost.reason});
  }
  print(table.text());
  print(fmt::format("\n{} on {} at {}, batch {}: {} and {} ({}) for the operators, one by one{}\n", network.name,
                    profile.title, name_of(precision), network.batch, si(seconds, "s"), si(joules, "J"),
                    energy_origin(profile), cannot ? fmt::format("; {} operators cannot run there", cannot) : ""));
}

/// The device alone in the world.
Cluster alone(const Profile& profile, Precision precision) {
  DeviceClass device{
      .name = profile.name, .profile = profile, .idle_w = profile.numbers.at("idle_w"), .precision = precision};
  if (profile.numbers.contains("memory_bytes")) device.memory_bytes = profile.numbers.at("memory_bytes");
  return {.name = profile.name, .title = profile.title, .classes = {device}};
}

/// What keeps the whole network off the device, as its one stage: operators, else memory; "" where it runs.
std::string in_the_way(const std::vector<Priced>& rows, const CostTable& table, const StageScore& stage) {
  const auto cannot =
      std::find_if(rows.begin(), rows.end(), [](const Priced& row) { return !std::isfinite(row.cost.seconds); });
  if (cannot != rows.end())
    return fmt::format("it cannot run: operator \"{}\" is not supported there: {}", cannot->op->name,
                       cannot->cost.reason);
  const double resident = table.modes[ModeId(0)].resident_bytes;
  double weights = 0;
  for (const OpId op : table.inputs.ids()) weights += table.weight_bytes(op, ModeId(0));
  if (!std::isfinite(stage.compute_s))
    return fmt::format("it does not fit: its weights take {}, and the device keeps {}", si(weights, "B"),
                       si(resident, "B"));
  const double memory = table.classes[ClassId(0)].memory_bytes;
  if (stage.memory_bytes > memory)
    return fmt::format("it does not fit: it takes {} of memory, and the device has {}", si(stage.memory_bytes, "B"),
                       si(memory, "B"));
  return "";
}

/// What a stage adds to its operators: its launch, and weights that do not stay on the device.
void print_stage(const std::vector<Priced>& rows, const Network& network, const Profile& profile, Precision precision) {
  Plan whole{{{ModeId(0), 1, {}}}};
  for (const OpId op : network.operators.ids()) whole.stages[0].operators.push_back(op);
  const CostTable table = make_cost_table(network, alone(profile, precision));
  const Score score = evaluate(table, whole);
  const StageScore& stage = score.stages[0];
  if (const std::string reason = in_the_way(rows, table, stage); !reason.empty())
    print(fmt::format("as one stage {}\n", reason));
  else
    print(fmt::format("as one stage, with its launch and the weights it must reload: {} and {}\n",
                      si(stage.compute_s, "s"), si(stage.dynamic_j, "J")));
}

int run(const Session& session, const Options& options) {
  const Network network = read_network(options.model, {.batch = options.batch});
  if (!network.measured.empty())
    throw UsageError("a measured cost table has its costs already; `cleave cost` prices networks and layer tables");
  const Profile profile = read_profile(options.profile);
  const Precision precision = chosen_precision(options, profile);
  const CostModel cost = make_cost_model(profile, precision, network);
  std::vector<Priced> rows;
  for (const OpId op : network.operators.ids())
    rows.push_back(
        {&network.operators[op], cost(work_of(network, op, precision)),
         options.explain ? fields_behind(network, op, profile, precision) : std::vector<std::vector<std::string>>()});
  const Best best{peak_macs_per_s(profile, precision), weight_store(profile)};
  if (session.json)
    print_json(rows, network, profile, precision, best);
  else if (options.csv)
    print_csv(rows, profile.kind, best);
  else {
    print_text(rows, network, profile, precision, best);
    print_stage(rows, network, profile, precision);
    if (options.explain) print(sources_text(rows, profile));
  }
  return 0;
}

}  // namespace

void add_cost(CLI::App& app, Session& session) {
  auto options = std::make_shared<Options>();
  CLI::App* verb =
      add_verb(app, session, "cost", "Price every operator of a network on one device, with the break-down");
  verb->add_option("MODEL", options->model, "The network")->required();
  verb->add_option("-p,--profile", options->profile, "The device: a profile file or a shipped name")->required();
  verb->add_option("--precision", options->precision,
                   "fp32, fp16, bf16, int8 or int4; the profile's native one if not given");
  verb->add_option("-b,--batch", options->batch, "Samples per inference")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  verb->add_flag("--csv", options->csv, "Print CSV")->excludes("--json");
  verb->add_flag("--explain", options->explain,
                 "Say which fields of the profile each number comes from, with their intervals and sources")
      ->excludes("--csv");
  verb->callback([options, &session] { session.action = [options, &session] { return run(session, *options); }; });
}

}  // namespace cleave::cli
