#include "devices/read_profile.hpp"

#include "base/text.hpp"
#include "devices/fields.hpp"
#include "devices/names.hpp"
#include "devices/shipped.hpp"

#include <cleave/error.hpp>
#include <cleave/network.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <tuple>

namespace cleave {
namespace {

[[noreturn]] void fail_word(const JsonView& view, const std::string& word, const std::vector<std::string>& options) {
  view.fail(fmt::format("is \"{}\"", word),
            fmt::format("did you mean \"{}\"? It is one of {}", nearest(word, options), fmt::join(options, ", ")));
}

DeviceKind read_kind(const JsonView& view) {
  const auto kind = kind_named(view.string());
  if (!kind) fail_word(view, view.string(), names_of_all(kDeviceKinds));
  return *kind;
}

std::vector<Precision> read_precisions(const JsonView& view) {
  std::vector<Precision> precisions;
  for (const JsonView& item : view.elements()) {
    const Precision precision = read_precision(item);
    if (std::ranges::find(precisions, precision) != precisions.end()) item.fail("occurs twice", "keep one of them");
    precisions.push_back(precision);
  }
  if (precisions.empty()) view.fail("is empty", "name at least one precision, the native one first");
  return precisions;
}

/// {"matmul": "why not"}
std::map<std::string, std::string> read_unsupported(const JsonView& view) {
  std::map<std::string, std::string> reasons;
  const std::vector<std::string> kinds = names_of_all(kOpKinds);
  for (const auto& [kind, reason] : view.members()) {
    if (std::ranges::find(kinds, kind) == kinds.end()) fail_word(reason, kind, kinds);
    if (reason.string().empty()) reason.fail("is empty", "say why it cannot run there");
    reasons.emplace(kind, reason.string());
  }
  return reasons;
}

/// Coordinates of points by the schema of their correction; those that they lack are 0. The first programs wrote no
/// schema, and the first of them no tenth coordinate, which is 0 where no cache is known of.
constexpr std::array<std::size_t, 3> kCoordinates = {10, 10, std::tuple_size_v<ShapePoint>};

/// A row of a correction: where it is, and its weight.
Correction::Point read_point(const JsonView& view, std::size_t schema) {
  const std::vector<JsonView> numbers = view.elements();
  Correction::Point point;
  const std::size_t complete = kCoordinates[schema] + 1;
  if (numbers.size() != complete && !(schema == 0 && numbers.size() == complete - 1))
    view.fail(fmt::format("has {} numbers", numbers.size()),
              fmt::format("give {}: where the point is, and its weight", complete));
  for (std::size_t i = 0; i + 1 < numbers.size(); ++i) point.at[i] = numbers[i].number();
  point.weight = numbers.back().number();
  return point;
}

/// Of each coordinate; before schema 2 one length was that of all.
ShapePoint read_scales(const JsonView& view, std::size_t schema) {
  ShapePoint scales = {};
  if (schema < 2) {
    std::fill_n(scales.begin(), kCoordinates[schema], 1 / view.at("length_octaves").positive());
    return scales;
  }
  const std::vector<JsonView> numbers = view.at("scales").elements();
  if (numbers.size() != scales.size())
    view.at("scales").fail(fmt::format("has {} numbers", numbers.size()),
                           fmt::format("give {}, one for each coordinate of a point", scales.size()));
  std::ranges::transform(numbers, scales.begin(), [](const JsonView& number) { return number.non_negative(); });
  return scales;
}

Correction read_correction(const JsonView& view, const Profile& profile) {
  // What coordinates mean is the program's: the schema tells points of another meaning.
  const std::size_t schema = view.find("schema") ? static_cast<std::size_t>(view.require_schema("correction", 2)) : 0;
  view.allow_only({"operators", "precision", schema < 2 ? "length_octaves" : "scales", "points"});
  Correction correction{.operators = view.at("operators").string(),
                        .precision = read_precision(view.at("precision")),
                        .scales = read_scales(view, schema)};
  const std::vector<std::string> classes = {"gemm", "conv", "other", "matrix"};
  if (std::ranges::find(classes, correction.operators) == classes.end())
    fail_word(view.at("operators"), correction.operators, classes);
  if (std::ranges::find(profile.precisions, correction.precision) == profile.precisions.end())
    view.at("precision").fail("is none of the profile's precisions", "add it to \"precisions\", or leave this out");
  for (const JsonView& point : view.at("points").elements()) correction.points.push_back(read_point(point, schema));
  return correction;
}

bool is_roofline(DeviceKind kind) { return kind == DeviceKind::cpu || kind == DeviceKind::gpu; }

/// At most one per class and precision.
std::vector<Correction> read_corrections(const JsonView& view, const Profile& profile) {
  std::vector<Correction> corrections;
  for (const JsonView& item : view.elements()) {
    Correction next = read_correction(item, profile);
    for (const Correction& other : corrections)
      if (other.operators == next.operators && other.precision == next.precision)
        item.fail(fmt::format("corrects {} at {} again", next.operators, name_of(next.precision)), "keep one of them");
    corrections.push_back(std::move(next));
  }
  return corrections;
}

std::vector<std::string> allowed_keys(const Profile& profile) {
  std::vector<std::string> keys = {"name", "title", "kind", "precisions", "unsupported"};
  if (is_roofline(profile.kind)) keys.emplace_back("corrections");
  for (const ChoiceField& choice : choices_of(profile.kind)) keys.emplace_back(choice.name);
  for (const Field& field : fields_of(profile.kind))
    for (std::string& name : names_of(field, profile.precisions)) keys.push_back(std::move(name));
  return keys;
}

std::string read_choice(const JsonView& document, const ChoiceField& choice) {
  const JsonView view = document.at(choice.name);
  std::string word = view.string();
  if (std::ranges::find(choice.options, word) == choice.options.end()) fail_word(view, word, choice.options);
  return word;
}

std::optional<Quantity> read_field(const JsonView& document, const Field& field, const std::string& name) {
  if (const auto view = document.find(name)) return read_quantity(*view, field.range);
  if (field.presence == Field::Presence::defaulted) return exactly(field.fallback, kDefaultSource);
  if (field.presence == Field::Presence::required)
    document.fail(fmt::format("has no \"{}\"", name), fmt::format("add it: {} [{}]", field.meaning, field.unit));
  return std::nullopt;
}

}  // namespace

Precision read_precision(const JsonView& view) {
  const auto precision = precision_named(view.string());
  if (!precision) fail_word(view, view.string(), names_of_all(kPrecisions));
  return *precision;
}

Profile parse_profile(const JsonView& document) {
  document.require_schema("profile");
  Profile profile;
  profile.name = document.at("name").string();
  if (profile.name.empty()) document.at("name").fail("is empty", "give the device a name");
  if (const auto title = document.find("title")) profile.title = title->string();
  if (profile.title.empty()) profile.title = profile.name;
  profile.kind = read_kind(document.at("kind"));
  if (const auto unsupported = document.find("unsupported")) profile.unsupported = read_unsupported(*unsupported);
  profile.precisions = read_precisions(document.at("precisions"));
  document.allow_only(allowed_keys(profile));
  for (const ChoiceField& choice : choices_of(profile.kind))
    profile.choices.emplace(choice.name, read_choice(document, choice));
  for (const Field& field : fields_of(profile.kind))
    for (const std::string& name : names_of(field, profile.precisions))
      if (const auto quantity = read_field(document, field, name)) profile.numbers.emplace(name, *quantity);
  if (const auto corrections = document.find("corrections"))
    profile.corrections = read_corrections(*corrections, profile);
  return profile;
}

JsonView profile_document(const std::string& name_or_path) {
  if (is_path(name_or_path)) return JsonView::read(name_or_path);
  if (const auto document = open_shipped(shipped_profile_files(), name_or_path)) return *document;
  throw InputError(name_or_path, "", "no profile of this name is shipped",
                   unknown_name_repair(shipped_profile_files(), name_or_path));
}

Profile read_profile(const std::string& name_or_path) { return parse_profile(profile_document(name_or_path)); }

}  // namespace cleave
