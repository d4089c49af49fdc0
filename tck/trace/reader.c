/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/reader.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/base64.h"
#include "trace/trace_internal.h"

struct tck_trace_reader {
    char *path;
    FILE *file;
    unsigned number; /* of the line in hand */
    struct tck_buffer text;
    struct tck_arena *kept, *arena; /* of the header, of the line in hand */
    struct tck_trace_head head;
    bool over; /* the verdict was read */
};

static struct tck_place place_of(const struct tck_trace_reader *reader)
{
    return (struct tck_place){ .name = reader->path, .line = reader->number };
}

/* --- lines --- */

/* The next whole line, without its newline. 1, or 0 at the end, also where the last line is cut off. */
static int read_text(struct tck_trace_reader *reader, struct tck_error *err)
{
    char piece[1 << 14];
    size_t size = 0;
    int c;

    tck_buffer_clear(&reader->text);
    reader->number++;
    while ((c = getc_unlocked(reader->file)) != EOF && c != '\n') {
        piece[size++] = (char)c;
        if (size < sizeof piece)
            continue;
        tck_buffer_append(&reader->text, piece, size);
        size = 0;
        if (reader->text.failed)
            break;
    }
    tck_buffer_append(&reader->text, piece, size);
    if (reader->text.failed)
        return tck_fail(err, TCK_BAD_INPUT, place_of(reader), "the line is longer than any of a recording");
    if (ferror(reader->file))
        return tck_fail(err, TCK_BAD_INPUT, place_of(reader), "cannot be read: %s", strerror(errno));
    return c == '\n';
}

static int read_tree(struct tck_trace_reader *reader, struct tck_arena *arena, const struct tck_tree **ret_tree,
                     struct tck_error *err)
{
    tck_cleanup(tck_error_done) struct tck_error why = { 0 };
    int r = tck_tree_parse_json(reader->path, tck_buffer_bytes(&reader->text), arena, ret_tree, &why);

    if (r == TCK_BAD_INPUT)
        return tck_fail(err, r, (struct tck_place){ reader->path, reader->number, why.line == 1 ? why.column : 0 },
                        "%s", why.text);
    if (r < 0)
        tck_error_move(err, &why);
    else if ((*ret_tree)->kind != TCK_TREE_MAP)
        r = tck_fail(err, TCK_BAD_INPUT, place_of(reader), "a line of a recording is an object, found %s",
                     tck_tree_kind_text((*ret_tree)->kind));
    return r;
}

/* --- members --- */

static int wrong(const struct tck_trace_reader *reader, const char *key, const char *wanted,
                 const struct tck_tree *found, struct tck_error *err)
{
    return tck_fail(err, TCK_BAD_INPUT, place_of(reader), "'%s' is %s, found %s", key, wanted,
                    found ? tck_tree_kind_text(found->kind) : "nothing");
}

/* A text without NUL, or with optional also null, which is NULL. */
static int take_text(const struct tck_trace_reader *reader, const struct tck_tree *line, const char *key, bool optional,
                     const char **ret_text, struct tck_error *err)
{
    const struct tck_tree *value = tck_tree_get(line, key);

    if (value && optional && value->kind == TCK_TREE_NULL) {
        *ret_text = NULL;
        return 0;
    }
    if (!value || value->kind != TCK_TREE_STRING || strlen(value->text) != value->text_size)
        return wrong(reader, key, "a text", value, err);
    *ret_text = value->text;
    return 0;
}

static int take_bool(const struct tck_trace_reader *reader, const struct tck_tree *line, const char *key,
                     bool *ret_value, struct tck_error *err)
{
    const struct tck_tree *value = tck_tree_get(line, key);

    if (!value || value->kind != TCK_TREE_BOOL)
        return wrong(reader, key, "true or false", value, err);
    *ret_value = strcmp(value->text, "true") == 0;
    return 0;
}

static int take_number(const struct tck_trace_reader *reader, const struct tck_tree *line, const char *key,
                       unsigned most, unsigned *ret_value, struct tck_error *err)
{
    const struct tck_tree *value = tck_tree_get(line, key);
    unsigned long number;
    char *end;

    if (!value || value->kind != TCK_TREE_NUMBER || value->text[0] < '0' || value->text[0] > '9')
        return wrong(reader, key, "a whole number", value, err);
    errno = 0;
    number = strtoul(value->text, &end, 10);
    if (*end || errno || number > most)
        return tck_fail(err, TCK_BAD_INPUT, place_of(reader), "'%s' is a whole number up to %u, found %.40s", key, most,
                        value->text);
    *ret_value = (unsigned)number;
    return 0;
}

