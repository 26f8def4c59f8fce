/* Which of the pack's limits stand over a group after a move of it, and who stands below them. */
#include "credit/group_move_internal.h"

enum { OWN_ID_SIZE = 40, OWN_ROOM = 2000, TOTAL_PARENTS_SIZE = 33 * (GROUP_RULES_MAX + 1) };

/* ---- by which limits of the pack ---- */

/* Those in force at the organisation of the group that stays. */
static enum credit_status rules_of_today(struct group_planning *planning)
{
    struct group_plan *plan = planning->plan;
    const struct obligor_group *stays =
        planning->move->request.kind == GROUP_MOVE_MERGE ? &plan->to : &plan->from;
    struct pack_activation activation;
    const struct pack *pack;

    const enum pack_status found =
        pack_in_force(planning->store, &activation, planning->arena, stays->path, INT64_MAX);
    if (found == PACK_STATUS_NOT_FOUND) {
        return CREDIT_OK;
    }
    TRY(credit_from_pack(found));
    TRY(credit_from_pack(
        pack_shelf_take(planning->shelf, &pack, planning->store, activation.pack)));
    plan->has_pack = true;
    return pack_rules(&plan->rules, &plan->rule_count, planning->arena, pack, SLICE(""),
                      customer_today(planning->actor->now));
}

enum credit_status group_rules_take(struct group_planning *planning)
{
    struct group_plan *plan = planning->plan;

    if (planning->move->rules.size > 0) {
        plan->has_pack = true;
        return credit_rules_read(&plan->rules, &plan->rule_count, planning->arena,
                                 planning->move->rules);
    }
    return planning->shelf == NULL ? CREDIT_OK : rules_of_today(planning);
}

/* ---- over each group ---- */

static unsigned types_of(struct slice types)
{
    unsigned set = 0;

    for (unsigned type = 0; type < CUSTOMER_TYPE_COUNT; type++) {
        if (credit_types_have(types, customer_type_name((enum customer_type)type))) {
            set |= 1U << type;
        }
    }
    return set;
}

static const struct credit_rule *rule_of(const struct group_plan *plan, struct slice id,
                                         enum currency currency)
{
    for (size_t i = 0; i < plan->rule_count; i++) {
        if (plan->rules[i].of_group && plan->rules[i].currency == currency &&
            slice_equal(plan->rules[i].id, id)) {
            return &plan->rules[i];
        }
    }
    return NULL;
}

/* What becomes of a limit that stands. Without a pack it stays as it is. */
static void standing_plan(const struct group_plan *plan, struct group_side *side,
                          const struct group_rule *standing)
{
    struct group_rule_turn *turn = &side->rules[side->rule_count++];

    *turn = (struct group_rule_turn){.was = *standing, .is = *standing};
    if (!plan->has_pack) {
        return;
    }
    turn->rule = rule_of(plan, standing->rule, standing->currency);
    if (turn->rule == NULL) {
        turn->is.closed = true;
        side->reforms = true;
        return;
    }
    turn->is.types = turn->rule->types;
    turn->is.cap_minor = turn->rule->cap_minor;
    turn->is.mode = credit_rule_mode(turn->rule);
    side->reforms = side->reforms || !slice_equal(turn->is.types, turn->was.types);
    side->adjusts = side->adjusts || turn->is.cap_minor != turn->was.cap_minor ||
                    !slice_equal(turn->is.mode, turn->was.mode);
}

static bool stands(const struct group_side *side, const struct credit_rule *rule)
{
    for (size_t i = 0; i < side->rule_count; i++) {
        if (side->rules[i].rule == rule) {
            return true;
        }
    }
    return false;
}

