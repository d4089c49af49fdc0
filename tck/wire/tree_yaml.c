/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "wire/tree_internal.h"

/* Documents of one file: a test suite has some, a configuration a few; bounds what "---" repeated a million times
 * takes. */
#define MAX_DOCUMENTS 1000

struct anchor {
    const char *name;
    const struct tck_tree *tree;
    size_t nodes; /* of the subtree, aliases expanded */
    unsigned height;
    struct anchor *next;
};

/* How much a value added, counted as if every alias had been written out. */
struct extent {
    size_t nodes;
    unsigned height;
};

struct reader {
    yaml_parser_t parser;
    const char *name; /* in the arena */
    struct tck_bytes text;
    struct tck_arena *arena;
    struct anchor *anchors; /* of this document, the newest first */
    size_t nodes;           /* of this document */
    struct tck_error_list *errors;
    int worst; /* status of the worst mistake so far; 0: none */
};

/* Reading goes on after mistake(), it stops after fatal ones: those return a negative status through the recursion. */
#define mistake(reader, place, ...) \
    note((reader), tck_error_list_add((reader)->errors, TCK_BAD_INPUT, (place), __VA_ARGS__))

static int note(struct reader *reader, int status)
{
    if (status < reader->worst)
        reader->worst = status;
    return status;
}

static int no_memory(struct reader *reader)
{
    struct tck_place place = { .name = reader->name };

    return note(reader, tck_error_list_add(reader->errors, TCK_KIT, place, "out of memory"));
}

static struct tck_place place_of(const struct reader *reader, yaml_mark_t mark)
{
    return (
        struct tck_place){ .name = reader->name, .line = (unsigned)mark.line + 1, .column = (unsigned)mark.column + 1 };
}

/* Where byte `offset` is: libyaml gives no mark for bytes that are not UTF-8. */
static struct tck_place place_of_byte(const struct reader *reader, size_t offset)
{
    struct tck_place place = { .name = reader->name, .line = 1, .column = 1 };

    for (size_t i = 0; i < offset && i < reader->text.size; i++) {
        uint8_t c = reader->text.data[i];

        if (c == '\n') {
            place.line++;
            place.column = 1;
        } else if ((c & 0xc0) != 0x80) {
            place.column++;
        }
    }
    return place;
}

static int syntax_error(struct reader *reader)
{
    const yaml_parser_t *parser = &reader->parser;
    const char *problem = parser->problem ? parser->problem : "unreadable";

    if (parser->error == YAML_MEMORY_ERROR)
        return no_memory(reader);
    if (parser->error == YAML_READER_ERROR)
        return mistake(reader, place_of_byte(reader, parser->problem_offset), "not YAML: %s", problem);
    if (parser->context && *parser->context)
        return mistake(reader, place_of(reader, parser->problem_mark), "not YAML: %s, %s", parser->context, problem);
    return mistake(reader, place_of(reader, parser->problem_mark), "not YAML: %s", problem);
}

static int next_event(struct reader *reader, yaml_event_t *event)
{
    return yaml_parser_parse(&reader->parser, event) ? 0 : syntax_error(reader);
}

static int count_nodes(struct reader *reader, size_t nodes, struct tck_place place)
{
    reader->nodes += nodes;
    if (reader->nodes <= TCK_TREE_MAX_NODES)
        return 0;
    return mistake(reader, place, "the document has more than %d values, aliases expanded", TCK_TREE_MAX_NODES);
}

static int check_depth(struct reader *reader, unsigned depth, struct tck_place place)
{
    if (depth <= TCK_TREE_MAX_DEPTH)
        return 0;
    return mistake(reader, place, "nested more than %d deep", TCK_TREE_MAX_DEPTH);
}

static int define_anchor(struct reader *reader, const char *name, const struct tck_tree *tree, struct extent extent)
{
    struct anchor *anchor;

    if (!name)
        return 0;
    anchor = TCK_NEW(reader->arena, struct anchor);
    if (!anchor)
        return no_memory(reader);
    *anchor = (struct anchor){
        .name = name, .tree = tree, .nodes = extent.nodes, .height = extent.height, .next = reader->anchors
    };
    reader->anchors = anchor;
    return 0;
}

