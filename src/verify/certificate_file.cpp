// The file: prices and claims as JSON, and each listed state as one line of text, because there are many:
//   "maximal operators | devices in use by class | period energy | period energy ..."
// With links the classes that made what is on the border follow the operators, behind a colon. What is taken of each
// way of shared links follows an energy.
#include "base/json_view.hpp"
#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "verify/certificate.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace cleave {
namespace {

std::string numbers_text(const std::vector<double>& numbers) {
  std::string text;
  for (const double number : numbers) text += (text.empty() ? "" : " ") + round_trip(number);
  return text;
}

std::string state_text(const ListedState& state) {
  std::string text;
  for (const OpId op : state.maximal) text += fmt::format("{} ", op.value);
  if (!state.makers.empty()) text += ": ";
  for (const std::uint16_t maker : state.makers) text += fmt::format("{} ", maker);
  text += '|';
  for (const int used : state.used) text += fmt::format(" {}", used);
  for (const PartialPlan& plan : state.labels) {
    text += fmt::format(" | {} {}", round_trip(plan.period_s), round_trip(plan.energy_j));
    for (const double taken_s : plan.taken_s) text += ' ' + round_trip(taken_s);
  }
  return text;
}

template <class T>
std::string whole_text(const T& numbers) {
  std::string text;
  for (const auto& number : numbers) {
    if constexpr (requires { number.value; })
      text += fmt::format("{}{}", text.empty() ? "" : " ", number.value);
    else
      text += fmt::format("{}{}", text.empty() ? "" : " ", number);
  }
  return text;
}

void write_period_bound(JsonWriter& json, const PeriodEvidence& bound) {
  json.key("period_bound").begin_object();
  json.field("grid_s", bound.grid_s).field("steps", bound.steps);
  json.field("profits", whole_text(bound.profit)).field("worths", whole_text(bound.worth));
  json.field("order", whole_text(bound.order));
  json.key("left_out").begin_array();
  for (const std::vector<TensorId>& ignored : bound.ignored) json.value(whole_text(ignored));
  json.end_array().end_object();
}

void write_label_bounds(JsonWriter& json, const std::vector<LabelEvidence>& bounds) {
  json.key("label_bounds").begin_array();
  for (const LabelEvidence& bound : bounds) {
    const std::vector<int> without(bound.without.begin(), bound.without.end());
    json.begin_object().field("price_w", numbers_text(bound.price_w)).field("without", whole_text(without));
    json.field("least_j", bound.least_j).end_object();
  }
  json.end_array();
}

void write_twins(JsonWriter& json, const std::vector<TwinBranches>& twins) {
  json.key("twins").begin_array();
  for (const TwinBranches& one : twins)
    json.begin_object().field("first", whole_text(one.first)).field("later", whole_text(one.later)).end_object();
  json.end_array();
}

std::string content_json(const Certificate& certificate, const std::string& digest) {
  JsonWriter json;
  json.begin_object().field("schema", "cleave.certificate/1").field("digest", digest);
  json.field("problem", certificate.problem).field("contiguous", certificate.contiguous);
  if (!certificate.not_covered.empty()) {
    json.key("not_covered").begin_array();
    for (const std::string& sentence : certificate.not_covered) json.value(sentence);
    json.end_array();
  }
  json.field("period_prices", numbers_text(certificate.period_prices));
  if (certificate.period_bound.kind == PeriodEvidence::Kind::configuration)
    write_period_bound(json, certificate.period_bound);
  json.key("energy_prices").begin_array();
  for (const EnergyPrices& prices : certificate.energy_prices)
    json.begin_object().field("period_s", prices.period_s).field("price_w", numbers_text(prices.price_w)).end_object();
  json.end_array();
  if (!certificate.label_bounds.empty()) write_label_bounds(json, certificate.label_bounds);
  json.key("claims").begin_array();
  for (const Claim& claim : certificate.claims)
    json.begin_object().field("period_s", claim.period_s).field("energy_j", claim.energy_j).end_object();
  json.end_array();
  if (!certificate.twins.empty()) write_twins(json, certificate.twins);
  json.key("states").begin_array();
  for (const ListedState& state : certificate.states) json.value(state_text(state));
  return json.end_array().end_object().text();
}

std::string digest_of(const Certificate& certificate) {
  return fmt::format("{:016x}", fnv1a(content_json(certificate, "")));
}

// --- reading

/// The words of a text, one number after the other.
class Words {
 public:
  Words(std::string_view text, const JsonView& place) : rest_(text), place_(place) { skip(); }
  [[nodiscard]] bool done() const { return rest_.empty(); }
  [[nodiscard]] bool at(char mark) const { return rest_.starts_with(mark); }
  /// A number that is finite and not negative (or a whole one, of either sign if that is said).
  template <class T>
  T number(bool any_sign = false) {
    T value{};
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    const bool whole = end == rest_.data() + rest_.size() || *end == ' ';
    if (error != std::errc() || !whole || !std::isfinite(static_cast<double>(value)) ||
        (!any_sign && std::signbit(static_cast<double>(value))))
      place_.fail(fmt::format("has \"{}\" where a number is due", ellipsis(rest_, 24)),
                  any_sign ? "numbers are whole" : "numbers are decimal, finite and not negative");
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    skip();
    return value;
  }
  void take(char mark) {
    if (!at(mark))
      place_.fail(fmt::format("lacks a \"{}\"", mark), "a state is \"operators | devices | period energy | ...\"");
    rest_.remove_prefix(1);
    skip();
  }