static enum credit_status opened_plan(struct group_planning *planning, struct group_side *side,
                                      const struct credit_rule *rule, int64_t number)
{
    struct group_rule_turn *turn = &side->rules[side->rule_count++];
    char text[OWN_ID_SIZE];

    (void)snprintf(text, sizeof(text), "%.*s.R%lld", (int)side->group->id.size,
                   side->group->id.data, (long long)number);
    *turn = (struct group_rule_turn){.rule = rule};
    turn->is = (struct group_rule){.id = arena_copy(planning->arena, slice_from_cstr(text)),
                                   .number = number,
                                   .rule = rule->id,
                                   .types = rule->types,
                                   .currency = rule->currency,
                                   .cap_minor = rule->cap_minor,
                                   .mode = credit_rule_mode(rule)};
    side->reforms = true;
    return turn->is.id.data == NULL ? CREDIT_NO_MEMORY : CREDIT_OK;
}

static enum credit_status side_plan(struct group_planning *planning, struct group_side *side)
{
    const struct group_plan *plan = planning->plan;
    struct group_rule *standing;
    size_t count;
    size_t open = 0;

    TRY(group_rules_read(planning->store, &standing, &count, planning->arena, side->group->id));
    side->rules =
        arena_take_array(planning->arena, count + plan->rule_count + 1, sizeof(*side->rules));
    REQUIRE(side->rules != NULL, CREDIT_NO_MEMORY);
    for (size_t i = 0; i < count; i++) {
        if (!standing[i].closed) {
            standing_plan(plan, side, &standing[i]);
        }
    }
    for (size_t i = 0; i < plan->rule_count; i++) {
        const struct credit_rule *rule = &plan->rules[i];
        if (rule->of_group && (types_of(rule->types) & side->types) != 0 && !stands(side, rule)) {
            TRY(opened_plan(planning, side, rule, (int64_t)++count));
        }
    }
    for (size_t i = 0; i < side->rule_count; i++) {
        struct group_rule *is = &side->rules[i].is;
        is->above_total =
            !is->closed && side->types != 0 && (side->types & ~types_of(is->types)) == 0;
        open += is->closed ? 0 : 1;
    }
    return open <= GROUP_RULES_MAX ? CREDIT_OK : CREDIT_NO_RULES;
}

/* A group that goes gives up what stands over it. */
static void side_close(struct group_side *side)
{
    for (size_t i = 0; i < side->rule_count; i++) {
        side->rules[i].is = side->rules[i].was;
        side->rules[i].is.closed = true;
        side->rules[i].is.above_total = false;
    }
    side->reforms = side->adjusts = false;
}

/* ---- of which types the members are ---- */

static enum credit_status type_add(struct group_planning *planning, struct group_side *side,
                                   struct slice id)
{
    struct customer customer;

    TRY(move_from_customer(&planning->plan->customer_status,
                           customer_read(planning->store, &customer, planning->arena, id, NULL)));
    side->types |= 1U << customer.type;
    return CREDIT_OK;
}

static struct group_turn *turn_of(struct group_plan *plan, struct slice customer)
{
    for (size_t i = 0; i < plan->turn_count; i++) {
        if (slice_equal(plan->turns[i].customer, customer)) {
            return &plan->turns[i];
        }
    }
    return NULL;
}

/* Members who stay, and all who come. In: turn  adds those who stay to the turns, else types */
static enum credit_status side_members(struct group_planning *planning, struct group_side *side,
                                       bool turn)
{
    struct group_plan *plan = planning->plan;
    struct obligor_group_member *members;
    size_t count;

    TRY(move_from_customer(&plan->customer_status,
                           obligor_group_members_read(planning->store, &members, &count,
                                                      planning->arena, side->group->id,
                                                      DATE_NONE)));
    for (size_t i = 0; i < count; i++) {
        if (members[i].until != DATE_NONE || turn_of(plan, members[i].customer) != NULL) {
            continue;
        }
        TRY(turn ? group_turn_add(planning, members[i].customer, side)
                 : type_add(planning, side, members[i].customer));
    }
    for (size_t i = 0; i < plan->turn_count && !turn; i++) {
        if (plan->turns[i].to == side) {
            TRY(type_add(planning, side, plan->turns[i].customer));
        }
    }
    return CREDIT_OK;
}

