#include "costmodel/calibration/measurements.hpp"

#include "base/files.hpp"
#include "base/text.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>

namespace cleave {
namespace {

const std::vector<std::string> kColumns = {
    "kind", "precision", "time_s", "M",      "K",   "N",        "groups", "batch",    "in_h",         "in_w", "in_c",
    "k_h",  "k_w",       "out_c",  "stride", "pad", "stride_w", "pad_w",  "elements", "out_elements", "flops"};
constexpr double kMost = 1e15;                           ///< operations or elements: more than any machine holds
constexpr double kShortest_s = 1e-12, kLongest_s = 1e6;  ///< of an operator: beyond, it is another unit or a slip

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(" \t\r") - first + 1));
}

class Row {
 public:
  Row(const std::string& file, std::size_t number, std::map<std::string, std::string> fields)
      : file_(file), number_(number), fields_(std::move(fields)) {}

  [[noreturn]] void fail(const std::string& column, const std::string& problem, const std::string& repair) const {
    throw InputError(file_, fmt::format("line {}{}{}", number_, column.empty() ? "" : ", column ", column), problem,
                     repair);
  }
  [[nodiscard]] std::string word(const std::string& column) const {
    const auto field = fields_.find(column);
    return field == fields_.end() ? "" : field->second;
  }
  /// A whole number from `least`; `fallback` where the field is empty, an error where there is none.
  [[nodiscard]] std::int64_t count(const std::string& column, std::int64_t least,
                                   std::optional<std::int64_t> fallback = {}) const {
    const std::string text = word(column);
    if (text.empty() && fallback) return *fallback;
    if (text.empty()) fail(column, "is empty", fmt::format("{} needs it: give a number", word("kind")));
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc::invalid_argument || end != text.data() + text.size())
      fail(column, fmt::format("\"{}\" is not a whole number", ellipsis(text, 40)), "give digits only");
    if (error == std::errc::result_out_of_range || static_cast<double>(value) > kMost)
      fail(column, fmt::format("{} is too large", ellipsis(text, 40)), "give a number up to 1e15");
    if (value < least) fail(column, fmt::format("is {}", value), fmt::format("it must be at least {}", least));
    return value;
  }
  [[nodiscard]] double seconds() const {
    const std::string text = word("time_s");
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || !(value >= kShortest_s && value <= kLongest_s))
      fail("time_s", fmt::format("\"{}\" is not a time of an operator", ellipsis(text, 40)),
           fmt::format("give seconds from {:.0e} to {:.0e}, e.g. 1.2e-3", kShortest_s, kLongest_s));
    return value;
  }

 private:
  const std::string& file_;
  std::size_t number_;
  std::map<std::string, std::string> fields_;
};

template <class Values>
auto named(const Row& row, const std::string& column, const Values& values) {
  std::vector<std::string> names;
  for (const auto value : values) {
    if (name_of(value) == row.word(column)) return value;
    names.emplace_back(name_of(value));
  }
  row.fail(
      column, fmt::format("is \"{}\"", ellipsis(row.word(column), 40)),
      fmt::format("did you mean \"{}\"? It is one of {}", nearest(row.word(column), names), fmt::join(names, ", ")));
}

Precision precision_of(const Row& row, std::span<const Precision> precisions) {
  const Precision precision = named(row, "precision", kPrecisions);
  if (std::ranges::find(precisions, precision) == precisions.end())
    row.fail("precision", fmt::format("is {}, which the profile does not list", name_of(precision)),
             fmt::format("it lists {}", fmt::join(names_of_all(precisions), ", ")));
  return precision;
}

/// What it multiplies, reads and writes, in elements.
struct Amounts {
  double parameters = 0, in_elements = 0, out_elements = 0;
};

void set_product(const Row& row, Work& work, const Amounts& amounts, Precision precision) {
  const Gemm& g = work.gemm;
  work.macs =
      static_cast<double>(g.m) * static_cast<double>(g.k) * static_cast<double>(g.n) * static_cast<double>(g.groups);
  if (std::max({work.macs, amounts.parameters, amounts.in_elements, amounts.out_elements}) > kMost)
    row.fail("", "is too large: over 1e15 operations or elements", "check its sizes");
  work.parameters = amounts.parameters;
  work.element_bytes = bytes_of(precision);
  work.weight_bytes = amounts.parameters * work.element_bytes;
  work.input_bytes = amounts.in_elements * work.element_bytes;
  work.output_bytes = amounts.out_elements * work.element_bytes;
}

Amounts read_product(const Row& row, Work& work) {
  work.gemm = {
      .m = row.count("M", 1), .k = row.count("K", 1), .n = row.count("N", 1), .groups = row.count("groups", 1, 1)};
  const auto m = static_cast<double>(work.gemm.m), k = static_cast<double>(work.gemm.k),
             n = static_cast<double>(work.gemm.n), groups = static_cast<double>(work.gemm.groups);
  const bool constant = work.kind == OpKind::gemm;
  return {constant ? k * n * groups : 0, m * k * groups + (constant ? 0 : k * n * groups), m * n * groups};
}

