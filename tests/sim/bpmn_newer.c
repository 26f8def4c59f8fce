/* The text of the older model is read once from end to end: bpmn_models.c writes each element and
 * each flow in one way, with its id as the first attribute. */
#include "bpmn_newer.h"

#include <stdio.h>

#include "base/check.h"

struct rewriting {
    struct bpmn_newer *newer;
    struct slice older; /* the whole text */
    struct buffer *out;
    struct buffer removed;  /* ids of border events that are gone, " id " each */
    struct buffer watched;  /* the same of elements with a new timer at their border */
    struct buffer gateways; /* the same of event based gateways */
    unsigned made;          /* numbers for new ids */
};

static unsigned pick(struct rewriting *r, unsigned count)
{
    return bpmn_making_pick(&r->newer->making, count);
}

static void list_add(struct buffer *list, struct slice id)
{
    buffer_printf(list, " %.*s ", (int)id.size, id.data);
}

static bool list_has(const struct buffer *list, struct slice id)
{
    char word[40];
    const int size = snprintf(word, sizeof word, " %.*s ", (int)id.size, id.data);
    return list->size > 0 && memmem(list->data, list->size, word, (size_t)size) != NULL;
}

/* ---- reading ---- */

/* The value behind `name='` in a tag; empty when it has none. */
static struct slice attribute(struct slice tag, const char *name)
{
    char word[40];
    const int size = snprintf(word, sizeof word, " %s='", name);
    const char *at = memmem(tag.data, tag.size, word, (size_t)size);
    if (at == NULL) {
        return SLICE("");
    }
    at += size;
    const char *end = memchr(at, '\'', tag.size - (size_t)(at - tag.data));
    check(end != NULL);
    return slice_of(at, (size_t)(end - at));
}

/* From `from` on up to the end of `word`. */
static struct slice up_to(struct slice text, size_t from, const char *word)
{
    const char *begin = text.data + from;
    const char *end = memmem(begin, text.size - from, word, strlen(word));
    check(end != NULL);
    return slice_of(begin, (size_t)(end - begin) + strlen(word));
}

static bool begins(struct slice tag, const char *word)
{
    const size_t size = strlen(word);
    return tag.size >= size && memcmp(tag.data, word, size) == 0;
}

/* An element from its tag to the end of it. */
static struct slice whole_of(struct slice text, size_t from, struct slice tag)
{
    char end[40];
    if (tag.size >= 2 && memcmp(tag.data + tag.size - 2, "/>", 2) == 0) {
        return tag;
    }
    const size_t size = strcspn(tag.data + 1, " >");
    (void)snprintf(end, sizeof end, "</%.*s>", (int)size, tag.data + 1);
    return up_to(text, from, end);
}

/* ---- what becomes another ---- */

/* Border events that end what they stand at may go: their way is one of two into a gateway. */
static bool may_go(struct slice whole)
{
    return memmem(whole.data, whole.size, "cancelActivity", 14) == NULL &&
           memmem(whole.data, whole.size, "<errorEvent", 11) == NULL &&
           memmem(whole.data, whole.size, "<escalationEvent", 16) == NULL;
}

/* The only way on from `id` in the older model is one without a condition. */
static bool leaves_by_one(const struct rewriting *r, struct slice id)
{
    char word[40];
    const int size = snprintf(word, sizeof word, " sourceRef='%.*s'", (int)id.size, id.data);
    const char *at = memmem(r->older.data, r->older.size, word, (size_t)size);
    if (at == NULL) {
        return false;
    }
    const size_t behind = (size_t)(at - r->older.data) + (size_t)size;
    const struct slice rest = slice_of(r->older.data + behind, r->older.size - behind);
    const struct slice end = up_to(rest, 0, ">");
    return end.data[end.size - 2] == '/' &&
           memmem(rest.data, rest.size, word, (size_t)size) == NULL;
}

static void renamed(struct rewriting *r, struct slice id)
{
    struct bpmn_newer *newer = r->newer;
    check(newer->count < BPMN_NEWER_MAX);
    newer->replacements[newer->count].from = id;
    newer->replacements[newer->count++].to = SLICE("");
}

