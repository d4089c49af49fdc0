# SPDX-License-Identifier: Apache-2.0
# The scenario language, its files, and plans over them.
add_library(spec_fixture STATIC unit/spec_fixture.c)
target_include_directories(spec_fixture PUBLIC "${CMAKE_CURRENT_SOURCE_DIR}/unit")
target_link_libraries(spec_fixture PUBLIC tck_spec PkgConfig::CMOCKA PRIVATE tck_flags)

foreach(subject step step_mistakes suite suite_mistakes files explain)
  tck_test(spec_${subject}_test SOURCES unit/spec_${subject}_test.c LINKS spec_fixture LABELS unit)
endforeach()
target_link_options(spec_files_test PRIVATE "LINKER:--wrap=malloc,--wrap=calloc")

# specs/schema.json is what the tables say, and it accepts what the loader accepts.
add_test(NAME spec_schema_is_what_the_tables_say
         COMMAND tck-spec-schema --check "${PROJECT_SOURCE_DIR}/specs/schema.json")
set_tests_properties(spec_schema_is_what_the_tables_say PROPERTIES TIMEOUT 60 LABELS unit)
find_program(TCK_PYTHON3 python3)
if(TCK_PYTHON3)
  add_test(NAME spec_files_validate_against_the_schema
           COMMAND "${TCK_PYTHON3}" "${PROJECT_SOURCE_DIR}/ci/check-specs.py" "${PROJECT_SOURCE_DIR}/specs")
  set_tests_properties(spec_files_validate_against_the_schema PROPERTIES TIMEOUT 120 LABELS unit SKIP_RETURN_CODE 77)
endif()

tck_test(plan_plan_test SOURCES unit/plan_plan_test.c LINKS spec_fixture tck_plan LABELS unit)
