#include "base/files.hpp"
#include "base/text.hpp"
#include "model/sources.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cleave {
namespace {

struct Column {
  std::string name;
  std::int64_t least = 1;
  std::optional<std::int64_t> fallback = {};  ///< none: the column must be there
};

const std::vector<Column>& columns_of(OpKind kind) {
  static const std::vector<Column> conv = {{"in_h"},  {"in_w"},   {"in_c"},      {"k_h"},         {"k_w"},
                                           {"out_c"}, {"stride"}, {"pad", 0, 0}, {"groups", 1, 1}};
  static const std::vector<Column> gemm = {{"M"}, {"K"}, {"N"}, {"groups", 1, 1}};
  return kind == OpKind::conv ? conv : gemm;
}

/// A line that is neither blank nor a comment.
struct Line {
  const std::string* file = nullptr;
  std::size_t number = 0;
  std::vector<std::string> fields = {};

  [[noreturn]] void fail(const std::string& column, const std::string& problem, const std::string& repair) const {
    throw InputError(*file, fmt::format("line {}{}{}", number, column.empty() ? "" : ", column ", column), problem,
                     repair);
  }
};

/// One layer: its name and the numbers of its columns.
struct Row {
  const Line* line = nullptr;
  std::string name = {};
  std::map<std::string, std::int64_t> numbers = {};

  std::int64_t operator[](const std::string& column) const { return numbers.at(column); }
};

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(" \t\r") - first + 1));
}

/// The lines that say something. Trailing commas, which spreadsheets and SCALE-Sim leave, are dropped.
std::vector<Line> lines_of(std::string_view text, const std::string& file) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  std::vector<Line> lines;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::string line = trimmed(text.substr(0, text.find('\n')));
    text.remove_prefix(std::min(text.size(), text.find('\n') == text.npos ? text.size() : text.find('\n') + 1));
    if (line.empty() || line[0] == '#') continue;
    lines.push_back({&file, number, split_csv_line(line)});
    auto& fields = lines.back().fields;
    std::transform(fields.begin(), fields.end(), fields.begin(), [](const auto& field) { return trimmed(field); });
    while (fields.size() > 1 && fields.back().empty()) fields.pop_back();
  }
  return lines;
}

bool contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// What the header announces. Throws when a column is unknown, missing or there twice.
OpKind kind_of(const Line& header) {
  const OpKind kind = contains(header.fields, "M") ? OpKind::gemm : OpKind::conv;
  std::vector<std::string> known = {"layer"}, required = {"layer"};
  for (const Column& column : columns_of(kind)) {
    known.push_back(column.name);
    if (!column.fallback) required.push_back(column.name);
  }
  for (const std::string& name : required)
    if (!contains(header.fields, name))
      header.fail("", fmt::format("the header has no column \"{}\"", name),
                  "start with layer,in_h,in_w,in_c,k_h,k_w,out_c,stride[,pad,groups] or layer,M,K,N[,groups]");
  for (const std::string& field : header.fields) {
    if (!contains(known, field))
      header.fail(field, "is not a known column", fmt::format("did you mean \"{}\"?", nearest(field, known)));
    if (std::count(header.fields.begin(), header.fields.end(), field) > 1)
      header.fail(field, "is there twice", "keep one of them");
  }
  return kind;
}

std::int64_t number_of(const Line& line, const Column& column, const std::string& text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc::invalid_argument || end != text.data() + text.size())
    line.fail(column.name, fmt::format("\"{}\" is not a whole number", ellipsis(text, 40)), "give digits only");
  if (error == std::errc::result_out_of_range || number > std::numeric_limits<std::int32_t>::max())
    line.fail(column.name, fmt::format("{} is too large", ellipsis(text, 40)), "give a number below 2^31");
  if (number < column.least)
    line.fail(column.name, fmt::format("is {}", number), fmt::format("it must be at least {}", column.least));
  return number;
}

Row row_of(const Line& header, const Line& line, OpKind kind) {
  if (line.fields.size() > header.fields.size())
    line.fail("", fmt::format("has {} fields, the header {}", line.fields.size(), header.fields.size()),
              "remove those that have no column");
  Row row{&line};
  for (const Column& column : columns_of(kind)) {
    const auto place = std::find(header.fields.begin(), header.fields.end(), column.name) - header.fields.begin();
    const auto at = static_cast<std::size_t>(place);
    const std::string text = at < line.fields.size() ? line.fields[at] : "";
    if (text.empty() && !column.fallback) line.fail(column.name, "is empty", "give a number");
    row.numbers[column.name] = text.empty() ? *column.fallback : number_of(line, column, text);
  }
  const auto at = std::find(header.fields.begin(), header.fields.end(), "layer") - header.fields.begin();
  if (static_cast<std::size_t>(at) < line.fields.size()) row.name = line.fields[static_cast<std::size_t>(at)];
  if (row.name.empty()) line.fail("layer", "is empty", "name the layer");
  return row;
}

