# Files as constants in the binary, so that it needs no data folder.
#
# cleave_embed(TARGET FUNCTION FOLDER): adds to TARGET a source that defines
# `std::span<const EmbeddedFile> cleave::FUNCTION()` (src/devices/shipped.hpp): one entry per
# FOLDER/*.json, sorted by name, rewritten when one of them changes.
if(CMAKE_SCRIPT_MODE_FILE)
  set(entries "")
  foreach(file IN LISTS files)
    get_filename_component(name ${file} NAME_WE)
    file(READ ${file} text)
    string(APPEND entries "    {\"${name}\", R\"cleave(${text})cleave\"},\n")
  endforeach()
  file(WRITE ${output} "#include \"devices/shipped.hpp\"

#include <array>

namespace cleave {
std::span<const EmbeddedFile> ${function}() {
  static constexpr auto files = std::to_array<EmbeddedFile>({
${entries}  });
  return files;
}
}  // namespace cleave
")
  return()
endif()

function(cleave_embed target function folder)
  file(GLOB files CONFIGURE_DEPENDS ${folder}/*.json)
  list(SORT files)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/${function}.cpp)
  add_custom_command(OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} "-Dfiles=${files}" -Dfunction=${function} -Doutput=${output}
            -P ${PROJECT_SOURCE_DIR}/cmake/Embed.cmake
    DEPENDS ${files} ${PROJECT_SOURCE_DIR}/cmake/Embed.cmake
    COMMENT "Embedding ${folder}" VERBATIM)
  # The command belongs to this folder, the target perhaps to another: join them by hand.
  add_custom_target(${function} DEPENDS ${output})
  add_dependencies(${target} ${function})
  set_source_files_properties(${output} TARGET_DIRECTORY ${target} PROPERTIES GENERATED TRUE)
  target_sources(${target} PRIVATE ${output})
endfunction()
