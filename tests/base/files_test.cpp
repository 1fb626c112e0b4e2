#include "base/files.hpp"

#include <cleave/error.hpp>

#include <gtest/gtest.h>

#include <unistd.h>

namespace cleave {
namespace {

namespace fs = std::filesystem;

struct Files : testing::Test {
  fs::path folder = fs::temp_directory_path() / ("cleave-files-" + std::to_string(::getpid()));
  Files() { fs::create_directories(folder); }
  ~Files() override { fs::remove_all(folder); }
};

TEST_F(Files, WritesFoldersAndContent) {
  write_file(folder / "a" / "b.txt", "hello");
  EXPECT_EQ(read_file(folder / "a" / "b.txt"), "hello");
}

TEST_F(Files, AFailedWriteLeavesTheOldFileAndNothingElse) {
  write_file(folder / "f", "old");
  EXPECT_THROW(write_file(folder / "f",
                          [](std::ostream& out) {
                            out << "new";
                            throw std::runtime_error("stop");
                          }),
               std::runtime_error);
  EXPECT_EQ(read_file(folder / "f"), "old");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), fs::directory_iterator()), 1);
}

TEST_F(Files, ASetAppearsWhenAllIsThereOrNotAtAll) {
  write_file(folder / "a", "old");
  fs::create_symlink("/dev/full", folder / "full");
  {
    FileSet files;
    files.write(folder / "a", "new");
    files.write(folder / "sub" / "b", "new");
    EXPECT_THROW(files.write(folder / "full", "new"), InputError);
  }
  EXPECT_EQ(read_file(folder / "a"), "old");
  EXPECT_TRUE(fs::is_empty(folder / "sub"));
  FileSet files;
  files.write(folder / "a", "new");
  files.write(folder / "sub" / "b", "new");
  EXPECT_EQ(read_file(folder / "a"), "old");
  files.commit();
  EXPECT_EQ(read_file(folder / "a"), "new");
  EXPECT_EQ(read_file(folder / "sub" / "b"), "new");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder / "sub"), fs::directory_iterator()), 1);
}

TEST_F(Files, LinksStayAndDevicesAreWrittenTo) {
  write_file(folder / "f", "old");
  fs::create_symlink("f", folder / "link");
  write_file(folder / "link", "new");
  EXPECT_TRUE(fs::is_symlink(folder / "link"));
  EXPECT_EQ(read_file(folder / "f"), "new");
  fs::create_symlink("/dev/full", folder / "full");
  EXPECT_THROW(write_file(folder / "full", "x"), InputError);
  EXPECT_TRUE(fs::is_symlink(folder / "full"));
  fs::create_symlink("/dev/null", folder / "null");
  write_file(folder / "null", "x");
  EXPECT_TRUE(fs::is_symlink(folder / "null"));
}

TEST_F(Files, ReadingAFolderOrNothingIsBadInput) {
  EXPECT_THROW((void)read_file(folder), InputError);
  EXPECT_THROW((void)read_file(folder / "absent"), InputError);
  EXPECT_THROW((void)read_file("/dev/zero"), InputError);
  EXPECT_THROW(write_file("/proc/nope/f", "x"), InputError);
  const std::string endless(300, 'x');
  EXPECT_THROW((void)read_file(folder / endless), InputError);
  EXPECT_THROW(write_file(folder / endless, "x"), InputError);
}

}  // namespace
}  // namespace cleave
