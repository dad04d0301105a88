# find_package(edgegenre) gives the target edgegenre::edgegenre.
include("${CMAKE_CURRENT_LIST_DIR}/edgegenre-targets.cmake")