/* First pass: what goes, what is watched, what has another name. */
static void decide(struct rewriting *r)
{
    for (size_t at = 0; at < r->older.size; at++) {
        if (r->older.data[at] != '<') {
            continue;
        }
        const struct slice tag = up_to(r->older, at, ">");
        const struct slice id = attribute(tag, "id");
        if (id.size < 2 || memchr("nfdp", id.data[0], 4) == NULL) {
            continue; /* "p" itself is what people start */
        }
        if (begins(tag, "<eventBasedGateway")) {
            list_add(&r->gateways, id);
        }
        if (begins(tag, "<boundaryEvent") && may_go(whole_of(r->older, at, tag)) &&
            pick(r, 3) == 0) {
            list_add(&r->removed, id);
            r->newer->removed++;
            continue;
        }
        if (begins(tag, "<userTask") && leaves_by_one(r, id) && pick(r, 3) == 0) {
            list_add(&r->watched, id);
        }
        if (r->newer->count < BPMN_NEWER_MAX && pick(r, 3) == 0) {
            renamed(r, id);
        }
    }
}

/* Every other name: an "x" in front. */
static void names_make(struct rewriting *r)
{
    struct bpmn_newer *newer = r->newer;
    for (size_t i = 0; i < newer->count; i++) {
        const struct slice from = newer->replacements[i].from;
        buffer_printf(&newer->names, "%.*sx%.*s", (int)from.size, from.data, (int)from.size,
                      from.data);
        newer->renamed += from.data[0] != 'f' && from.data[0] != 'd';
    }
    check(!buffer_failed(&newer->names));
    const char *at = newer->names.data;
    for (size_t i = 0; i < newer->count; i++) {
        const size_t size = newer->replacements[i].from.size;
        newer->replacements[i].from = slice_of(at, size);
        newer->replacements[i].to = slice_of(at + size, size + 1);
        at += 2 * size + 1;
    }
}

static struct slice now_of(const struct rewriting *r, struct slice id)
{
    for (size_t i = 0; i < r->newer->count; i++) {
        if (slice_equal(r->newer->replacements[i].from, id)) {
            return r->newer->replacements[i].to;
        }
    }
    return id;
}

/* ---- writing ---- */

/* A tag with the names of now. All that stands in quotes and is an id of the older model is one. */
static void tag_write(struct rewriting *r, struct slice tag)
{
    struct slice rest = tag;
    while (rest.size > 0) {
        const char *quote = memchr(rest.data, '\'', rest.size);
        if (quote == NULL) {
            buffer_append(r->out, rest);
            return;
        }
        const size_t before = (size_t)(quote - rest.data) + 1;
        const char *end = memchr(quote + 1, '\'', rest.size - before);
        check(end != NULL);
        buffer_append(r->out, slice_of(rest.data, before));
        buffer_append(r->out, now_of(r, slice_of(quote + 1, (size_t)(end - quote) - 1)));
        buffer_append_byte(r->out, '\'');
        const size_t taken = (size_t)(end - rest.data) + 1;
        rest = slice_of(rest.data + taken, rest.size - taken);
    }
}

static void flow_write(struct rewriting *r, const char *id, const char *from, const char *to)
{
    buffer_printf(r->out, "<sequenceFlow id='%s' sourceRef='%s' targetRef='%s'/>", id, from, to);
}

struct ends {
    char id[24];
    char from[24];
    char to[24];
};

static struct ends ends_of(const struct rewriting *r, struct slice tag)
{
    struct ends ends;
    const struct slice id = now_of(r, attribute(tag, "id"));
    const struct slice from = now_of(r, attribute(tag, "sourceRef"));
    const struct slice to = now_of(r, attribute(tag, "targetRef"));
    (void)snprintf(ends.id, sizeof ends.id, "%.*s", (int)id.size, id.data);
    (void)snprintf(ends.from, sizeof ends.from, "%.*s", (int)from.size, from.data);
    (void)snprintf(ends.to, sizeof ends.to, "%.*s", (int)to.size, to.data);
    return ends;
}

/* The way on leads through something new. The part that arrives keeps the name: a token that waits
 * at a join knows it. */
