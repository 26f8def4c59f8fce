#include "bpmn_models.h"

#include <stdio.h>

#include "base/check.h"

const char bpmn_making_rules[] =
    "<definitions xmlns='https://www.omg.org/spec/DMN/20191111/MODEL/' id='d' name='rules' "
    "namespace='urn:random:rules'><inputData id='i' name='choice'><variable name='choice'/>"
    "</inputData><decision id='turn' name='turn'><variable name='turn'/><informationRequirement>"
    "<requiredInput href='#i'/></informationRequirement><literalExpression>"
    "<text>if choice = null then 0 else modulo(choice + 1, 3)</text></literalExpression>"
    "</decision></definitions>";

unsigned bpmn_making_pick(struct bpmn_making *g, unsigned count)
{
    g->random += 0x9e3779b97f4a7c15ULL;
    uint64_t mixed = g->random;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9ULL;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebULL;
    return (unsigned)((mixed ^ (mixed >> 31)) % count);
}

static unsigned pick(struct bpmn_making *g, unsigned count)
{
    return bpmn_making_pick(g, count);
}

static void flow(struct bpmn_making *g, unsigned from, unsigned to, bool conditional)
{
    buffer_printf(&g->rest, "<sequenceFlow id='f%u' sourceRef='n%u' targetRef='n%u'", g->elements++,
                  from, to);
    if (conditional) {
        buffer_printf(&g->rest,
                      "><conditionExpression>choice = %u</conditionExpression></sequenceFlow>",
                      pick(g, 3));
    } else {
        buffer_append_cstr(&g->rest, "/>");
    }
}

static void default_flow(struct bpmn_making *g, unsigned from, unsigned to)
{
    buffer_printf(&g->rest, "<sequenceFlow id='d%u' sourceRef='n%u' targetRef='n%u'/>", from, from,
                  to);
}

/* In: open  the kind, and attributes behind it */
static unsigned element(struct bpmn_making *g, const char *open, const char *inside)
{
    const unsigned id = g->elements++;
    const int size = (int)strcspn(open, " ");
    g->left -= g->left > 0;
    buffer_printf(&g->xml, "<%.*s id='n%u'%s>%s</%.*s>", size, open, id, open + size, inside, size,
                  open);
    if (strncmp(open, "userTask", 8) == 0) {
        buffer_printf(&g->users, "n%u\n", id);
    }
    return id;
}

/* A gateway that chooses has a default flow, named after it. */
static unsigned chooser(struct bpmn_making *g, const char *kind)
{
    const unsigned id = g->elements++;
    buffer_printf(&g->xml, "<%s id='n%u' default='d%u'/>", kind, id, id);
    return id;
}

struct block {
    unsigned first;
    unsigned last;
};

static struct block make_block(struct bpmn_making *g, unsigned depth);

/* ---- single elements ---- */

/* A multi-instance activity, one time in five. */
static const char *many(struct bpmn_making *g, char *text, size_t size)
{
    text[0] = '\0';
    if (pick(g, 5) == 0) {
        const bool sequential = pick(g, 2) == 0;
        const unsigned count = pick(g, 4);
        (void)snprintf(text, size,
                       "<multiInstanceLoopCharacteristics%s><loopCardinality>%u</loopCardinality>"
                       "%s</multiInstanceLoopCharacteristics>",
                       sequential ? " isSequential='true'" : "", count,
                       pick(g, 2) == 0 ? "<completionCondition>numberOfCompletedInstances >= 2"
                                         "</completionCondition>"
                                       : "");
    }
    return text;
}

static unsigned user_task(struct bpmn_making *g, const char *inside)
{
    static const char *const roles[] = {"reviewer", "decider"};
    char open[64];
    (void)snprintf(open, sizeof open, "userTask h:candidateRoles='%s'",
                   inside[0] != '\0' ? "member" : roles[pick(g, 2)]);
    return element(g, open, inside);
}

