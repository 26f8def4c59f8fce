/* The group of a customer: the web of shares around it, read from the store node by node, and what
 * it comes to. */
#include "customer/customer_internal.h"
#include "customer/customer_tie.h"

struct web {
    struct store *store;
    struct arena *arena;
    date_days day;
    struct slice *nodes; /* ids, room for CONTROL_NODES_MAX */
    size_t node_count;
    struct customer_tie *ties; /* room for CONTROL_EDGES_MAX */
    size_t tie_count;
    struct control_edge *edges;
    size_t edge_count;
    bool complete;
};

/* The number of a node, added when it is new; CONTROL_NODES_MAX when there is no room. */
static uint32_t node_of(struct web *web, struct slice id)
{
    for (size_t i = 0; i < web->node_count; i++) {
        if (slice_equal(web->nodes[i], id)) {
            return (uint32_t)i;
        }
    }
    if (web->node_count == CONTROL_NODES_MAX) {
        web->complete = false;
        return CONTROL_NODES_MAX;
    }
    web->nodes[web->node_count] = id;
    return (uint32_t)web->node_count++;
}

static bool tie_known(const struct web *web, const struct customer_tie *tie)
{
    for (size_t i = 0; i < web->tie_count; i++) {
        if (web->ties[i].number == tie->number &&
            slice_equal(web->ties[i].customer, tie->customer)) {
            return true;
        }
    }
    return false;
}

/* Takes a tie that holds on the day; shares and control bring their ends into the web. */
static void tie_take(struct web *web, const struct customer_tie *tie, bool dependence)
{
    const bool holds = tie->since <= web->day && (tie->until == DATE_NONE || tie->until > web->day);

    if (!holds || (tie->kind == CUSTOMER_TIE_DEPENDENCE) != dependence || tie_known(web, tie)) {
        return;
    }
    if (web->tie_count == CONTROL_EDGES_MAX) {
        web->complete = false;
        return;
    }
    if (!dependence) {
        const uint32_t holder = node_of(web, tie->other);
        const uint32_t held = node_of(web, tie->customer);
        if (holder == CONTROL_NODES_MAX || held == CONTROL_NODES_MAX) {
            return;
        }
        web->edges[web->edge_count++] =
            (struct control_edge){holder, held, tie->share, tie->kind == CUSTOMER_TIE_CONTROL};
    }
    web->ties[web->tie_count++] = *tie;
}

static enum customer_status node_load(struct web *web, struct slice id, bool dependence)
{
    static const enum store_query queries[] = {QUERY_CUSTOMER_TIES, QUERY_CUSTOMER_TIES_OF_OTHER};

    for (size_t i = 0; i < 2; i++) {
        struct customer_tie *ties;
        size_t count;
        TRY(customer_ties_read(web->store, &ties, &count, web->arena, queries[i], id));
        for (size_t j = 0; j < count; j++) {
            tie_take(web, &ties[j], dependence);
        }
    }
    return CUSTOMER_OK;
}

static bool member_known(const struct customer_group *group, struct slice id)
{
    for (size_t i = 0; i < group->member_count; i++) {
        if (slice_equal(group->members[i].id, id)) {
            return true;
        }
    }
    return false;
}

/* By control: all that a top of the customer controls, and the tops. The customer is node 0. */
static void controlled_take(struct customer_group *group, const struct web *web,
                            const struct control_web *control)
{
    for (uint32_t node = 0; node < web->node_count; node++) {
        struct customer_member member = {.id = web->nodes[node], .by_control = true};
        bool inside = node == 0;
        for (uint32_t top = 0; top < web->node_count; top++) {
            if (control_top(control, top, 0)) {
                inside = inside || top == node || control_is(control, top, node);
                member.is_top = member.is_top || top == node;
            }
            member.in_loop = member.in_loop ||
                             (control_is(control, top, node) && control_is(control, node, top));
        }
        if (inside) {
            group->members[group->member_count++] = member;
        }
    }
}

/* By dependence: whoever is tied to one of those by control, in either direction. */
static enum customer_status dependent_take(struct customer_group *group, struct web *web)
{
    const size_t controlled = group->member_count;
    const size_t before = web->tie_count;

    for (size_t i = 0; i < controlled; i++) {
        TRY(node_load(web, group->members[i].id, true));
    }
    for (size_t i = before; i < web->tie_count; i++) {
        const struct slice ends[] = {web->ties[i].customer, web->ties[i].other};
        for (size_t j = 0; j < 2; j++) {
            if (!member_known(group, ends[j])) {
                group->members[group->member_count++] = (struct customer_member){.id = ends[j]};
            }
        }
    }
    return CUSTOMER_OK;
}

enum customer_status customer_group_read(struct store *store, struct customer_group *ret_group,
                                         struct arena *arena, struct slice id, date_days day)
{
    struct web web = {.store = store, .arena = arena, .day = day, .complete = true};
    const size_t members_max = CONTROL_NODES_MAX + 2 * (size_t)CONTROL_EDGES_MAX;
    struct customer_group group = {
        .members = arena_take_array(arena, members_max, sizeof(*group.members))};

    web.nodes = arena_take_array(arena, CONTROL_NODES_MAX, sizeof(*web.nodes));
    web.ties = arena_take_array(arena, CONTROL_EDGES_MAX, sizeof(*web.ties));
    web.edges = arena_take_array(arena, CONTROL_EDGES_MAX, sizeof(*web.edges));
    REQUIRE(group.members != NULL && web.nodes != NULL && web.ties != NULL && web.edges != NULL,
            CUSTOMER_NO_MEMORY);
    (void)node_of(&web, id);
    for (size_t i = 0; i < web.node_count; i++) {
        TRY(node_load(&web, web.nodes[i], false));
    }
    struct control_web control = {
        .edges = web.edges, .edge_count = web.edge_count, .node_count = web.node_count};
    REQUIRE(control_compute(&control, arena), CUSTOMER_NO_MEMORY);
    controlled_take(&group, &web, &control);
    TRY(dependent_take(&group, &web));
    group.ties = web.ties;
    group.tie_count = web.tie_count;
    group.complete = web.complete;
    *ret_group = group;
    return CUSTOMER_OK;
}