/* An anchor's name must outlive the event that brought it. */
static int keep_anchor(struct reader *reader, const yaml_char_t *name, const char **ret_name)
{
    if (name && !(*ret_name = tck_arena_strdup(reader->arena, (const char *)name)))
        return no_memory(reader);
    return 0;
}

/* An alias stands for a copy of the anchored node that shares its children. One that names nothing reads as null. */
static int read_alias(struct reader *reader, const yaml_event_t *event, unsigned depth, struct tck_tree *tree,
                      struct extent *ret_extent)
{
    const char *name = (const char *)event->data.alias.anchor;
    const struct anchor *anchor = reader->anchors;
    int r;

    while (anchor && strcmp(anchor->name, name) != 0)
        anchor = anchor->next;
    if (!anchor) {
        r = mistake(reader, tree->place, "no '&%s' comes before this '*%s'", name, name);
        tree->text = "";
        return r == TCK_KIT ? r : 0;
    }
    r = check_depth(reader, depth + anchor->height, tree->place);
    if (r == 0)
        r = count_nodes(reader, anchor->nodes - 1, tree->place);
    if (r < 0)
        return r;
    *tree = *anchor->tree;
    tree->next = NULL;
    tree->key = NULL;
    tree->place = place_of(reader, event->start_mark);
    *ret_extent = (struct extent){ .nodes = anchor->nodes, .height = anchor->height };
    return 0;
}

static int read_scalar(struct reader *reader, const yaml_event_t *event, struct tck_tree *tree)
{
    const char *text = (const char *)event->data.scalar.value;
    size_t size = event->data.scalar.length;

    tree->kind =
        event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE ? tck_tree_plain_kind(text, size) : TCK_TREE_STRING;
    if (tree->kind == TCK_TREE_BOOL)
        text = text[0] == 't' || text[0] == 'T' ? "true" : "false"; /* one spelling for all that read trees */
    if (tree->kind == TCK_TREE_BOOL)
        size = strlen(text);
    tree->text = tck_arena_strndup(reader->arena, text, size);
    tree->text_size = size;
    return tree->text ? 0 : no_memory(reader);
}

static int read_node(struct reader *reader, yaml_event_t *event, unsigned depth, struct tck_tree **ret_tree,
                     struct extent *ret_extent);

/* Reads the next event's node as a child. `closing` is the event that ends the parent: *ret_child is then NULL. */
static int read_child(struct reader *reader, yaml_event_type_t closing, unsigned depth, struct tck_tree **ret_child,
                      struct extent *extent)
{
    struct extent child = { 0 };
    yaml_event_t event;
    int r;

    *ret_child = NULL;
    r = next_event(reader, &event);
    if (r < 0)
        return r;
    if (event.type != closing)
        r = read_node(reader, &event, depth, ret_child, &child);
    yaml_event_delete(&event);
    extent->nodes += child.nodes;
    if (child.height + 1 > extent->height)
        extent->height = child.height + 1;
    return r;
}

static int read_list(struct reader *reader, unsigned depth, struct tck_tree *tree, struct extent *extent)
{
    struct tck_tree *last = NULL, *child;
    int r;

    for (;;) {
        r = read_child(reader, YAML_SEQUENCE_END_EVENT, depth + 1, &child, extent);
        if (r < 0 || !child)
            return r;
        tck_tree_link(tree, child, &last);
    }
}

/* The text of a key. Keys that no map can hold are mistakes; the entry is then read under "". */
static int key_text(struct reader *reader, const struct tck_tree *key, const char **ret_text)
{
    int r = 0;

    *ret_text = "";
    if (key->kind == TCK_TREE_LIST || key->kind == TCK_TREE_MAP)
        r = mistake(reader, key->place, "a key must be a scalar, this is %s", tck_tree_kind_text(key->kind));
    else if (memchr(key->text, '\0', key->text_size))
        r = mistake(reader, key->place, "a key must not hold a NUL character");
    else if (strcmp(key->text, "<<") == 0)
        r = mistake(reader, key->place, "merge keys ('<<') are not read; write the entries out");
    else
        *ret_text = key->text;
    return r == TCK_KIT ? r : 0;
}