static struct block make_task(struct bpmn_making *g)
{
    static const char *const kinds[] = {"serviceTask h:topic='work'", "task", "manualTask",
                                        "sendTask",
                                        "businessRuleTask h:decision='turn' h:result='choice'"};
    static const char mapped[] =
        "<extensionElements><h:input target='given' source='= choice'/>"
        "<h:output target='choice' source='= choice'/></extensionElements>";
    char inside[640];
    char text[512];
    const unsigned kind = pick(g, g->rich ? 6 : 5);
    (void)many(g, text, sizeof text);
    if (kind == 0) {
        const unsigned id = user_task(g, text);
        return (struct block){id, id};
    }
    (void)snprintf(inside, sizeof inside, "%s%s",
                   g->rich && kind == 1 && pick(g, 2) == 0 ? mapped : "", text);
    const unsigned id = element(g, kinds[kind - 1], inside);
    return (struct block){id, id};
}

#define MESSAGE_EVENT(attribute) "<messageEventDefinition" attribute "/>"
#define TIMER_EVENT(attribute, duration)                                                           \
    "<timerEventDefinition" attribute "><timeDuration>" duration                                   \
    "</timeDuration></timerEventDefinition>"

static struct block make_event(struct bpmn_making *g)
{
    static const char *const events[][2] = {
        {"intermediateCatchEvent", TIMER_EVENT("", "PT1H")},
        {"intermediateCatchEvent", MESSAGE_EVENT("")},
        {"intermediateThrowEvent", MESSAGE_EVENT("")},
        {"intermediateThrowEvent", ""},
        {"receiveTask", ""},
        {"intermediateCatchEvent", TIMER_EVENT(" h:calendar='business'", "P1D")},
        {"intermediateCatchEvent", MESSAGE_EVENT(" messageRef='m0'")},
        {"intermediateThrowEvent", MESSAGE_EVENT(" messageRef='m0'")},
        {"receiveTask messageRef='m0'", ""},
    };
    const unsigned which = pick(g, g->rich ? 9 : 5);
    const unsigned id = element(g, events[which][0], events[which][1]);
    return (struct block){id, id};
}

/* ---- structures ---- */

static struct block make_sequence(struct bpmn_making *g, unsigned depth)
{
    struct block all = make_block(g, depth + 1);
    for (unsigned i = depth == 0 ? 2 + pick(g, 4) : pick(g, 3); i > 0; i--) {
        const struct block next = make_block(g, depth + 1);
        flow(g, all.last, next.first, false);
        all.last = next.last;
    }
    return all;
}

/* A split and its join of one kind. */
static struct block make_branches(struct bpmn_making *g, unsigned depth)
{
    static const char *const kinds[] = {"exclusiveGateway", "parallelGateway", "inclusiveGateway"};
    const unsigned kind = pick(g, 3);
    const unsigned branches = 2 + pick(g, 2);
    const unsigned split = kind == 1 ? element(g, kinds[1], "") : chooser(g, kinds[kind]);
    const unsigned join = element(g, kinds[g->mismatched ? pick(g, 3) : kind], "");
    for (unsigned i = 0; i < branches; i++) {
        const struct block branch = make_block(g, depth + 1);
        if (i == 0 && kind != 1) {
            default_flow(g, split, branch.first);
        } else {
            flow(g, split, branch.first, kind != 1);
        }
        flow(g, branch.last, join, false);
    }
    return (struct block){split, join};
}

/* A body that a person may have done again; left by the default flow. */
static struct block make_loop(struct bpmn_making *g, unsigned depth)
{
    const unsigned merge = element(g, "exclusiveGateway", "");
    g->loops++;
    const struct block body = make_block(g, depth + 1);
    g->loops--;
    const unsigned wait = user_task(g, "");
    const unsigned split = chooser(g, "exclusiveGateway");
    const unsigned behind = element(g, "task", "");
    flow(g, merge, body.first, false);
    flow(g, body.last, wait, false);
    flow(g, wait, split, false);
    flow(g, split, merge, true);
    default_flow(g, split, behind);
    return (struct block){merge, behind};
}

static struct block make_event_choice(struct bpmn_making *g)
{
    const unsigned gateway = element(g, "eventBasedGateway", "");
    const unsigned timer = element(g, "intermediateCatchEvent", TIMER_EVENT("", "PT2H"));
    const unsigned message = element(g, "receiveTask", "");
    const unsigned merge = element(g, "exclusiveGateway", "");
    flow(g, gateway, timer, false);
    flow(g, gateway, message, false);
    flow(g, timer, merge, false);
    flow(g, message, merge, false);
    return (struct block){gateway, merge};
}

