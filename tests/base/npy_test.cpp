#include "base/npy.hpp"
#include "complaint.hpp"

#include <gmock/gmock.h>

#include <cstring>

namespace cleave {
namespace {

using testing::HasSubstr;

TEST(Npy, ReadsBackWhatItWrites) {
  for (const DataType type : {DataType::float32, DataType::float64, DataType::float16, DataType::int8, DataType::uint8,
                              DataType::int16, DataType::int32, DataType::int64, DataType::boolean})
    for (const Shape& shape : {Shape{}, Shape{5}, Shape{2, 3}, Shape{1, 3, 4, 2}, Shape{0, 7}}) {
      Tensor tensor(type, shape);
      for (std::size_t i = 0; i < tensor.bytes.size(); ++i) tensor.bytes[i] = static_cast<std::byte>(i % 2);
      const std::string bytes = npy_bytes(tensor);
      EXPECT_EQ((bytes.size() - tensor.bytes.size()) % 64, 0u);
      EXPECT_EQ(parse_npy(bytes, "a.npy"), tensor);
    }
}

/// As NumPy 1.24 writes numpy.array([[1.5, 2.5]], dtype="float32").
TEST(Npy, ReadsWhatNumPyWrites) {
  std::string bytes("\x93NUMPY\x01\x00\x76\x00", 10);
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }";
  header.resize(0x75, ' ');
  bytes += header + "\n";
  const float values[] = {1.5f, 2.5f};
  bytes.append(reinterpret_cast<const char*>(values), sizeof values);
  const Tensor tensor = parse_npy(bytes, "a.npy");
  EXPECT_EQ(tensor.shape, (Shape{1, 2}));
  EXPECT_EQ(tensor.as<float>()[1], 2.5f);
}

TEST(Npy, RefusesWhatItCannotRead) {
  const std::string good = npy_bytes(Tensor(DataType::float32, {2, 2}));
  const auto complaint = [&](const std::string& from, const std::string& to) {
    std::string bytes = good;
    const auto at = bytes.find(from);
    EXPECT_NE(at, std::string::npos);
    bytes.replace(at, from.size(), to);
    return complaint_of([&] { (void)parse_npy(bytes, "a.npy"); });
  };
  EXPECT_THAT(complaint_of([] { (void)parse_npy("PK\x03\x04 and more", "a.npy"); }),
              HasSubstr("a.npy: is no .npy file"));
  EXPECT_THAT(complaint_of([&] { (void)parse_npy(good.substr(0, 20), "a.npy"); }), HasSubstr("ends within its header"));
  EXPECT_THAT(complaint_of([&] { (void)parse_npy(good.substr(0, good.size() - 1), "a.npy"); }),
              HasSubstr("has 15 bytes of data, its shape and type need 16"));
  EXPECT_THAT(complaint("<f4", "<c8"), HasSubstr("its type is <c8"));
  EXPECT_THAT(complaint("<f4", ">f4"), HasSubstr("its type is >f4"));
  EXPECT_THAT(complaint("False", "True "), HasSubstr("column-major"));
  EXPECT_THAT(complaint("(2, 2)", "(2,-2)"), HasSubstr("no extent"));
  EXPECT_THAT(complaint("(2, 2)", "(9e9,)"), HasSubstr("no extent"));
  EXPECT_THAT(complaint("'shape'", "'shade'"), HasSubstr("has no \"shape\""));
}

}  // namespace
}  // namespace cleave
