/* SPDX-License-Identifier: Apache-2.0
 *
 * The main program of a fuzz target where there is no libFuzzer: feeds it each file of the folders given. A file that
 * breaks a law aborts the program after its name was printed.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buffer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return alphasort(a, b);
}

static int replay(const char *folder)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, NULL, by_name), replayed = 0;

    if (count < 0) {
        perror(folder);
        return -1;
    }
    for (int i = 0; i < count; i++) {
        tck_cleanup(tck_buffer_done) struct tck_buffer input = TCK_BUFFER_INIT(64 << 20);
        tck_cleanup(tck_freep) struct dirent *entry = entries[i];
        char path[4096];

        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (tck_read_file(path, input.ceiling, &input, NULL) < 0)
            return -1;
        printf("%s\n", path);
        fflush(stdout);
        LLVMFuzzerTestOneInput((const uint8_t *)tck_buffer_string(&input), input.size);
        replayed++;
    }
    free(entries);
    return replayed;
}

int main(int argc, char **argv)
{
    int replayed = 0;

    for (int i = 1; i < argc; i++) {
        int n = replay(argv[i]);

        if (n < 0)
            return 1;
        replayed += n;
    }
    printf("%d inputs replayed\n", replayed);
    return replayed > 0 ? 0 : 1; /* an empty corpus tests nothing */
}