 private:
  void skip() { rest_.remove_prefix(std::min(rest_.size(), rest_.find_first_not_of(' '))); }
  std::string_view rest_;
  const JsonView& place_;
};

std::vector<double> read_numbers(const JsonView& view) {
  const std::string text = view.string();
  std::vector<double> numbers;
  for (Words words(text, view); !words.done();) numbers.push_back(words.number<double>());
  return numbers;
}

ListedState read_state(const JsonView& view) {
  const std::string text = view.string();
  Words words(text, view);
  ListedState state;
  while (!words.done() && !words.at('|') && !words.at(':'))
    state.maximal.emplace_back(std::size_t{words.number<std::uint32_t>()});
  if (words.at(':')) words.take(':');
  while (!words.done() && !words.at('|')) state.makers.push_back(words.number<std::uint16_t>());
  words.take('|');
  while (!words.done() && !words.at('|')) state.used.push_back(words.number<int>());
  while (!words.done()) {
    words.take('|');
    const double period_s = words.number<double>();
    PartialPlan& plan = state.labels.emplace_back(PartialPlan{period_s, words.number<double>()});
    while (!words.done() && !words.at('|')) plan.taken_s.push_back(words.number<double>());
  }
  return state;
}

template <class Id>
std::vector<Id> read_ids(const JsonView& view) {
  const std::string text = view.string();
  std::vector<Id> ids;
  for (Words words(text, view); !words.done();) ids.emplace_back(std::size_t{words.number<std::uint32_t>()});
  return ids;
}

PeriodEvidence read_period_bound(const JsonView& view) {
  view.allow_only({"grid_s", "steps", "profits", "worths", "order", "left_out"});
  PeriodEvidence bound{.kind = PeriodEvidence::Kind::configuration};
  bound.grid_s = view.at("grid_s").positive();
  bound.steps = view.at("steps").integer();
  const std::string profits = view.at("profits").string();
  const JsonView place = view.at("profits");
  for (Words words(profits, place); !words.done();) bound.profit.push_back(words.number<std::int32_t>(true));
  const std::string worths = view.at("worths").string();
  const JsonView worth = view.at("worths");
  for (Words words(worths, worth); !words.done();) bound.worth.push_back(words.number<std::int64_t>());
  bound.order = read_ids<OpId>(view.at("order"));
  for (const JsonView& item : view.at("left_out").elements()) bound.ignored.push_back(read_ids<TensorId>(item));
  return bound;
}

LabelEvidence read_label_bound(const JsonView& view) {
  view.allow_only({"price_w", "without", "least_j"});
  LabelEvidence bound{.price_w = read_numbers(view.at("price_w")), .least_j = view.at("least_j").number()};
  const JsonView place = view.at("without");
  const std::string text = place.string();
  for (Words words(text, place); !words.done();) {
    const int flag = words.number<int>();
    if (flag > 1) place.fail(fmt::format("has {}", flag), "a class is left out (1) or not (0)");
    bound.without.push_back(flag == 1);
  }
  return bound;
}

/// The claims are a staircase: later ones are slower and take less.
std::vector<Claim> read_claims(const JsonView& list) {
  std::vector<Claim> claims;
  for (const JsonView& item : list.elements()) {
    item.allow_only({"period_s", "energy_j"});
    const Claim claim{item.at("period_s").non_negative(), item.at("energy_j").non_negative()};
    if (!claims.empty() && !(claims.back().period_s < claim.period_s && claims.back().energy_j > claim.energy_j))
      item.fail("is no slower or takes no less than the claim before it",
                "sort claims by period and drop what others dominate");
    claims.push_back(claim);
  }
  return claims;
}

}  // namespace

std::string certificate_json(const Certificate& certificate) {
  return content_json(certificate, digest_of(certificate));
}

Certificate parse_certificate(const JsonView& view) {
  view.require_schema("certificate");
  view.allow_only({"digest", "problem", "contiguous", "not_covered", "period_prices", "period_bound", "energy_prices",
                   "label_bounds", "claims", "twins", "states"});
  Certificate certificate;
  certificate.problem = view.at("problem").string();
  certificate.contiguous = view.at("contiguous").boolean();
  if (const auto sentences = view.find("not_covered"))
    for (const JsonView& item : sentences->elements()) certificate.not_covered.push_back(item.string());
  certificate.period_prices = read_numbers(view.at("period_prices"));
  if (const auto bound = view.find("period_bound")) certificate.period_bound = read_period_bound(*bound);
  for (const JsonView& item : view.at("energy_prices").elements()) {
    item.allow_only({"period_s", "price_w"});
    certificate.energy_prices.push_back({item.at("period_s").non_negative(), read_numbers(item.at("price_w"))});
  }
  if (const auto bounds = view.find("label_bounds"))
    for (const JsonView& item : bounds->elements()) certificate.label_bounds.push_back(read_label_bound(item));
  certificate.claims = read_claims(view.at("claims"));
  if (const auto twins = view.find("twins"))
    for (const JsonView& item : twins->elements()) {
      item.allow_only({"first", "later"});
      certificate.twins.push_back({read_ids<OpId>(item.at("first")), read_ids<OpId>(item.at("later"))});
    }
  for (const JsonView& item : view.at("states").elements()) certificate.states.push_back(read_state(item));
  if (const JsonView digest = view.at("digest"); digest.string() != digest_of(certificate))
    throw VerificationError(fmt::format("{}: /digest: the content was changed after it was written (its digest is {})",
                                        view.file(), digest_of(certificate)));
  return certificate;
}

}  // namespace cleave
