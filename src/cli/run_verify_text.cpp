#include "cli/run_verify_text.hpp"

#include "cli/text_table.hpp"

#include <fmt/format.h>

namespace cleave::cli {
namespace {

std::string bits_text(const Verification& verification, const std::vector<std::string>& engines) {
  const std::string wanted =
      verification.with_unsplit ? "the unsplit network's" : "those of the stages computed one after another";
  if (verification.different > 0)
    return fmt::format("verify: {} of {} results differ from {}\n", verification.different, verification.compared,
                       wanted);
  return fmt::format("verify: all {} results equal {}, bit for bit{}\n", verification.compared, wanted,
                     verification.with_unsplit ? ", in " + engines.front() : "");
}

std::string sqnr_text(const StageFidelity& stage) {
  if (stage.exact) return "exact";
  return stage.sqnr_db ? fmt::format("{:.1f} dB", *stage.sqnr_db) : "-";
}

}  // namespace

std::string verification_text(const Verification& verification, const std::vector<std::string>& engines) {
  std::string text = bits_text(verification, engines);
  if (verification.stages.empty()) return text;
  TextTable table({"stage", "computed by", "SQNR of its outputs against fp32"}, {1});
  for (std::size_t i = 0; i < verification.stages.size(); ++i)
    table.add({fmt::to_string(i), engines[i], sqnr_text(verification.stages[i])});
  text += "\n" + table.text();
  if (verification.samples > 0)
    text += fmt::format("the largest output is where fp32 has it in {} of {} samples\n", verification.same_top,
                        verification.samples);
  return text;
}

void write_verification(const Verification& verification, JsonWriter& json) {
  json.field("verified", verification.compared).field("different", verification.different);
  json.field("verified_with", verification.with_unsplit ? "unsplit" : "stages");
  if (verification.stages.empty()) return;
  json.key("fidelity").begin_object().key("stages").begin_array();
  for (std::size_t i = 0; i < verification.stages.size(); ++i) {
    const StageFidelity& stage = verification.stages[i];
    json.begin_object().field("stage", i).field("exact", stage.exact).key("sqnr_db");
    stage.sqnr_db ? json.value(*stage.sqnr_db) : json.null();
    json.end_object();
  }
  json.end_array().field("samples", verification.samples).field("same_top", verification.same_top).end_object();
}

}  // namespace cleave::cli