static int take_bytes(struct tck_trace_reader *reader, const struct tck_tree *line, struct tck_bytes *ret_bytes,
                      struct tck_error *err)
{
    const struct tck_tree *value = tck_tree_get(line, "bytes");
    int r;

    if (!value || value->kind != TCK_TREE_STRING)
        return wrong(reader, "bytes", "base64", value, err);
    r = tck_base64_decode(value->text, value->text_size, reader->arena, ret_bytes);
    if (r > 0)
        return tck_fail(err, TCK_BAD_INPUT, place_of(reader), "'bytes' is not base64");
    return r < 0 ? tck_no_memory(err) : 0;
}

/* The index of the member's word among count; words may have gaps. */
static int take_word(const struct tck_trace_reader *reader, const struct tck_tree *line, const char *key,
                     const char *(*word_at)(int), int count, int *ret_index, struct tck_error *err)
{
    const char *text;
    int r = take_text(reader, line, key, false, &text, err);

    if (r < 0)
        return r;
    for (*ret_index = 0; *ret_index < count; ++*ret_index)
        if (strcmp(word_at(*ret_index), text) == 0)
            return 0;
    return tck_fail(err, TCK_BAD_INPUT, place_of(reader), "no recording says %s: '%.60s'", key, text);
}

static const char *role_at(int i)
{
    return tck_role_word((enum tck_role)i);
}

static const char *kind_at(int i)
{
    return tck_recorded_word((enum tck_recorded_kind)i);
}

static const char *direction_at(int i)
{
    return i == TCK_TO_USER_FUNCTION ? TCK_FROM_PROXY : TCK_FROM_USER_FUNCTION;
}

/* --- the header --- */

static int take_head(struct tck_trace_reader *reader, const struct tck_tree *line, struct tck_error *err)
{
    struct tck_trace_head *head = &reader->head;
    unsigned version;
    int role = 0, r = take_number(reader, line, "version", UINT32_MAX, &version, err);

    if (r < 0)
        return r;
    if (version != TCK_TRACE_VERSION)
        return tck_fail(err, TCK_BAD_INPUT, place_of(reader),
                        "a recording of version %u, and this tck reads version %d", version, TCK_TRACE_VERSION);
    r = take_text(reader, line, "scenario", false, &head->scenario, err);
    if (r == 0)
        r = take_word(reader, line, "role", role_at, TCK_ROLE_COUNT, &role, err);
    if (r == 0)
        r = take_bool(reader, line, "strict", &head->strict, err);
    if (r == 0)
        r = take_bool(reader, line, "upstream", &head->upstream, err);
    if (r == 0)
        r = take_text(reader, line, "descriptors", true, &head->descriptors, err);
    if (r == 0 && head->descriptors && (strchr(head->descriptors, '/') || head->descriptors[0] == '.'))
        r = tck_fail(err, TCK_BAD_INPUT, place_of(reader), "'descriptors' is the name of a file beside the recording");
    head->role = (enum tck_role)role;
    return r;
}

static int read_head(struct tck_trace_reader *reader, struct tck_error *err)
{
    const struct tck_tree *line, *kind;
    int r = read_text(reader, err);

    if (r == 0)
        return tck_fail(err, TCK_BAD_INPUT, (struct tck_place){ .name = reader->path },
                        "not a recording of 'tck run --trace': it has no whole line");
    if (r > 0)
        r = read_tree(reader, reader->kept, &line, err);
    if (r < 0)
        return r;
    kind = tck_tree_get(line, "kind");
    if (!kind || kind->kind != TCK_TREE_STRING || strcmp(kind->text, TCK_TRACE_HEADER) != 0)
        return tck_fail(err, TCK_BAD_INPUT, place_of(reader),
                        "not a recording of 'tck run --trace': its first line is no header");
    return take_head(reader, line, err);
}

static int open_file(struct tck_trace_reader *reader, struct tck_error *err)
{
    const struct tck_place place = { .name = reader->path };
    struct stat status;

    reader->file = fopen(reader->path, "re");
    if (!reader->file || fstat(fileno(reader->file), &status) < 0)
        return tck_fail(err, TCK_BAD_INPUT, place, "cannot be read: %s", strerror(errno));
    if (S_ISDIR(status.st_mode))
        return tck_fail(err, TCK_BAD_INPUT, place, "cannot be read: %s", strerror(EISDIR));
    return 0;
}

