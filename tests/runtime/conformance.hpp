#pragma once
/// The ONNX project's own test cases (Debian package libonnx-testdata), run through a backend.

#include <cleave/runtime.hpp>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace cleave::conformance {

/// A model with inputs and the outputs that ONNX expects.
struct Case {
  std::string folder;  ///< "node", "simple", ...
  std::string name;
  std::filesystem::path path;
  std::shared_ptr<const Graph> graph;  ///< null when the reader refuses the model
  std::string refusal;                 ///< why it does
  std::set<std::size_t> frozen;        ///< inputs in the data that are constants of `graph`
  std::set<std::size_t> ignored;       ///< outputs in the data that `graph` does not have
};

/// Folders of the data; a case lives in FOLDER/test_NAME.
[[nodiscard]] const std::vector<std::string>& folders();
[[nodiscard]] bool installed();
/// Sorted by name, models read. A model without static shapes is read again with its integer inputs as constants.
/// One whose further outputs are optional (Mean of LayerNormalization) comes twice: the second time, as
/// NAME_first_output, without them. One Conv, Gemm or MatMul does too: as NAME_constant_weights, with all but its first
/// input as constants, which is what engines prepare for.
[[nodiscard]] std::vector<Case> read_cases(const std::string& folder);
/// Distinct operator types of its graph; none when the reader refused it.
[[nodiscard]] std::set<std::string> operator_types(const Case& item);

/// |actual - expected| <= relative * |expected| + absolute * max |expected|, for each floating-point width.
/// Integers and booleans must be equal; NaN equals NaN.
struct Tolerance {
  double relative = 0;
  double absolute = 0;
};

/// A backend that is tested.
struct Subject {
  std::string name;
  std::function<std::unique_ptr<Backend>(const Ranges&)> make;
  std::vector<std::string> types;  ///< that it says it implements
  Tolerance float32;
  std::optional<Tolerance> products = {};  ///< of cases with a Conv, Gemm or MatMul; it needs ranges for them
};
/// The engines of this machine; OpenCL only where it finds a device.
[[nodiscard]] const std::vector<Subject>& subjects();

enum class Verdict { passed, failed, unsupported };
struct Result {
  Verdict verdict = Verdict::failed;
  std::string reason;              ///< empty when passed
  std::string operator_type = {};  ///< that the backend refuses
};
/// Unsupported only when the reader or the backend refuses or the data contradicts the model; whatever goes wrong after
/// that is a failure.
[[nodiscard]] Result run_case(const Case& item, const Subject& subject);

/// Where the two differ by more than the tolerance; empty when they do not.
[[nodiscard]] std::string difference(const Tensor& actual, const Tensor& expected, const Tolerance& float32);

}  // namespace cleave::conformance
