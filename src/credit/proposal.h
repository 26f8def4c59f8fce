/* What an application proposes and a decision approves: lines of products in a tree, with their
 * conditions. Source: design of the credit plane, "Who and what": application, decision. */
#ifndef HEADROOM_CREDIT_PROPOSAL_H
#define HEADROOM_CREDIT_PROPOSAL_H

#include "base/amount.h"
#include "base/json.h"
#include "credit/credit_status.h"

enum {
    PROPOSAL_LINES_MAX = 200,
    PROPOSAL_DEPTH_MAX = 8,
    PROPOSAL_CONDITIONS_MAX = 50, /* of one line */
    PROPOSAL_TEXT_MAX = 2000,     /* bytes of a purpose or condition */
    PROPOSAL_WORD_MAX = 32,       /* bytes of a product or type */
    PROPOSAL_TENOR_MAX = 600,     /* months */
    PROPOSAL_CLAUSE_SIZE = 40,    /* "1.2.3" */
    PROPOSAL_WHERE_SIZE = 96,
};

/** When a condition must hold. */
extern const char *const proposal_whens[]; /* "before_signing" ...; NULL ends */

struct proposal_line {
    char clause[PROPOSAL_CLAUSE_SIZE]; /* its place in the tree: "1.2"; limits point back to it */
    struct slice product;
    enum currency currency;
    int64_t amount_minor; /* 1 to AMOUNT_MAX */
    uint32_t tenor_months;
    bool revolving;
    const struct json_value *conditions; /* an array of {when, text}; NULL: none */
    size_t parent;                       /* index of the line above it; SIZE_MAX: the top */
};

struct proposal {
    struct slice customer;
    struct slice type; /* "new" */
    struct slice purpose;
    enum currency currency; /* of the total */
    int64_t amount_minor;   /* the customer's total that is proposed */
    struct proposal_line *lines;
    size_t line_count;
};

/** Reads and judges a JSON object. A member that is unknown, missing, of a wrong type, too long or
 *  beyond its bounds is BAD_APPLICATION; no line is above the one that it stands in or, at the top,
 *  above the total, where their currencies are the same.
 *  Out: reterr_where  the place, "lines[0].amount"
 *  Texts point into `value`, the lines lie in `arena`. */
enum credit_status proposal_read(struct proposal *ret_proposal,
                                 char reterr_where[PROPOSAL_WHERE_SIZE], struct arena *arena,
                                 const struct json_value *value) MUST_USE;
/** Writes the object that proposal_read reads, each line with its `clause` besides. */
void proposal_write(struct json_writer *writer, const struct proposal *proposal);

#endif
