# Runs a port's portfile as vcpkg would, as far as it goes without vcpkg:
#
#   cmake -DPORT_DIR=folder -DLINKAGE=dynamic|static -DOUT=folder -P port.cmake
#
# The functions below stand in for vcpkg's of the same name, with the arguments that its documentation gives them.
cmake_minimum_required(VERSION 3.19)

function(vcpkg_execute_required_process)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "WORKING_DIRECTORY;LOGNAME" "COMMAND")
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_LOGNAME)
    message(FATAL_ERROR "vcpkg_execute_required_process: ${ARGV}")
  endif()
  execute_process(COMMAND ${arg_COMMAND} WORKING_DIRECTORY "${arg_WORKING_DIRECTORY}" COMMAND_ERROR_IS_FATAL ANY)
endfunction()

# vcpkg writes the prefix as relative to the file: it must not be another one.
function(vcpkg_fixup_pkgconfig)
  file(GLOB_RECURSE files "${CURRENT_PACKAGES_DIR}/*.pc")
  foreach(file IN LISTS files)
    file(READ "${file}" text)
    string(REGEX REPLACE "(^|\n)prefix[\t ]*=[^\n]*" "\\1prefix=\${pcfiledir}/../.." text "${text}")
    file(WRITE "${file}" "${text}")
  endforeach()
endfunction()

# Of several files vcpkg makes one, with their names above them.
function(vcpkg_install_copyright)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "COMMENT" "FILE_LIST")
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_FILE_LIST)
    message(FATAL_ERROR "vcpkg_install_copyright: ${ARGV}")
  endif()
  set(whole "")
  foreach(file IN LISTS arg_FILE_LIST)
    get_filename_component(name "${file}" NAME)
    file(READ "${file}" text)
    string(APPEND whole "${name}:\n\n${text}\n\n")
  endforeach()
  file(WRITE "${CURRENT_PACKAGES_DIR}/share/${PORT}/copyright" "${whole}")
endfunction()

get_filename_component(CURRENT_PORT_DIR "${PORT_DIR}" ABSOLUTE)
get_filename_component(PORT "${PORT_DIR}" NAME)
set(TARGET_TRIPLET x64-linux)
set(VCPKG_LIBRARY_LINKAGE "${LINKAGE}")
set(CURRENT_BUILDTREES_DIR "${OUT}/buildtrees/${PORT}")
set(CURRENT_PACKAGES_DIR "${OUT}/packages/${PORT}_${TARGET_TRIPLET}")
file(MAKE_DIRECTORY "${CURRENT_BUILDTREES_DIR}")
file(READ "${CURRENT_PORT_DIR}/vcpkg.json" manifest)
string(JSON name GET "${manifest}" name)
if(NOT name STREQUAL PORT)
  message(FATAL_ERROR "the manifest's name is ${name}, and the folder's ${PORT}")
endif()
include("${CURRENT_PORT_DIR}/portfile.cmake")
