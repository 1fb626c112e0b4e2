#pragma once
/// Writing the certificate of a frontier, and holding plans against one.

#include "verify/certificate.hpp"

#include <cleave/explore.hpp>

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace cleave::cli {

/// Lowers the bounds under all plans to what a certificate can hold: those by prices of the devices' time, by labels as
/// far as the verifier can prove what they are worth, and by configurations. Integer programming leaves no evidence:
/// returns how many points it has proven that are unproven now.
std::size_t keep_to_certifiable(const CostTable& cost, Frontier& frontier);

/// Proves as much of `frontier` (of period and energy) as can be: that its points cover all contiguous plans where they
/// are proven, and bounds under all plans. `give_up` is polled.
[[nodiscard]] Certificate certificate_of(const CostTable& cost, const Frontier& frontier,
                                         const std::function<bool()>& give_up);

/// A certificate file that plans are held against. It is verified once for each problem.
class CertificateFile {
 public:
  /// Throws InputError, and VerificationError where the content does not fit its digest.
  explicit CertificateFile(const std::string& path);

  /// What is wrong with it as a proof about `cost`, and what of `point`'s bound and proof does not follow from it.
  [[nodiscard]] std::vector<std::string> complaints(const CostTable& cost, const FrontierPoint& point);

 private:
  std::string path_;
  Certificate certificate_;
  std::map<std::string, std::vector<std::string>> verified_;  ///< by the digest of the problem
};

}  // namespace cleave::cli