/// Positions of the window along an axis.
std::int64_t windows(const Row& row, const std::string& kernel, std::int64_t in, std::int64_t pad,
                     std::int64_t stride) {
  const std::int64_t k = row.count(kernel, 1);
  if (k > in + 2 * pad)
    row.fail(kernel, fmt::format("{} is larger than the padded input, {}", k, in + 2 * pad),
             "make the kernel smaller or pad more");
  return (in + 2 * pad - k) / stride + 1;
}

Amounts read_conv(const Row& row, Work& work) {
  const std::int64_t batch = row.count("batch", 1, 1), groups = row.count("groups", 1, 1);
  const std::int64_t stride = row.count("stride", 1), stride_w = row.count("stride_w", 1, stride);
  const std::int64_t pad = row.count("pad", 0, 0), pad_w = row.count("pad_w", 0, pad);
  Window& w = work.window;
  w = {.in_h = row.count("in_h", 1),
       .in_w = row.count("in_w", 1),
       .in_c = row.count("in_c", 1),
       .kernel_h = row.count("k_h", 1),
       .kernel_w = row.count("k_w", 1),
       .stride_h = stride,
       .stride_w = stride_w};
  w.out_c = row.count("out_c", 1);
  w.out_h = windows(row, "k_h", w.in_h, pad, stride);
  w.out_w = windows(row, "k_w", w.in_w, pad_w, stride_w);
  for (const char* channels : {"in_c", "out_c"})
    if (row.count(channels, 1) % groups != 0)
      row.fail(channels, fmt::format("is not divisible by groups = {}", groups),
               "choose groups that divide in_c and out_c");
  // In floating point first: a product of whole numbers could overflow.
  const double m = static_cast<double>(batch) * static_cast<double>(w.out_h) * static_cast<double>(w.out_w);
  const double k =
      static_cast<double>(w.kernel_h) * static_cast<double>(w.kernel_w) * static_cast<double>(w.in_c / groups);
  if (std::max(m, k) > kMost) row.fail("", "is too large: over 1e15 operations or elements", "check its sizes");
  work.gemm = {static_cast<std::int64_t>(m), static_cast<std::int64_t>(k), w.out_c / groups, groups};
  const double in = static_cast<double>(batch) * static_cast<double>(w.in_h) * static_cast<double>(w.in_w) *
                    static_cast<double>(w.in_c);
  return {k * static_cast<double>(w.out_c), in, m * static_cast<double>(w.out_c)};
}

Measurement read_row(const Row& row, std::span<const Precision> precisions) {
  Measurement measurement{.precision = precision_of(row, precisions), .seconds = row.seconds()};
  Work& work = measurement.work;
  work.kind = named(row, "kind", kOpKinds);
  if (work.kind == OpKind::conv) {
    const Amounts amounts = read_conv(row, work);
    set_product(row, work, amounts, measurement.precision);
  } else if (work.kind == OpKind::gemm || work.kind == OpKind::matmul) {
    const Amounts amounts = read_product(row, work);
    set_product(row, work, amounts, measurement.precision);
  } else {
    const auto in = static_cast<double>(row.count("elements", 1));
    const auto out = row.count("out_elements", 1, row.count("elements", 1));
    set_product(row, work, {0, in, static_cast<double>(out)}, measurement.precision);
    work.flops = static_cast<double>(row.count("flops", 0, 0));
  }
  return measurement;
}

void check_header(const Row& row, const std::vector<std::string>& header) {
  for (const std::string& name : header) {
    if (std::find(kColumns.begin(), kColumns.end(), name) == kColumns.end())
      row.fail(name, "is not a known column", fmt::format("did you mean \"{}\"?", nearest(name, kColumns)));
    if (std::count(header.begin(), header.end(), name) > 1) row.fail(name, "is there twice", "keep one of them");
  }
  for (const char* name : {"kind", "precision", "time_s"})
    if (std::find(header.begin(), header.end(), name) == header.end())
      row.fail("", fmt::format("the header has no column \"{}\"", name),
               "start with kind,precision,time_s and the sizes, such as M,K,N");
}

}  // namespace

std::vector<Measurement> parse_measurements(std::string_view text, const std::string& file,
                                            std::span<const Precision> precisions) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  std::vector<Measurement> measurements;
  std::vector<std::string> header;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::string line = trimmed(text.substr(0, text.find('\n')));
    text.remove_prefix(std::min(text.size(), text.find('\n') == text.npos ? text.size() : text.find('\n') + 1));
    if (line.empty() || line[0] == '#') continue;
    std::vector<std::string> fields = split_csv_line(line);
    for (std::string& field : fields) field = trimmed(field);
    if (header.empty()) {
      header = std::move(fields);
      check_header(Row(file, number, {}), header);
      continue;
    }
    std::map<std::string, std::string> named_fields;
    for (std::size_t i = 0; i < std::min(fields.size(), header.size()); ++i) named_fields[header[i]] = fields[i];
    const Row row(file, number, std::move(named_fields));
    if (fields.size() > header.size())
      row.fail("", fmt::format("has {} fields, the header {}", fields.size(), header.size()),
               "remove those that have no column");
    measurements.push_back(read_row(row, precisions));
  }
  if (measurements.empty())
    throw InputError(file, "", "has no measurements", "give a header and a line for each measured operator");
  return measurements;
}

std::vector<Measurement> read_measurements(const std::string& path, std::span<const Precision> precisions) {
  return parse_measurements(read_file(path), path, precisions);
}

}  // namespace cleave