int tck_trace_reader_open(const char *path, struct tck_trace_reader **ret_reader, struct tck_error *err)
{
    tck_cleanup(tck_trace_reader_freep) struct tck_trace_reader *reader = calloc(1, sizeof *reader);
    int r;

    if (!reader || !(reader->path = strdup(path)))
        return tck_no_memory(err);
    reader->text = (struct tck_buffer)TCK_BUFFER_INIT(TCK_TRACE_LINE_MAX);
    r = tck_arena_new(0, &reader->kept, err);
    if (r == 0)
        r = open_file(reader, err);
    if (r == 0)
        r = read_head(reader, err);
    if (r < 0)
        return r;
    *ret_reader = TCK_TAKE(reader);
    return 0;
}

void tck_trace_reader_free(struct tck_trace_reader *reader)
{
    if (!reader)
        return;
    if (reader->file)
        fclose(reader->file);
    tck_buffer_done(&reader->text);
    tck_arena_free(reader->kept);
    tck_arena_free(reader->arena);
    free(reader->path);
    free(reader);
}

const struct tck_trace_head *tck_trace_reader_head(const struct tck_trace_reader *reader)
{
    return &reader->head;
}

/* --- what passed, and the verdict --- */

/* Of the conversations that judges know. */
static int take_judged(struct tck_trace_reader *reader, const struct tck_tree *tree, struct tck_trace_line *line,
                       struct tck_error *err)
{
    const bool said = line->what == TCK_RECORDED_MESSAGE || line->what == TCK_RECORDED_UNDECODABLE;
    unsigned code = 0;
    int direction = 0, r;

    r = take_number(reader, tree, "stream", UINT32_MAX, &line->stream, err);
    if (r == 0)
        r = take_text(reader, tree, "conversation", false, &line->on, err);
    if (r == 0 && said)
        r = take_word(reader, tree, "from", direction_at, 2, &direction, err);
    if (r == 0 && said)
        r = take_bytes(reader, tree, &line->bytes, err);
    line->direction = (enum tck_direction)direction;
    if (r == 0 && line->what == TCK_RECORDED_MEDDLED)
        r = take_bool(reader, tree, "unjudged", &line->unjudged, err);
    if (r < 0 || line->what != TCK_RECORDED_CONCLUDED)
        return r;
    r = take_number(reader, tree, "code", INT32_MAX, &code, err);
    line->end.code = (int)code;
    if (r == 0)
        r = take_bool(reader, tree, "from_peer", &line->end.by_user_function, err);
    return r < 0 ? r : take_bool(reader, tree, "waited", &line->end.waited, err);
}

static int take_passed(struct tck_trace_reader *reader, const struct tck_tree *tree, struct tck_trace_line *line,
                       struct tck_error *err)
{
    const char *protocol;
    int what, r = take_word(reader, tree, "kind", kind_at, TCK_RECORDED_COUNT, &what, err);

    if (r == 0)
        r = take_text(reader, tree, "protocol", true, &protocol, err);
    if (r < 0)
        return r;
    line->what = (enum tck_recorded_kind)what;
    for (int i = 0; protocol && i < TCK_CONVERSATION_COUNT && !line->is_judged; i++) {
        line->conversation = (enum tck_conversation)i;
        line->is_judged = strcmp(tck_conversation_word(line->conversation), protocol) == 0;
    }
    return line->is_judged ? take_judged(reader, tree, line, err) : 0;
}

static int take_verdict(struct tck_trace_reader *reader, const struct tck_tree *tree, struct tck_trace_line *line,
                        struct tck_error *err)
{
    int r = take_text(reader, tree, "verdict", false, &line->verdict.verdict, err);

    if (r == 0)
        r = take_text(reader, tree, "cause", false, &line->verdict.cause, err);
    if (r == 0)
        r = take_text(reader, tree, "rule", true, &line->verdict.rule, err);
    reader->over = true;
    line->kind = TCK_TRACE_LINE_VERDICT;
    return r;
}

int tck_trace_read(struct tck_trace_reader *reader, struct tck_trace_line *ret_line, struct tck_error *err)
{
    struct tck_trace_line line = { 0 };
    const struct tck_tree *tree, *kind;
    int r = read_text(reader, err);

    if (r <= 0)
        return r;
    if (reader->over)
        return tck_fail(err, TCK_BAD_INPUT, place_of(reader), "the recording goes on after its verdict");
    tck_arena_free(TCK_TAKE(reader->arena));
    r = tck_arena_new(0, &reader->arena, err);
    if (r == 0)
        r = read_tree(reader, reader->arena, &tree, err);
    if (r < 0)
        return r;
    line.number = reader->number;
    kind = tck_tree_get(tree, "kind");
    if (kind && kind->kind == TCK_TREE_STRING && strcmp(kind->text, TCK_TRACE_VERDICT) == 0)
        r = take_verdict(reader, tree, &line, err);
    else
        r = take_passed(reader, tree, &line, err);
    if (r < 0)
        return r;
    *ret_line = line;
    return 1;
}
