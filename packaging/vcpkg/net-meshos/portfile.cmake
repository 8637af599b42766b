# Builds the sources that this port stands in, with the Go and the C compiler of the machine. A library in Go has no
# build for debuggers of C, so there is one for both configurations.
set(VCPKG_BUILD_TYPE release)

get_filename_component(SOURCE_PATH "${CURRENT_PORT_DIR}/../../.." ABSOLUTE)
if(NOT EXISTS "${SOURCE_PATH}/scripts/compile.sh")
  message(FATAL_ERROR "the port must stay in the sources of libnet_meshos: give packaging/vcpkg as an overlay")
endif()

find_program(GO NAMES go HINTS /usr/local/go/bin REQUIRED)
file(STRINGS "${SOURCE_PATH}/scripts/version" VERSION REGEX "^VERSION=")
string(REPLACE "VERSION=" "" VERSION "${VERSION}")

if(VCPKG_LIBRARY_LINKAGE STREQUAL "dynamic")
  set(KIND SHARED)
  set(LIBRARY libnet_meshos.so)
  set(SYSTEM_LIBRARIES "")
else()
  set(KIND STATIC)
  set(LIBRARY libnet_meshos.a)
  set(SYSTEM_LIBRARIES " -lpthread")
endif()

# The script takes the folder to build into relative to the sources.
file(RELATIVE_PATH BUILD "${SOURCE_PATH}" "${CURRENT_BUILDTREES_DIR}/${TARGET_TRIPLET}-rel")
foreach(PRODUCT ${LIBRARY} licences)
  vcpkg_execute_required_process(
    COMMAND "${CMAKE_COMMAND}" -E env "BUILD=${BUILD}" "GO=${GO}" scripts/compile.sh ${PRODUCT}
    WORKING_DIRECTORY "${SOURCE_PATH}"
    LOGNAME "build-${PRODUCT}-${TARGET_TRIPLET}-rel")
endforeach()

file(INSTALL "${SOURCE_PATH}/${BUILD}/${LIBRARY}" DESTINATION "${CURRENT_PACKAGES_DIR}/lib")
file(INSTALL "${SOURCE_PATH}/include/net_meshos.h" "${SOURCE_PATH}/include/net_meshos_ext.h"
  "${SOURCE_PATH}/bindings/cpp/net_meshos.hpp" DESTINATION "${CURRENT_PACKAGES_DIR}/include")

set(POINTER_SIZE 8)
configure_file("${CURRENT_PORT_DIR}/net_meshosConfig.cmake.in"
  "${CURRENT_PACKAGES_DIR}/share/net_meshos/net_meshosConfig.cmake" @ONLY)
configure_file("${SOURCE_PATH}/cmake/net_meshosConfigVersion.cmake.in"
  "${CURRENT_PACKAGES_DIR}/share/net_meshos/net_meshosConfigVersion.cmake" @ONLY)

set(LIBDIR_TO_PREFIX "..")
set(LIBDIR_TO_INCLUDE "../include")
configure_file("${SOURCE_PATH}/cmake/net_meshos.pc.in" "${CURRENT_PACKAGES_DIR}/lib/pkgconfig/net_meshos.pc" @ONLY)
file(READ "${CURRENT_PACKAGES_DIR}/lib/pkgconfig/net_meshos.pc" text)
string(REPLACE "-lnet_meshos" "-lnet_meshos${SYSTEM_LIBRARIES}" text "${text}")
file(WRITE "${CURRENT_PACKAGES_DIR}/lib/pkgconfig/net_meshos.pc" "${text}")
vcpkg_fixup_pkgconfig()

file(INSTALL "${CURRENT_PORT_DIR}/usage" DESTINATION "${CURRENT_PACKAGES_DIR}/share/${PORT}")
# With the licences of what the library has inside.
file(GLOB LICENCES "${SOURCE_PATH}/${BUILD}/licences/*")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE" ${LICENCES})