/// Product of counts, none of which is negative. Throws where no machine could hold what they count.
std::int64_t product(const Row& row, std::initializer_list<std::int64_t> factors) {
  constexpr std::int64_t most = 1'000'000'000'000'000;
  std::int64_t result = 1;
  for (const std::int64_t factor : factors) {
    if (factor > 0 && result > most / factor)
      row.line->fail("", fmt::format("layer \"{}\" is too large: over 1e15 operations or elements", row.name),
                     "check its sizes and the batch");
    result *= factor;
  }
  return result;
}

/// Positions of the window along one axis.
std::int64_t windows(const Row& row, const std::string& in, const std::string& kernel) {
  const std::int64_t padded = row[in] + 2 * row["pad"];
  if (row[kernel] > padded)
    row.line->fail(kernel, fmt::format("{} is larger than the padded input ({} = {})", row[kernel], in, padded),
                   "make the kernel smaller or pad more");
  return (padded - row[kernel]) / row["stride"] + 1;
}

/// An operator without its name and tensors, and what it reads and writes per batch.
struct Layer {
  Operator op = {};
  std::int64_t in_elements = 0, out_elements = 0;
};

Layer conv_layer(const Row& row, std::int64_t batch) {
  const std::int64_t groups = row["groups"];
  for (const char* channels : {"in_c", "out_c"})
    if (row[channels] % groups != 0)
      row.line->fail(channels, fmt::format("{} is not divisible by groups = {}", row[channels], groups),
                     "choose groups that divide in_c and out_c");
  const std::int64_t out_h = windows(row, "in_h", "k_h"), out_w = windows(row, "in_w", "k_w");
  Layer layer;
  layer.op.kind = OpKind::conv;
  layer.op.window = {row["in_h"],   row["in_w"],   row["in_c"], row["k_h"], row["k_w"],
                     row["stride"], row["stride"], out_h,       out_w,      row["out_c"]};
  layer.op.gemm = {product(row, {batch, out_h, out_w}), product(row, {row["k_h"], row["k_w"], row["in_c"] / groups}),
                   row["out_c"] / groups, groups};
  layer.in_elements = product(row, {batch, row["in_h"], row["in_w"], row["in_c"]});
  layer.out_elements = product(row, {batch, out_h, out_w, row["out_c"]});
  return layer;
}

Layer gemm_layer(const Row& row, std::int64_t batch) {
  Layer layer;
  layer.op.kind = OpKind::gemm;
  layer.op.gemm = {product(row, {batch, row["M"]}), row["K"], row["N"], row["groups"]};
  layer.in_elements = product(row, {batch, row["M"], row["K"], row["groups"]});
  layer.out_elements = product(row, {batch, row["M"], row["N"], row["groups"]});
  return layer;
}

Layer layer_of(const Row& row, OpKind kind, std::int64_t batch) {
  Layer layer = kind == OpKind::conv ? conv_layer(row, batch) : gemm_layer(row, batch);
  const Gemm& gemm = layer.op.gemm;
  layer.op.name = row.name;
  layer.op.macs = product(row, {gemm.m, gemm.k, gemm.n, gemm.groups});
  layer.op.parameters = product(row, {gemm.k, gemm.n, gemm.groups});
  return layer;
}

TensorId add_tensor(Network& network, const std::string& name, OpId producer, std::int64_t elements) {
  NetworkTensor tensor;
  tensor.name = name;
  tensor.producer = producer;
  tensor.elements = elements;
  return network.tensors.push_back(std::move(tensor));
}

/// Adds a layer that reads the last tensor and writes a new one.
void append(Network& network, Layer layer) {
  const OpId op(network.operators.size());
  if (network.tensors.empty()) add_tensor(network, "input", {}, layer.in_elements);
  const TensorId in(network.tensors.size() - 1);
  network.tensors[in].consumers = {op};
  layer.op.inputs = {in};
  layer.op.outputs = {add_tensor(network, layer.op.name + ":0", op, layer.out_elements)};
  network.distinct_parameters += layer.op.parameters;
  network.operators.push_back(std::move(layer.op));
}

}  // namespace

Network parse_layer_table(std::string_view text, const std::string& file, const ReadOptions& options) {
  if (options.batch < 1) throw UsageError(fmt::format("batch is {}; it must be at least 1", options.batch));
  const std::vector<Line> lines = lines_of(text, file);
  if (lines.empty()) throw InputError(file, "", "is empty", "start with the header layer,M,K,N or layer,in_h,...");
  const OpKind kind = kind_of(lines.front());
  if (lines.size() == 1) lines.front().fail("", "no layer follows the header", "add one line for each layer");
  Network network;
  network.name = std::filesystem::path(file).stem().string();
  network.batch = options.batch;
  std::map<std::string, std::size_t> seen;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const Row row = row_of(lines.front(), lines[i], kind);
    const auto [first, fresh] = seen.emplace(row.name, lines[i].number);
    if (!fresh)
      lines[i].fail("layer", fmt::format("\"{}\" is also the layer of line {}", row.name, first->second),
                    "give each its own name");
    append(network, layer_of(row, kind, options.batch));
  }
  network.tensors[TensorId(network.tensors.size() - 1)].leaves = true;
  return network;
}

Network read_layer_table(const std::filesystem::path& path, const ReadOptions& options) {
  return parse_layer_table(read_file(path), path.string(), options);
}

}  // namespace cleave
