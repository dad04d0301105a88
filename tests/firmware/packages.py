"""Programs that take the exported folder the ways its packages offer, and what build systems make of it."""

import subprocess
from pathlib import Path

from tests.support import program

# The commands of ESP-IDF and Zephyr that the folder calls, as far as their manuals and sources define them for a plain
# library.
ESP_IDF = """
function(idf_component_register)
  cmake_parse_arguments(PARSE_ARGV 0 IDF "" "" "SRC_DIRS;INCLUDE_DIRS")
  set(folder ${CMAKE_CURRENT_SOURCE_DIR}/${IDF_SRC_DIRS})
  file(GLOB sources ${folder}/*.c ${folder}/*.cpp ${folder}/*.S)
  add_library(__idf_edgegenre STATIC ${sources})
  target_include_directories(__idf_edgegenre PUBLIC ${IDF_INCLUDE_DIRS})
  set(COMPONENT_LIB __idf_edgegenre PARENT_SCOPE)
endfunction()
set(ESP_PLATFORM 1)
"""
ZEPHYR = """
include(CheckCCompilerFlag)
macro(zephyr_library_named name)
  set(ZEPHYR_CURRENT_LIBRARY ${name})
  add_library(${name} STATIC "")
  target_link_libraries(${name} PRIVATE zephyr_interface)
endmacro()
function(zephyr_library_sources)
  target_sources(${ZEPHYR_CURRENT_LIBRARY} PRIVATE ${ARGV})
endfunction()
function(zephyr_library_compile_options)
  string(MD5 name "${ARGV}")
  add_library(options_${name} INTERFACE)
  target_compile_options(options_${name} INTERFACE ${ARGV})
  target_link_libraries(${ZEPHYR_CURRENT_LIBRARY} PRIVATE options_${name})
endfunction()
function(zephyr_library_cc_option)
  foreach(option ${ARGV})
    string(MAKE_C_IDENTIFIER check${option} known)
    check_c_compiler_flag(${option} ${known})
    if(${known})
      zephyr_library_compile_options(${option})
    endif()
  endforeach()
endfunction()
function(zephyr_library_compile_definitions)
  target_compile_definitions(${ZEPHYR_CURRENT_LIBRARY} PRIVATE ${ARGV})
endfunction()
function(zephyr_include_directories)
  target_include_directories(zephyr_interface INTERFACE ${ARGV})
endfunction()
function(zephyr_compile_definitions_ifdef condition)
  if(${condition})
    target_compile_definitions(zephyr_interface INTERFACE ${ARGN})
  endif()
endfunction()
add_library(zephyr_interface INTERFACE)
set(CONFIG_EDGEGENRE y)
"""


def consumer(scratch: Path, package: str, libraries: str, *options: str) -> str:
    """Build and run a program that uses the library the way `package` gives it; returns what it prints."""
    build = configure(scratch, package, libraries, *options)
    run(program("cmake", "cmake"), "--build", build)
    return subprocess.run([build / "consumer"], capture_output=True, text=True, check=True).stdout


def configure(scratch: Path, package: str, libraries: str, *options: str) -> Path:
    """Write that program and have CMake configure it; returns the build folder."""
    source = scratch / "consumer"
    source.mkdir(parents=True)
    (source / "CMakeLists.txt").write_text(
        f"cmake_minimum_required(VERSION 3.16)\nproject(consumer C)\n{package}\n"
        f"add_executable(consumer main.c)\ntarget_link_libraries(consumer PRIVATE {libraries})\n"
    )
    (source / "main.c").write_text(
        '#include <stdio.h>\n#include "edgegenre.h"\nstatic eg_context context;\n'
        "int main(void) {\n"
        '    printf("%s, %s\\n", eg_init(&context, EG_CONTINUOUS) ? "clip only" : "both modes", eg_label(0));\n'
        "    return (EG_BLOCKS == 1) != (eg_init(&context, EG_CONTINUOUS) != 0);\n}\n"
    )
    run(program("cmake", "cmake"), "-S", source, "-B", source / "build", *options)
    return source / "build"


def run(*command: str | Path) -> None:
    """Run a command that has to succeed."""
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
