/* A proof of the state from itself: what the ledger keeps beside the records is computed again from
 * them. Source: ledger.md, "What always holds". */
#include "base/arena.h"
#include "ledger/internal.h"

/* Outstanding and reserved, as the open records say. */
struct standing {
    int128 outstanding, reserved;
};

struct proof {
    const struct ledger *ledger;
    struct buffer *message;
    struct standing *own;   /* one a limit: of its own currency */
    struct standing *apart; /* one a sum kept apart */
};

static bool wrong(struct proof *proof, const char *what, const struct ledger_id *id)
{
    const struct slice text = ledger_id_slice(id);

    buffer_printf(proof->message, "%s: %.*s", what, (int)text.size, text.data);
    return false;
}

static bool id_stands(struct proof *proof, unsigned kind, uint32_t count)
{
    const struct ledger *ledger = proof->ledger;
    uint32_t free = kind == ID_RECORD  ? ledger->records_free
                    : kind == ID_TRACE ? ledger->traces_free
                                       : 0;

    for (uint32_t i = 0; i < count; i++) {
        const struct ledger_id *id = id_of(ledger, kind << 30 | i);

        if (place_free(ledger, kind, i)) {
            free--;
            continue;
        }
        if (id_find_kind(proof->ledger, id, kind) != i) {
            return wrong(proof, "an id is not found where it stands", id);
        }
    }
    if (free != 0) {
        buffer_printf(proof->message, "the places that are free are miscounted");
    }
    return free == 0;
}

static struct standing *standing_of(struct proof *proof, uint32_t number, enum currency currency)
{
    const struct ledger *ledger = proof->ledger;
    const struct limit *limit = &ledger->limits[number];

    if (currency == (enum currency)limit->currency) {
        return &proof->own[number];
    }
    for (uint32_t i = limit->sums; i != LEDGER_NONE; i = ledger->sums[i].next) {
        if (ledger->sums[i].currency == (uint32_t)currency) {
            return &proof->apart[i];
        }
    }
    return NULL;
}

static bool record_stands(struct proof *proof, uint32_t number)
{
    const struct ledger *ledger = proof->ledger;
    const struct record *record = &ledger->records[number];
    const struct limit *leaf = &ledger->limits[record->limit];
    const uint32_t *path = limit_path(ledger, record->limit);

    for (int i = 0; i < MEASURE_COUNT; i++) {
        if (record->remaining[i] < 0) {
            return wrong(proof, "a record has less than nothing left", &record->id);
        }
    }
    for (unsigned i = 0; i < leaf->path_count; i++) {
        struct standing *standing = standing_of(proof, path[i], (enum currency)record->currency);
        if (standing == NULL) {
            return wrong(proof, "a limit has no sum for a record's currency", &record->id);
        }
        const int64_t amount = record->remaining[ledger->limits[path[i]].measure];
        if (record_is_reservation(record)) {
            standing->reserved += amount;
        } else {
            standing->outstanding += amount;
        }
    }
    return true;
}

static bool sums_stand(struct proof *proof, uint32_t number)
{
    const struct ledger *ledger = proof->ledger;
    const struct limit *limit = &ledger->limits[number];
    const struct ledger_id *id = &ledger->limits[number].id;
    struct standing own = {limit->outstanding, limit->reserved};
    int128 repaid = limit->repaid;

    for (uint32_t i = limit->sums; i != LEDGER_NONE; i = ledger->sums[i].next) {
        const struct sum *sum = &ledger->sums[i];

        if (sum->currency == (uint32_t)limit->currency) {
            own.outstanding += sum->outstanding;
            own.reserved += sum->reserved;
            repaid += sum->repaid;
        } else if (sum->outstanding != proof->apart[i].outstanding ||
                   sum->reserved != proof->apart[i].reserved || sum->repaid < 0) {
            return wrong(proof, "a sum differs from the records below it", id);
        }
    }
    if (own.outstanding != proof->own[number].outstanding ||
        own.reserved != proof->own[number].reserved || repaid < 0) {
        return wrong(proof, "a sum differs from the records below it", id);
    }
    return true;
}

static bool path_stands(struct proof *proof, uint32_t number)
{
    const struct ledger *ledger = proof->ledger;
    uint32_t path[LEDGER_PATH_MAX];
    const unsigned count = path_compute(ledger, number, path);

    if (count != ledger->limits[number].path_count ||
        memcmp(path, limit_path(ledger, number), count * sizeof(*path)) != 0) {
        return wrong(proof, "a path differs from the parents", &ledger->limits[number].id);
    }
    for (uint32_t edge = ledger->rests[number].parent_edge; edge != LEDGER_NONE;
         edge = ledger->edges[edge].parent_next) {
        const struct edge *link = &ledger->edges[edge];
        if (link->child != number || ledger->edges[link->child_next].child_prev != edge) {
            return wrong(proof, "a parent does not know its child", &ledger->limits[number].id);
        }
    }
    return true;
}

static bool list_stands(struct proof *proof, uint32_t number, uint64_t *listed)
{
    const struct ledger *ledger = proof->ledger;
    uint32_t before = LEDGER_NONE;

    for (uint32_t i = ledger->limits[number].record; i != LEDGER_NONE; i = ledger->links[i].next) {
        const struct record *record = &ledger->records[i];
        if (record->limit != number || !record_open(record) || ledger->links[i].prev != before ||
            (before != LEDGER_NONE && ledger->records[before].number <= record->number)) {
            return wrong(proof, "a limit's list of records is broken", &ledger->limits[number].id);
        }
        before = i;
        ++*listed;
    }
    return true;
}

static bool state_stands(struct proof *proof)
{
    const struct ledger *ledger = proof->ledger;
    uint64_t open = 0;
    uint64_t listed = 0;

    for (uint32_t i = 0; i < ledger->records_count; i++) {
        if (record_open(&ledger->records[i])) {
            open++;
            if (!record_stands(proof, i)) {
                return false;
            }
        }
    }
    for (uint32_t i = 0; i < ledger->limits_count; i++) {
        if (!path_stands(proof, i) || !sums_stand(proof, i) || !list_stands(proof, i, &listed)) {
            return false;
        }
    }
    if (open != listed || open != (uint64_t)ledger->reservations_open + ledger->exposures_open) {
        buffer_printf(proof->message, "%llu records are open, %llu are listed",
                      (unsigned long long)open, (unsigned long long)listed);
        return false;
    }
    return id_stands(proof, ID_LIMIT, ledger->limits_count) &&
           id_stands(proof, ID_RECORD, ledger->records_count) &&
           id_stands(proof, ID_UNLOCK, ledger->unlocks_count) &&
           id_stands(proof, ID_TRACE, ledger->traces_count);
}

bool ledger_verify(const struct ledger *ledger, struct buffer *reterr_message)
{
    const size_t own_bytes = (ledger->limits_count + 1UL) * sizeof(struct standing);
    const size_t apart_bytes = (ledger->sums_count + 1UL) * sizeof(struct standing);
    struct proof proof = {
        .ledger = ledger,
        .message = reterr_message,
        .own = memory_allocate(own_bytes),
        .apart = memory_allocate(apart_bytes),
    };
    bool stands = false;

    if (proof.own == NULL || proof.apart == NULL) {
        buffer_append_cstr(reterr_message, "not enough memory to verify the state");
    } else {
        memset(proof.own, 0, own_bytes);
        memset(proof.apart, 0, apart_bytes);
        stands = state_stands(&proof);
    }
    memory_free(proof.own);
    memory_free(proof.apart);
    return stands;
}