enum credit_status group_sides_plan(struct group_planning *planning)
{
    struct group_plan *plan = planning->plan;
    const bool goes = planning->move->request.kind == GROUP_MOVE_MERGE;

    plan->sides[0].group = &plan->from;
    plan->sides[1].group = plan->to.id.size > 0 ? &plan->to : NULL;
    for (size_t i = 0; i < 2 && plan->sides[i].group != NULL; i++) {
        struct group_side *side = &plan->sides[i];
        if (!(goes && i == 0)) {
            TRY(side_members(planning, side, false));
        }
        TRY(side_plan(planning, side));
        if (goes && i == 0) {
            side_close(side);
        }
    }
    for (size_t i = 0; i < 2; i++) {
        if (plan->sides[i].group != NULL && plan->sides[i].reforms) {
            TRY(side_members(planning, &plan->sides[i], true));
        }
    }
    return CREDIT_OK;
}

enum credit_status group_total_parents(struct slice *ret_parents, struct arena *arena,
                                       const struct group_side *side, bool will)
{
    char text[TOTAL_PARENTS_SIZE];
    size_t size = 0;

    for (size_t i = 0; i < side->rule_count; i++) {
        const struct group_rule *rule = will ? &side->rules[i].is : &side->rules[i].was;
        if (rule->id.size > 0 && rule->above_total) {
            const int added = snprintf(text + size, sizeof(text) - size, "%s%.*s",
                                       size == 0 ? "" : " ", (int)rule->id.size, rule->id.data);
            REQUIRE(added > 0 && (size_t)added < sizeof(text) - size, CREDIT_NO_RULES);
            size += (size_t)added;
        }
    }
    *ret_parents = arena_copy(arena, slice_of(text, size));
    return ret_parents->data == NULL ? CREDIT_NO_MEMORY : CREDIT_OK;
}

/* ---- over each customer alone ---- */

static const struct credit_limit *own_standing(const struct group_turn *turn,
                                               const struct credit_rule *rule,
                                               struct slice legal_entity)
{
    for (size_t i = 0; i < turn->limit_count; i++) {
        if (credit_limit_is(&turn->limits[i], legal_entity, rule)) {
            return &turn->limits[i];
        }
    }
    return NULL;
}

static enum credit_status own_put(struct group_planning *planning, struct group_turn *turn,
                                  const struct credit_rule *rule)
{
    struct group_plan *plan = planning->plan;
    const struct credit_limit *standing = own_standing(turn, rule, plan->from.legal_entity);
    char text[OWN_ID_SIZE];

    if (plan->own == NULL) {
        plan->own = arena_take_array(planning->arena, OWN_ROOM, sizeof(*plan->own));
        REQUIRE(plan->own != NULL, CREDIT_NO_MEMORY);
    }
    REQUIRE(plan->own_count < OWN_ROOM, CREDIT_TOO_MANY_LIMITS);
    struct group_own *own = &plan->own[plan->own_count++];
    (void)snprintf(text, sizeof(text), "%s-%lld.R%zu", planning->tag,
                   (long long)planning->move->number, plan->own_count);
    *own = (struct group_own){
        .id = standing != NULL ? standing->id : arena_copy(planning->arena, slice_from_cstr(text)),
        .customer = turn->customer,
        .decision = turn->total->decision,
        .standing = standing,
        .rule = rule};
    REQUIRE(own->id.data != NULL, CREDIT_NO_MEMORY);
    /* One that counts products stands where it stood. */
    return rule->product_count > 0
               ? CREDIT_OK
               : move_parents_edit(&turn->parents, planning->arena, SLICE(""), own->id);
}

/* A customer of no group is a group of its own. */
static enum credit_status alone_plan(struct group_planning *planning, struct group_turn *turn)
{
    const struct group_plan *plan = planning->plan;

    for (size_t i = 0; i < plan->rule_count; i++) {
        if (plan->rules[i].of_group &&
            credit_rule_own(plan->rules, plan->rule_count, i, turn->type, false)) {
            TRY(own_put(planning, turn, &plan->rules[i]));
        }
    }
    return CREDIT_OK;
}