static int by_key_and_place(const void *a, const void *b)
{
    const struct tck_tree *x = *(const struct tck_tree *const *)a, *y = *(const struct tck_tree *const *)b;
    int order = strcmp(x->key, y->key);

    if (order == 0)
        order = (x->key_place.line > y->key_place.line) - (x->key_place.line < y->key_place.line);
    if (order == 0)
        order = (x->key_place.column > y->key_place.column) - (x->key_place.column < y->key_place.column);
    return order;
}

/* Sorted, so that a map of 100,000 entries takes no 10,000,000,000 comparisons. */
static int check_duplicates(struct reader *reader, const struct tck_tree *map)
{
    tck_cleanup(tck_freep) const struct tck_tree **entries = NULL;
    size_t count = 0;

    if (map->count < 2)
        return 0;
    entries = calloc(map->count, sizeof(*entries));
    if (!entries)
        return no_memory(reader);
    for (const struct tck_tree *entry = map->first; entry; entry = entry->next)
        if (*entry->key)
            entries[count++] = entry;
    qsort(entries, count, sizeof(*entries), by_key_and_place);
    for (size_t i = 1; i < count; i++) {
        if (strcmp(entries[i - 1]->key, entries[i]->key) != 0)
            continue;
        if (mistake(reader, entries[i]->key_place, "the key '%s' comes twice, first in line %u", entries[i]->key,
                    entries[i - 1]->key_place.line) == TCK_KIT)
            return TCK_KIT;
    }
    return 0;
}

static int read_map(struct reader *reader, unsigned depth, struct tck_tree *tree, struct extent *extent)
{
    struct tck_tree *last = NULL, *key, *value;
    const char *text;
    int r;

    for (;;) {
        r = read_child(reader, YAML_MAPPING_END_EVENT, depth + 1, &key, extent);
        if (r < 0)
            return r;
        if (!key)
            return check_duplicates(reader, tree);
        r = key_text(reader, key, &text);
        if (r < 0)
            return r;
        r = read_child(reader, YAML_NO_EVENT, depth + 1, &value, extent);
        if (r < 0)
            return r;
        value->key = text;
        value->key_place = key->place;
        tck_tree_link(tree, value, &last);
    }
}

static const yaml_char_t *tag_of(const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return event->data.scalar.tag;
    case YAML_SEQUENCE_START_EVENT:
        return event->data.sequence_start.tag;
    case YAML_MAPPING_START_EVENT:
        return event->data.mapping_start.tag;
    default:
        return NULL;
    }
}

static const yaml_char_t *anchor_of(const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return event->data.scalar.anchor;
    case YAML_SEQUENCE_START_EVENT:
        return event->data.sequence_start.anchor;
    case YAML_MAPPING_START_EVENT:
        return event->data.mapping_start.anchor;
    default:
        return NULL;
    }
}

static int read_content(struct reader *reader, const yaml_event_t *event, unsigned depth, struct tck_tree *tree,
                        struct extent *extent)
{
    switch (event->type) {
    case YAML_ALIAS_EVENT:
        return read_alias(reader, event, depth, tree, extent);
    case YAML_SCALAR_EVENT:
        return read_scalar(reader, event, tree);
    case YAML_SEQUENCE_START_EVENT:
        tree->kind = TCK_TREE_LIST;
        return read_list(reader, depth, tree, extent);
    case YAML_MAPPING_START_EVENT:
        tree->kind = TCK_TREE_MAP;
        return read_map(reader, depth, tree, extent);
    default:
        return mistake(reader, tree->place, "not YAML: a value was expected");
    }
}

static int read_node(struct reader *reader, yaml_event_t *event, unsigned depth, struct tck_tree **ret_tree,
                     struct extent *ret_extent)
{
    struct extent extent = { .nodes = 1 };
    struct tck_tree *tree = TCK_NEW(reader->arena, struct tck_tree);
    const char *anchor = NULL;
    int r;