/* Choices that jump forwards and, through a wait, backwards, without any nesting: one token, so
 * that it is sound while every element can reach the last. */
static struct block make_jumble(struct bpmn_making *g)
{
    enum { SIZE = 6 };
    unsigned nodes[SIZE + 1];
    for (unsigned i = 0; i < SIZE; i++) {
        nodes[i] = chooser(g, "exclusiveGateway");
    }
    nodes[SIZE] = element(g, "exclusiveGateway", "");
    for (unsigned i = 0; i < SIZE; i++) {
        default_flow(g, nodes[i], nodes[i + 1]);
        flow(g, nodes[i], nodes[i + 1 + pick(g, SIZE - i)], true);
        if (i > 0 && pick(g, 3) == 0) {
            const unsigned wait = user_task(g, "");
            flow(g, nodes[i], wait, true);
            flow(g, wait, nodes[pick(g, i)], false);
        }
    }
    return (struct block){nodes[0], nodes[SIZE]};
}

/* ---- what has a body, and what stands at the border ---- */

#define ERROR_EVENT "<errorEventDefinition errorRef='e1'/>"
#define ESCALATION_EVENT "<escalationEventDefinition escalationRef='x1'/>"

/* A boundary event; one that does not interrupt leads to an end of its own. */
static unsigned make_boundary(struct bpmn_making *g, unsigned host, const char *event,
                              bool interrupting, unsigned merge)
{
    const unsigned boundary = g->elements++;
    buffer_printf(&g->xml, "<boundaryEvent id='n%u' attachedToRef='n%u'%s>%s</boundaryEvent>",
                  boundary, host, interrupting ? "" : " cancelActivity='false'", event);
    if (interrupting) {
        flow(g, boundary, merge, false);
    } else {
        const unsigned note = element(g, pick(g, 2) == 0 ? "sendTask" : "serviceTask", "");
        flow(g, boundary, note, false);
        flow(g, note, element(g, "endEvent", ""), false);
    }
    return boundary;
}

/* A task that an error, a timer or a message may end or accompany. */
static struct block make_guarded(struct bpmn_making *g)
{
    static const char *const events[] = {ERROR_EVENT, TIMER_EVENT("", "PT5H"),
                                         MESSAGE_EVENT(" messageRef='m0'")};
    const unsigned event = pick(g, 3);
    char text[512];
    (void)many(g, text, sizeof text);
    const unsigned id =
        event == 0 ? element(g, "serviceTask h:topic='risky'", text) : user_task(g, text);
    const bool interrupting = event == 0 || g->loops > 0 || pick(g, 2) == 0;
    const unsigned merge = element(g, "exclusiveGateway", "");
    (void)make_boundary(g, id, events[event], interrupting, merge);
    flow(g, id, merge, false);
    return (struct block){id, merge};
}

/* What is done inside a sub-process or a called process.
 * In: before  an element in front of the body, NULL: none; end  definition of the end event */
static struct buffer make_body(struct bpmn_making *g, unsigned depth, const char *before,
                               const char *end_event)
{
    struct buffer outer = g->xml;
    struct buffer flows = g->rest;
    const unsigned loops = g->loops;
    buffer_init(&g->xml);
    buffer_init(&g->rest);
    g->loops = 0;
    const unsigned start = element(g, "startEvent", "");
    const struct block body = make_block(g, depth + 1);
    const unsigned end = element(g, "endEvent", end_event);
    if (before != NULL) {
        const unsigned thrown = element(g, "intermediateThrowEvent", before);
        flow(g, start, thrown, false);
        flow(g, thrown, body.first, false);
    } else {
        flow(g, start, body.first, false);
    }
    flow(g, body.last, end, false);
    struct buffer inner = g->xml;
    buffer_append(&inner, buffer_slice(&g->rest));
    buffer_release(&g->rest);
    g->xml = outer;
    g->rest = flows;
    g->loops = loops;
    return inner;
}