/* The limits of each member alone, brought to those of the day. One that counts products alone is
 * opened by the next decision. */
static enum credit_status own_plan(struct group_planning *planning, struct group_turn *turn)
{
    const struct group_plan *plan = planning->plan;

    for (size_t i = 0; i < plan->rule_count; i++) {
        const struct credit_rule *rule = &plan->rules[i];
        if (!rule->of_group &&
            credit_rule_own(plan->rules, plan->rule_count, i, turn->type, turn->to != NULL) &&
            (rule->product_count == 0 ||
             own_standing(turn, rule, plan->from.legal_entity) != NULL)) {
            TRY(own_put(planning, turn, rule));
        }
    }
    return CREDIT_OK;
}

/* ---- below what each total stands ---- */

static bool counts(const struct group_rule_turn *rule, struct slice type)
{
    return !rule->is.closed && credit_types_have(rule->is.types, type);
}

/* What stood above it in a group that it leaves, or that stands there no more. */
static enum credit_status parents_take(struct group_planning *planning, struct group_turn *turn)
{
    struct group_plan *plan = planning->plan;

    for (size_t s = 0; s < 2; s++) {
        const struct group_side *side = &plan->sides[s];
        for (size_t i = 0; side->group != NULL && i < side->rule_count; i++) {
            const struct group_rule_turn *rule = &side->rules[i];
            if (turn->to != side || !counts(rule, turn->type)) {
                TRY(move_parents_edit(&turn->parents, planning->arena, rule->is.id, SLICE("")));
            }
        }
        if (side->group != NULL && turn->to != side && side->group->limit.size > 0) {
            TRY(move_parents_edit(&turn->parents, planning->arena, side->group->limit, SLICE("")));
        }
    }
    return CREDIT_OK;
}

/* In a group the limits of the group stand for those of a group of its own. */
static enum credit_status alone_take(struct group_planning *planning, struct group_turn *turn)
{
    const struct group_side *side = turn->to;

    for (size_t i = 0; i < side->rule_count; i++) {
        for (size_t j = 0; j < turn->limit_count; j++) {
            const struct credit_limit *limit = &turn->limits[j];
            if (slice_equal(limit->kind, SLICE("rule")) &&
                slice_equal(limit->clause, side->rules[i].is.rule) &&
                slice_equal(limit->legal_entity, planning->plan->from.legal_entity)) {
                TRY(move_parents_edit(&turn->parents, planning->arena, limit->id, SLICE("")));
            }
        }
    }
    return CREDIT_OK;
}

static enum credit_status turn_plan(struct group_planning *planning, struct group_turn *turn)
{
    const struct group_side *side = turn->to;

    TRY(parents_take(planning, turn));
    if (side == NULL) {
        TRY(alone_plan(planning, turn));
        return planning->move->request.kind == GROUP_MOVE_RULES ? own_plan(planning, turn)
                                                                : CREDIT_OK;
    }
    TRY(alone_take(planning, turn));
    if (planning->move->request.kind == GROUP_MOVE_RULES && !planning->members_stay) {
        TRY(own_plan(planning, turn));
    }
    if (side->group->limit.size > 0) {
        TRY(move_parents_edit(&turn->parents, planning->arena, SLICE(""), side->group->limit));
    }
    for (size_t i = 0; i < side->rule_count; i++) {
        if (counts(&side->rules[i], turn->type)) {
            TRY(move_parents_edit(&turn->parents, planning->arena, SLICE(""),
                                  side->rules[i].is.id));
        }
    }
    return CREDIT_OK;
}

enum credit_status group_turns_plan(struct group_planning *planning)
{
    for (size_t i = 0; i < planning->plan->turn_count; i++) {
        struct group_turn *turn = &planning->plan->turns[i];
        if (turn->total != NULL) {
            TRY(turn_plan(planning, turn));
        }
    }
    return CREDIT_OK;
}
