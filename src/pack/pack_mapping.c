/* What the mappings of a process are judged by beyond their form: who sees a task that is overdue,
 * and personal data that gets a name without its class. */
#include "pack/pack_mapping.h"

enum { SHOWN_MAX = 200 /* bytes of a name in a finding */ };

static int shown(struct slice text)
{
    return (int)(text.size > SHOWN_MAX ? SHOWN_MAX : text.size);
}

static bool in_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           (uint8_t)c >= 0x80;
}

/* An expression that is one text, without its quotes; false when it is another. */
static bool literal_read(struct slice source, struct slice *ret_text)
{
    const struct slice text = slice_trim(source);

    if (text.size < 2 || text.data[0] != '"' ||
        memchr(text.data + 1, '"', text.size - 1) != text.data + text.size - 1) {
        return false;
    }
    *ret_text = slice_of(text.data + 1, text.size - 2);
    return true;
}

/* Whether an expression names something, outside of its texts. */
static bool reads(struct slice source, struct slice name)
{
    bool quoted = false;

    for (size_t i = 0; i + name.size <= source.size; i++) {
        quoted = quoted != (source.data[i] == '"' && (i == 0 || source.data[i - 1] != '\\'));
        const size_t end = i + name.size;
        if (!quoted && (i == 0 || !in_word(source.data[i - 1])) &&
            (end == source.size || !in_word(source.data[end])) &&
            memcmp(source.data + i, name.data, name.size) == 0) {
            return true;
        }
    }
    return false;
}

static void judge_escalation(struct pack *pack, struct slice file, const struct bpmn_node *node,
                             const struct bpmn_mapping *mapping)
{
    struct slice role;

    if (slice_equal(mapping->target, SLICE("escalation")) &&
        literal_read(mapping->source.text, &role) && role.size > 0 &&
        !pack_role_known(pack, role)) {
        pack_report(pack, true, file, node->line, node->id,
                    "the role '%.*s' of its escalation is not in roles.csv", shown(role),
                    role.data);
    }
}

static void judge_personal(struct pack *pack, struct slice file, const struct bpmn_node *node,
                           const struct bpmn_mapping *mapping)
{
    const struct slice target = mapping->target;
    enum personal its;

    if (pack_personal_find(pack, target, &its)) {
        return;
    }
    for (size_t i = 0; i < pack->personal_count; i++) {
        const struct slice name = pack->personal[i].name;
        if ((i == 0 || !slice_equal(name, pack->personal[i - 1].name)) &&
            reads(mapping->source.text, name)) {
            pack_report(pack, false, file, node->line, node->id,
                        "the mapping to '%.*s' reads '%.*s', which is personal data: where it "
                        "passes it on, name the target in a form with its class",
                        shown(target), target.data, shown(name), name.data);
        }
    }
}

void pack_mappings_judge(struct pack *pack)
{
    const struct bpmn_model *model = pack->processes;

    for (uint32_t i = 0; model != NULL && i < model->node_count; i++) {
        const struct bpmn_node *node = &model->nodes[i];
        const struct slice file = model->documents[node->document].name;
        const struct bpmn_mapping *const lists[] = {node->inputs, node->outputs};
        for (size_t k = 0; k < 2; k++) {
            for (const struct bpmn_mapping *at = lists[k]; at != NULL; at = at->next) {
                judge_escalation(pack, file, node, at);
                judge_personal(pack, file, node, at);
            }
        }
    }
}