static void flow_through_new(struct rewriting *r, const struct ends *ends)
{
    static const char *const news[] = {"task", "serviceTask", "intermediateThrowEvent", "userTask"};
    const unsigned kind = pick(r, 4);
    char id[24];
    char flow[24];
    (void)snprintf(id, sizeof id, "a%u", r->made);
    (void)snprintf(flow, sizeof flow, "af%u", r->made++);
    buffer_printf(r->out, "<%s id='%s'%s/>", news[kind], id,
                  kind == 1   ? " h:topic='work'"
                  : kind == 3 ? " h:candidateRoles='reviewer'"
                              : "");
    if (kind == 3) {
        buffer_printf(&r->newer->making.users, "%s\n", id);
    }
    r->newer->added++;
    flow_write(r, flow, ends->from, id);
    flow_write(r, ends->id, id, ends->to);
}

/* A timer at the border of a task, whose way joins the task's own behind it. */
static void flow_watched(struct rewriting *r, const struct ends *ends)
{
    char id[24];
    char late[24];
    char flows[2][24];
    (void)snprintf(id, sizeof id, "g%u", r->made);
    (void)snprintf(late, sizeof late, "b%u", r->made);
    (void)snprintf(flows[0], sizeof flows[0], "gf%u", r->made);
    (void)snprintf(flows[1], sizeof flows[1], "bf%u", r->made++);
    buffer_printf(r->out,
                  "<boundaryEvent id='%s' attachedToRef='%s'><timerEventDefinition><timeDuration>"
                  "PT%uH</timeDuration></timerEventDefinition></boundaryEvent>"
                  "<exclusiveGateway id='%s'/>",
                  late, ends->from, 1 + pick(r, 8), id);
    r->newer->added++;
    flow_write(r, flows[0], ends->from, id);
    flow_write(r, flows[1], late, id);
    flow_write(r, ends->id, id, ends->to);
}

static void flow_rewrite(struct rewriting *r, struct slice tag)
{
    const struct slice from = attribute(tag, "sourceRef");
    const bool plain = attribute(tag, "id").data[0] == 'f' && tag.data[tag.size - 2] == '/';
    const struct ends ends = ends_of(r, tag);
    if (list_has(&r->removed, from)) {
        return;
    }
    if (plain && list_has(&r->watched, from)) {
        flow_watched(r, &ends);
    } else if (plain && !list_has(&r->gateways, from) && pick(r, 4) == 0) {
        flow_through_new(r, &ends);
    } else {
        tag_write(r, tag);
    }
}

/* Second pass. */
static void rewrite(struct rewriting *r)
{
    size_t at = 0;
    while (at < r->older.size) {
        if (r->older.data[at] != '<') {
            buffer_append_byte(r->out, (char)r->older.data[at++]);
            continue;
        }
        const struct slice tag = up_to(r->older, at, ">");
        if (begins(tag, "<sequenceFlow")) {
            flow_rewrite(r, tag);
        } else if (begins(tag, "<boundaryEvent") && list_has(&r->removed, attribute(tag, "id"))) {
            at += whole_of(r->older, at, tag).size;
            continue;
        } else {
            tag_write(r, tag);
        }
        at += tag.size;
    }
}

void bpmn_newer_make(struct bpmn_newer *newer, const struct bpmn_making *older, uint64_t seed)
{
    *newer = (struct bpmn_newer){.making = {.random = ~seed, .processes = older->processes}};
    struct rewriting r = {
        .newer = newer, .older = buffer_slice(&older->xml), .out = &newer->making.xml};
    struct slice users = buffer_slice(&older->users);
    struct slice user;
    decide(&r);
    names_make(&r);
    rewrite(&r);
    while (users.size > 0 && slice_split(&users, '\n', &user)) {
        const struct slice now = now_of(&r, user);
        buffer_printf(&newer->making.users, "%.*s\n", (int)now.size, now.data);
    }
    check(!buffer_failed(&newer->making.xml) && !buffer_failed(&newer->making.users));
    check(!buffer_failed(&r.removed) && !buffer_failed(&r.watched) && !buffer_failed(&r.gateways));
    buffer_release(&r.removed);
    buffer_release(&r.watched);
    buffer_release(&r.gateways);
}

void bpmn_newer_release(struct bpmn_newer *newer)
{
    bpmn_making_release(&newer->making);
    buffer_release(&newer->names);
}
