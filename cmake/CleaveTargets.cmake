# Warnings that have caught real mistakes; errors in our own builds.
function(cleave_warnings target)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Wcast-qual -Woverloaded-virtual
    $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>  # g++ 12 sees overlaps in std::string operator+ that are not there (GCC bug 105651)
    $<$<BOOL:${CLEAVE_WERROR}>:-Werror>)
endfunction()

# cleave_test(NAME sources...): a GoogleTest program with the library's internals on its include path.
# Suites whose name starts with "Slow" carry the label "slow" and stay out of the everyday loop.
function(cleave_test name)
  add_executable(${name} ${ARGN})
  target_link_libraries(${name} PRIVATE cleave::cleave GTest::gmock GTest::gtest_main fmt::fmt)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/tests)
  target_compile_definitions(${name} PRIVATE
    CLEAVE_SOURCE_DIR="${PROJECT_SOURCE_DIR}" CLEAVE_BINARY="$<TARGET_FILE:cleave_cli>")
  add_dependencies(${name} cleave_cli)
  cleave_warnings(${name})
  gtest_discover_tests(${name} TEST_FILTER -Slow* DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 120)
  gtest_discover_tests(${name} TEST_FILTER Slow* DISCOVERY_TIMEOUT 60 PROPERTIES LABELS slow TIMEOUT 900)
endfunction()
