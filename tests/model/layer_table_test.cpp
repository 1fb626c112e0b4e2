#include "base/files.hpp"
#include "complaint.hpp"
#include "model/sources.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <unistd.h>
#include <filesystem>

namespace cleave {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

const std::string kConv = "layer,in_h,in_w,in_c,k_h,k_w,out_c,stride";

Network parse(const std::string& text, std::int64_t batch = 1) {
  return parse_layer_table(text, "nets/table.csv", {.batch = batch});
}

std::string complaint(const std::string& text, std::int64_t batch = 1) {
  return complaint_of([&] { parse(text, batch); });
}

TEST(LayerTable, ConvolutionsAreTheirProducts) {
  const Network network = parse(kConv + "\nconv1,230,230,3,7,7,64,2\nconv2,58,58,64,3,3,128,1\n", 2);
  EXPECT_EQ(network.name, "table");
  EXPECT_EQ(network.batch, 2);
  EXPECT_EQ(network.graph, nullptr);
  ASSERT_EQ(network.operators.size(), 2U);
  const Operator& op = network.operators[OpId(0)];
  EXPECT_EQ(op.name, "conv1");
  EXPECT_EQ(op.kind, OpKind::conv);
  EXPECT_EQ(op.gemm.m, 2 * 112 * 112);
  EXPECT_EQ(op.gemm.k, 7 * 7 * 3);
  EXPECT_EQ(op.gemm.n, 64);
  EXPECT_EQ(op.gemm.groups, 1);
  EXPECT_EQ(op.macs, 2 * 118013952);
  EXPECT_EQ(op.parameters, 9408);
  EXPECT_EQ(op.window.in_h, 230);
  EXPECT_EQ(op.window.kernel_w, 7);
  EXPECT_EQ(op.window.stride_h, 2);
  EXPECT_EQ(op.window.out_w, 112);
  EXPECT_EQ(op.window.out_c, 64);
  EXPECT_EQ(network.distinct_parameters, 9408 + 9 * 64 * 128);
}

TEST(LayerTable, PadsAndGroupsAndColumnsInAnyOrder) {
  const Network network = parse("stride,groups,layer,k_h,k_w,in_c,out_c,in_h,in_w,pad\n2,32,dw,3,1,32,64,112,56,1\n");
  const Operator& op = network.operators[OpId(0)];
  EXPECT_EQ(op.window.out_h, 56);  // floor((112 + 2 - 3) / 2) + 1
  EXPECT_EQ(op.window.out_w, 29);  // floor((56 + 2 - 1) / 2) + 1
  EXPECT_EQ(op.gemm.m, 56 * 29);
  EXPECT_EQ(op.gemm.k, 3);
  EXPECT_EQ(op.gemm.n, 2);
  EXPECT_EQ(op.gemm.groups, 32);
  EXPECT_EQ(op.macs, std::int64_t{56} * 29 * 3 * 64);
  EXPECT_EQ(op.parameters, 3 * 64);
}

TEST(LayerTable, LayersFormAChain) {
  const Network network = parse("layer,M,K,N\na,4,8,16\nb,4,16,2\n", 3);
  const auto& tensors = network.tensors;
  ASSERT_EQ(tensors.size(), 3U);
  const auto& in = tensors[TensorId(0)];
  const auto& between = tensors[TensorId(1)];
  const auto& out = tensors[TensorId(2)];
  EXPECT_FALSE(in.producer.valid());
  EXPECT_THAT(in.consumers, ElementsAre(OpId(0)));
  EXPECT_EQ(in.elements, 3 * 4 * 8);
  EXPECT_EQ(between.producer, OpId(0));
  EXPECT_THAT(between.consumers, ElementsAre(OpId(1)));
  EXPECT_FALSE(between.leaves);
  EXPECT_EQ(between.elements, 3 * 4 * 16);
  EXPECT_EQ(out.producer, OpId(1));
  EXPECT_TRUE(out.leaves);
  EXPECT_EQ(out.elements, 3 * 4 * 2);
  EXPECT_THAT(network.operators[OpId(1)].inputs, ElementsAre(TensorId(1)));
  EXPECT_THAT(network.operators[OpId(1)].outputs, ElementsAre(TensorId(2)));
}

TEST(LayerTable, ProductsTakeTheBatchInM) {
  const Network network = parse("layer,M,K,N,groups\nheads,64,32,16,12\nfc,1,768,10,\n", 2);
  const Operator& heads = network.operators[OpId(0)];
  EXPECT_EQ(heads.kind, OpKind::gemm);
  EXPECT_EQ(heads.gemm.m, 128);
  EXPECT_EQ(heads.gemm.groups, 12);
  EXPECT_EQ(heads.macs, 128 * 32 * 16 * 12);
  EXPECT_EQ(heads.parameters, 32 * 16 * 12);
  EXPECT_EQ(network.operators[OpId(1)].gemm.groups, 1);
}

TEST(LayerTable, ForgivesBlankLinesCommentsSpacesQuotesAndTrailingCommas) {
  const Network network =
      parse("\xEF\xBB\xBF# a comment\r\n\r\n layer , M,K,N,\r\n# more\n\"one, two\", 1, 2,3,\r\n\n  \nlast,1,3,4");
  ASSERT_EQ(network.operators.size(), 2U);
  EXPECT_EQ(network.operators[OpId(0)].name, "one, two");
  EXPECT_EQ(network.operators[OpId(1)].macs, 12);
}

TEST(LayerTable, ComplaintsNameFileLineColumnAndRepair) {
  EXPECT_THAT(
      complaint("layer,M,K,N\n\na,4,x8,16\n"),
      AllOf(HasSubstr("nets/table.csv: line 3, column K"), HasSubstr("\"x8\" is not a whole number"), HasSubstr("; ")));
  EXPECT_THAT(complaint("layer,M,K,N\na,4,2.5,16\n"), HasSubstr("\"2.5\" is not a whole number"));
  EXPECT_THAT(complaint("layer,M,K,N\na,0,8,16\n"), AllOf(HasSubstr("column M: is 0"), HasSubstr("at least 1")));
  EXPECT_THAT(complaint("layer,M,K,N\na,4,8,-16\n"), AllOf(HasSubstr("column N: is -16"), HasSubstr("at least 1")));
  EXPECT_THAT(complaint("layer,M,K,N\na,4,8,99999999999999999999\n"), HasSubstr("too large"));
  EXPECT_THAT(complaint("layer,M,K,N\na,4,8,3000000000\n"), HasSubstr("too large"));
  EXPECT_THAT(complaint("layer,M,K,N\na,4,,3\n"), HasSubstr("line 2, column K: is empty"));
  EXPECT_THAT(complaint("layer,M,K,N\na,4\n"), HasSubstr("column K: is empty"));
  EXPECT_THAT(complaint("layer,M,K,N\na,4,8,16,1\n"), HasSubstr("has 5 fields, the header 4"));
  EXPECT_THAT(complaint("layer,M,K,N\n,4,8,16\n"), HasSubstr("column layer: is empty"));
  EXPECT_THAT(complaint("M,K,N,layer\n4,8,16\n"), HasSubstr("column layer: is empty"));
  EXPECT_THAT(complaint("layer,M,K,N\na,4,8,16\nb,4,16,1\na,4,1,1\n"), AllOf(HasSubstr("line 4"), HasSubstr("line 2")));
}

TEST(LayerTable, HeaderMustBeComplete) {
  EXPECT_THAT(complaint(""), HasSubstr("is empty"));
  EXPECT_THAT(complaint("# nothing\n\n"), HasSubstr("is empty"));
  EXPECT_THAT(complaint(kConv + "\n"), HasSubstr("no layer follows the header"));
  EXPECT_THAT(complaint("layer,M,K\na,1,1\n"), HasSubstr("no column \"N\""));
  EXPECT_THAT(complaint("conv1,224,224,3,7,7,64,2\n"), HasSubstr("no column \"layer\""));
  EXPECT_THAT(complaint(kConv + ",padd\nconv1,224,224,3,7,7,64,2,3\n"),
              AllOf(HasSubstr("padd: is not a known column"), HasSubstr("\"pad\"")));
  EXPECT_THAT(complaint("layer,M,K,N,in_h\na,1,1,1,1\n"), HasSubstr("in_h: is not a known column"));
  EXPECT_THAT(complaint("layer,M,K,N,K\na,1,1,1,1\n"), HasSubstr("K: is there twice"));
}

TEST(LayerTable, GeometryMustBePossible) {
  EXPECT_THAT(complaint(kConv + "\nc,8,8,3,9,3,4,1\n"),
              AllOf(HasSubstr("column k_h: 9 is larger"), HasSubstr("in_h = 8")));
  EXPECT_THAT(complaint(kConv + "\nc,8,8,3,3,9,4,1\n"), HasSubstr("column k_w: 9 is larger"));
  EXPECT_EQ(complaint(kConv + ",pad\nc,8,8,3,9,9,4,1,1\n"), "no complaint");
  EXPECT_THAT(complaint(kConv + ",pad\nc,8,8,3,3,3,4,1,-1\n"), AllOf(HasSubstr("pad: is -1"), HasSubstr("at least 0")));
  EXPECT_THAT(complaint(kConv + ",groups\nc,8,8,3,3,3,4,1,2\n"),
              HasSubstr("column in_c: 3 is not divisible by groups = 2"));
  EXPECT_THAT(complaint(kConv + ",groups\nc,8,8,4,3,3,3,1,2\n"), HasSubstr("column out_c: 3 is not divisible"));
  EXPECT_THAT(complaint(kConv + "\nc,2000000000,2000000000,2000000000,1,1,1,1\n"), HasSubstr("\"c\" is too large"));
  EXPECT_THAT(complaint("layer,M,K,N\na,1000,1000,1000\n", 10'000'000), HasSubstr("the batch"));
  EXPECT_THROW(parse("layer,M,K,N\na,1,1,1\n", 0), UsageError);
}

TEST(LayerTable, ReadsFilesAndComplainsOfMissingOnes) {
  const auto path = std::filesystem::path(testing::TempDir()) / "cleave_layers.csv";
  write_file(path, "layer,M,K,N\na,1,2,3\n");
  EXPECT_EQ(read_layer_table(path, {.batch = 4}).operators[OpId(0)].gemm.m, 4);
  std::filesystem::remove(path);
  EXPECT_THROW((void)read_layer_table(path, {}), InputError);
}

TEST(LayerTable, NamesThatNoPlanCouldHoldAreRefused) {
  const auto file = std::filesystem::temp_directory_path() / fmt::format("layers_{}.csv", ::getpid());
  write_file(file, "layer,M,K,N\na,1,2,3\nb\xff,1,3,3\n");
  EXPECT_THAT(complaint_of([&] { (void)read_network(file.string(), {}); }),
              AllOf(HasSubstr("operator 1"), HasSubstr("not UTF-8")));
  std::filesystem::remove(file);
}

}  // namespace
}  // namespace cleave
