# cleave_embed(TARGET SYMBOL FILES...): the text of FILES, one after the other, at build time, as
#   extern const std::string_view cleave::SYMBOL;
# in a source of TARGET. Run as a script (-P), this file writes that source.
if(CMAKE_SCRIPT_MODE_FILE)
  set(text "")
  foreach(file IN LISTS FILES)
    file(READ "${file}" content)
    string(APPEND text "${content}")
  endforeach()
  file(WRITE "${OUTPUT}"
    "#include <string_view>\n\nnamespace cleave {\nextern const std::string_view ${SYMBOL};\n"
    "const std::string_view ${SYMBOL} = R\"cleave(${text})cleave\";\n}  // namespace cleave\n")
  return()
endif()

set(CLEAVE_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_FILE})
function(cleave_embed target symbol)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/${symbol}.cpp)
  list(TRANSFORM ARGN PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/ OUTPUT_VARIABLE inputs)
  add_custom_command(OUTPUT ${output} VERBATIM
    COMMAND ${CMAKE_COMMAND} "-DFILES=${inputs}" -DOUTPUT=${output} -DSYMBOL=${symbol} -P ${CLEAVE_EMBED_SCRIPT}
    DEPENDS ${inputs} ${CLEAVE_EMBED_SCRIPT})
  add_custom_target(embed_${symbol} DEPENDS ${output})  # the rule belongs to this folder, the target may not
  add_dependencies(${target} embed_${symbol})
  target_sources(${target} PRIVATE ${output})
endfunction()
