/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "testing.h"

static char directory[] = "/tmp/tck-buffer-test-XXXXXX";

static int make_directory(void **state)
{
    (void)state;
    return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
    (void)state;
    return rmdir(directory);
}

static void buffer_that_fails_once_keeps_its_failure(void **state)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer buffer = TCK_BUFFER_INIT(8);

    (void)state;
    tck_buffer_puts(&buffer, "12345");
    assert_int_equal(tck_buffer_check(&buffer, NULL), 0);
    tck_buffer_puts(&buffer, "6789");
    tck_buffer_puts(&buffer, "6");
    assert_int_equal(tck_buffer_check(&buffer, NULL), TCK_KIT);
    assert_string_equal(tck_buffer_string(&buffer), "12345");
    assert_null(tck_buffer_take(&buffer));
}

static void buffer_holds_printed_text_of_any_length(void **state)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer buffer = TCK_BUFFER_INIT(1 << 20);

    (void)state;
    for (int i = 0; i < 1000; i++)
        tck_buffer_printf(&buffer, "%04d,", i);
    assert_int_equal(buffer.size, 5000);
    assert_memory_equal(buffer.data + 4990, "0998,0999,", 11);
}

static void buffer_that_is_empty_can_be_taken_as_a_string(void **state)
{
    struct tck_buffer buffer = TCK_BUFFER_INIT(10);
    tck_cleanup(tck_freep) char *text = tck_buffer_take(&buffer);

    (void)state;
    assert_string_equal(text, "");
}

static void file_is_written_whole_and_leaves_no_temporary_behind(void **state)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer read = TCK_BUFFER_INIT(0);
    char path[64];
    struct stat status;
    int entries = 0;

    (void)state;
    snprintf(path, sizeof path, "%s/report", directory);
    assert_int_equal(tck_write_file(path, tck_bytes("one", 3), NULL), 0);
    assert_int_equal(tck_write_file(path, tck_bytes("three", 5), NULL), 0);
    assert_int_equal(tck_read_file(path, 100, &read, NULL), 0);
    assert_string_equal(read.data, "three");
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0400, 0400);
    DIR *dir = opendir(directory);

    while (readdir(dir))
        entries++;
    closedir(dir);
    assert_int_equal(entries, 3); /* ., .. and the file */
    unlink(path);
}

static void file_in_a_missing_directory_cannot_be_written(void **state)
{
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    char path[64];

    (void)state;
    snprintf(path, sizeof path, "%s/nowhere/report", directory);
    assert_int_equal(tck_write_file(path, tck_bytes("x", 1), &err), TCK_KIT);
    assert_string_equal(err.name, path);
    assert_string_equal(err.text, "cannot be written: No such file or directory");
}

static void file_above_the_limit_is_refused(void **state)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer read = TCK_BUFFER_INIT(0);
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };

    (void)state;
    assert_int_equal(tck_read_file("/dev/zero", 1000, &read, &err), TCK_BAD_INPUT);
    assert_string_equal(err.text, "is larger than the limit of 1000 bytes");
    assert_int_equal(tck_read_file(directory, 1000, &read, &err), TCK_BAD_INPUT);
    assert_string_equal(err.text, "cannot be read: Is a directory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buffer_that_fails_once_keeps_its_failure),
        cmocka_unit_test(buffer_holds_printed_text_of_any_length),
        cmocka_unit_test(buffer_that_is_empty_can_be_taken_as_a_string),
        cmocka_unit_test(file_is_written_whole_and_leaves_no_temporary_behind),
        cmocka_unit_test(file_in_a_missing_directory_cannot_be_written),
        cmocka_unit_test(file_above_the_limit_is_refused),
    };

    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