/* A sub-process or a called process: alone, or with an error, a timer, a message or an escalation
 * at its border. */
static struct block make_inside(struct bpmn_making *g, unsigned depth)
{
    enum { ALONE, FAILS, LATE, RAISES, TOLD, TERMINATES };
    static const char *const events[] = {"",
                                         ERROR_EVENT,
                                         TIMER_EVENT("", "PT3H"),
                                         ESCALATION_EVENT,
                                         MESSAGE_EVENT(" messageRef='m0'"),
                                         ""};
    const unsigned id = g->elements++;
    const unsigned form = pick(g, g->rich ? 6 : 3);
    const bool called = g->rich && pick(g, 3) == 0;
    const bool interrupting = form <= LATE || g->loops > 0 || pick(g, 2) == 0;
    char text[512] = "";
    struct buffer inner = make_body(g, depth, form == RAISES ? events[RAISES] : NULL,
                                    form == FAILS        ? events[FAILS]
                                    : form == TERMINATES ? "<terminateEventDefinition/>"
                                                         : "");
    if (g->rich) {
        (void)many(g, text, sizeof text);
    }
    if (called) {
        buffer_printf(&g->others, "<process id='p%u' isExecutable='false'>", g->processes);
        buffer_append(&g->others, buffer_slice(&inner));
        buffer_append_cstr(&g->others, "</process>");
        buffer_printf(&g->xml, "<callActivity id='n%u' calledElement='p%u'>%s</callActivity>", id,
                      g->processes++, text);
    } else {
        buffer_printf(&g->xml, "<subProcess id='n%u'>%s", id, text);
        buffer_append(&g->xml, buffer_slice(&inner));
        buffer_append_cstr(&g->xml, "</subProcess>");
    }
    buffer_release(&inner);
    if (events[form][0] == '\0') {
        return (struct block){id, id};
    }
    const unsigned merge = element(g, "exclusiveGateway", "");
    (void)make_boundary(g, id, events[form], interrupting, merge);
    flow(g, id, merge, false);
    return (struct block){id, merge};
}

static struct block make_block(struct bpmn_making *g, unsigned depth)
{
    if (depth > 6 || g->left == 0) {
        return make_task(g);
    }
    switch (pick(g, g->rich ? 11 : 9)) {
    case 0:
        return make_event(g);
    case 1:
    case 2:
        return make_sequence(g, depth);
    case 3:
    case 4:
        return make_branches(g, depth);
    case 5:
        return make_loop(g, depth);
    case 6:
        return make_inside(g, depth);
    case 7:
        return pick(g, 2) == 0 ? make_event_choice(g) : make_jumble(g);
    case 9:
        return make_guarded(g);
    case 10:
        return make_inside(g, depth);
    default:
        return make_task(g);
    }
}

void bpmn_making_run(struct bpmn_making *g, uint64_t seed, bool mismatched, bool rich)
{
    *g = (struct bpmn_making){
        .random = seed, .left = 30, .processes = 1, .mismatched = mismatched, .rich = rich};
    buffer_append_cstr(&g->xml, "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' "
                                "xmlns:h='urn:headroom:bpmn'><message id='m0' name='note' "
                                "h:correlationKey='= \"k\" + string(choice)'/><error id='e1' "
                                "errorCode='E1'/><escalation id='x1' escalationCode='X1'/>"
                                "<process id='p' isExecutable='true'>");
    const unsigned start = element(g, "startEvent", "");
    const struct block body = make_sequence(g, 0);
    const unsigned end = element(g, "endEvent", "");
    flow(g, start, body.first, false);
    flow(g, body.last, end, false);
    buffer_append(&g->xml, buffer_slice(&g->rest));
    buffer_append_cstr(&g->xml, "</process>");
    buffer_append(&g->xml, buffer_slice(&g->others));
    buffer_append_cstr(&g->xml, "</definitions>");
    buffer_release(&g->rest);
    buffer_release(&g->others);
    check(!buffer_failed(&g->xml) && !buffer_failed(&g->users));
}

void bpmn_making_release(struct bpmn_making *g)
{
    buffer_release(&g->xml);
    buffer_release(&g->users);
}