    if (!tree)
        return no_memory(reader);
    tree->place = place_of(reader, event->start_mark);
    r = check_depth(reader, depth, tree->place);
    if (r == 0)
        r = count_nodes(reader, 1, tree->place);
    if (r == 0)
        r = keep_anchor(reader, anchor_of(event), &anchor);
    if (r == 0 && tag_of(event) &&
        mistake(reader, tree->place, "tags ('%s') are not read; quote the value if it is a string", tag_of(event)) ==
            TCK_KIT)
        r = TCK_KIT;
    if (r == 0)
        r = read_content(reader, event, depth, tree, &extent);
    if (r == 0)
        r = define_anchor(reader, anchor, tree, extent); /* after its content: an anchor cannot hold itself */
    if (r < 0)
        return r;
    *ret_tree = tree;
    *ret_extent = extent;
    return 0;
}

static int add_root(struct reader *reader, const struct tck_tree *root, const struct tck_tree ***roots, size_t *count,
                    size_t *capacity)
{
    if (*count == MAX_DOCUMENTS)
        return mistake(reader, root->place, "the file has more than %d documents", MAX_DOCUMENTS);
    if (*count == *capacity) {
        size_t larger = *capacity ? 2 * *capacity : 4;
        const struct tck_tree **more = tck_arena_array(reader->arena, larger, sizeof *more);

        if (!more)
            return no_memory(reader);
        if (*count)
            memcpy(more, *roots, *count * sizeof(*more));
        *roots = more;
        *capacity = larger;
    }
    (*roots)[(*count)++] = root;
    return 0;
}

static int read_stream(struct reader *reader, const struct tck_tree ***roots, size_t *count)
{
    size_t capacity = 0;

    for (;;) {
        struct extent extent;
        struct tck_tree *root;
        yaml_event_t event;
        int r = next_event(reader, &event);

        if (r < 0)
            return r;
        switch (event.type) {
        case YAML_STREAM_END_EVENT:
            yaml_event_delete(&event);
            return 0;
        case YAML_STREAM_START_EVENT:
        case YAML_DOCUMENT_START_EVENT:
        case YAML_DOCUMENT_END_EVENT:
            reader->anchors = NULL;
            reader->nodes = 0;
            break;
        default:
            r = read_node(reader, &event, 0, &root, &extent);
            if (r == 0)
                r = add_root(reader, root, roots, count, &capacity);
        }
        yaml_event_delete(&event);
        if (r < 0)
            return r;
    }
}

int tck_tree_parse_yaml_all(const char *name, struct tck_bytes text, struct tck_arena *arena,
                            const struct tck_tree ***ret_roots, size_t *ret_count, struct tck_error_list *errors)
{
    struct reader reader = { .arena = arena, .text = text, .errors = errors };
    const struct tck_tree **roots = NULL;
    size_t count = 0;

    reader.name = tck_arena_strdup(arena, name);
    if (!reader.name || !yaml_parser_initialize(&reader.parser))
        return no_memory(&reader);
    yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&reader.parser, text.size ? text.data : (const uint8_t *)"", text.size);
    read_stream(&reader, &roots, &count); /* its status is in reader.worst, with all others */
    yaml_parser_delete(&reader.parser);
    if (reader.worst < 0)
        return reader.worst;
    *ret_roots = roots;
    *ret_count = count;
    return 0;
}

int tck_tree_parse_yaml(const char *name, struct tck_bytes text, struct tck_arena *arena,
                        const struct tck_tree **ret_root, struct tck_error_list *errors)
{
    struct tck_place start = { .line = 1, .column = 1 };
    const struct tck_tree **roots, *empty;
    size_t count;
    int r = tck_tree_parse_yaml_all(name, text, arena, &roots, &count, errors);

    if (r < 0)
        return r;
    if (count > 1)
        return tck_error_list_add(errors, TCK_BAD_INPUT, roots[1]->place,
                                  "a second document begins here; this file must hold one alone");
    if (count == 1) {
        *ret_root = roots[0];
        return 0;
    }
    start.name = tck_arena_strdup(arena, name);
    empty = start.name ? tck_tree_scalar(arena, TCK_TREE_NULL, "", 0, start) : NULL;
    if (!empty)
        return tck_error_list_add(errors, TCK_KIT, TCK_NOWHERE, "out of memory");
    *ret_root = empty;
    return 0;
}
