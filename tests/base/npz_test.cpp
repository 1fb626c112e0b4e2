#include "base/npz.hpp"

#include "base/files.hpp"

#include <cleave/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cleave {
namespace {

const std::string kArchives = CLEAVE_SOURCE_DIR "/tests/fuzz/corpus/npz/";

TEST(Npz, ReadsArraysStoredOrDeflated) {
  for (const char* name : {"stored.npz", "deflated.npz"}) {
    const auto arrays = parse_npz(read_file(kArchives + name), name);
    ASSERT_EQ(arrays.size(), 2U);
    EXPECT_EQ(arrays.at("a").shape, Shape{3});
    EXPECT_EQ(arrays.at("b").shape, Shape{2});
    for (const float value : arrays.at("a").as<float>()) EXPECT_EQ(value, 1.5F);
  }
}

TEST(Npz, SaysWhatIsWrong) {
  const auto problem = [](const std::string& bytes) -> std::string {
    try {
      (void)parse_npz(bytes, "x.npz");
    } catch (const InputError& error) {
      return error.what();
    }
    return "nothing";
  };
  EXPECT_THAT(problem("no archive"), testing::HasSubstr("x.npz: is no .npz archive"));
  EXPECT_THAT(problem(""), testing::HasSubstr("x.npz: is no .npz archive"));
  EXPECT_THAT(problem(read_file(kArchives + "cut.npz")), testing::HasSubstr("is no .npz archive"));
  std::string damaged = read_file(kArchives + "stored.npz");
  damaged[damaged.find("NUMPY")] = 'X';
  EXPECT_NE(problem(damaged), "nothing");
  std::string renamed = read_file(kArchives + "stored.npz");
  for (auto at = renamed.find("a.npy"); at != std::string::npos; at = renamed.find("a.npy", at)) renamed[at + 4] = 'x';
  EXPECT_THAT(problem(renamed), testing::HasSubstr("x.npz: a.npx: is no .npy file"));
}

}  // namespace
}  // namespace cleave
