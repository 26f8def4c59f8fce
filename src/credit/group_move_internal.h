/* What the files of groups' moves share. */
#ifndef HEADROOM_CREDIT_GROUP_MOVE_INTERNAL_H
#define HEADROOM_CREDIT_GROUP_MOVE_INTERNAL_H

#include "credit/activation.h"
#include "credit/group_move.h"
#include "credit/move_internal.h"
#include "credit/pack_rules.h"

/* A plan that is being made. */
struct group_planning {
    struct store *store;
    struct arena *arena;
    const struct people_actor *actor;
    const struct group_move *move;
    struct pack_shelf *shelf; /* NULL: the move has its rules */
    struct group_plan *plan;
    bool under_way;         /* the ledger has accepted it: what was planned then is done */
    bool members_stay;      /* the limits over each member alone are left as they are */
    const char *tag;        /* of the ids of commands: "GM", "CR", "RM" */
    struct slice case_text; /* of the next command; empty: the move's */
    struct json_writer writer;
};

/** Puts the organisation that will look after a group, of its own legal entity; MOVE_CUSTOMER with
 *  NO_ORGANISATION. */
enum credit_status group_place_take(struct store *store, struct obligor_group *group,
                                    enum customer_status *ret_customer, struct arena *arena,
                                    struct slice organisation) MUST_USE;

/** Adds a customer whose limits a move changes; to: whose side it will be on, NULL: of no group. */
enum credit_status group_turn_add(struct group_planning *planning, struct slice customer,
                                  const struct group_side *to) MUST_USE;

/** A customer of no group, by its relation to the legal entity; and of the ids of commands. */
struct group_alone {
    const struct customer *customer;
    const struct customer_relation *relation;
    const char *tag;
    int64_t number;
};
/** Plans the limits of the pack over one. NO_PACK */
enum credit_status group_alone_plan_make(struct store *store, struct group_plan *ret_plan,
                                         struct arena *arena, const struct people_actor *actor,
                                         struct pack_shelf *shelf,
                                         const struct group_alone *alone) MUST_USE;

/* ---- group_rule_plan.c: the pack's limits ---- */

/** Finds the limits of the pack that the move goes by: those that were stored with it, else those
 *  in force today at the organisation of the group that stays. */
enum credit_status group_rules_take(struct group_planning *planning) MUST_USE;
/** What becomes of the limits over each group. Whoever else stands below one that is opened or
 *  closed is turned, too. */
enum credit_status group_sides_plan(struct group_planning *planning) MUST_USE;
/** Below what the total of each who is turned will stand. */
enum credit_status group_turns_plan(struct group_planning *planning) MUST_USE;
/** The limits above a group's total, as they stand (`will` false) and as they will. */
enum credit_status group_total_parents(struct slice *ret_parents, struct arena *arena,
                                       const struct group_side *side, bool will) MUST_USE;

#endif
