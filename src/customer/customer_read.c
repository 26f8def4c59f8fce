/* Reading customers from the store: one, its versions, pages. */
#include "customer/customer_internal.h"

enum {
    ROOTS_MAX = 200,
    GRAMS_MAX = 32,        /* of a part of a name that are looked at */
    CANDIDATES_MAX = 8000, /* customers with one of them that are looked at one by one */
};

enum customer_status customer_from_store(enum store_status status)
{
    switch (status) {
    case STORE_OK:
        return CUSTOMER_OK;
    case STORE_NO_MEMORY:
        return CUSTOMER_NO_MEMORY;
    default:
        return CUSTOMER_STORE;
    }
}

/* A row of customer_get and its like. */
static enum customer_status version_read(struct customer *ret_customer, struct arena *arena,
                                         const struct store_value *row)
{
    struct customer customer = {.id = row[0].bytes,
                                .created = row[1].number,
                                .version = row[2].number,
                                .valid_from = (date_days)row[3].number,
                                .recorded_at = row[4].number,
                                .actor = row[5].bytes,
                                .action = row[6].bytes,
                                .moving = row[8].type == STORE_NULL ? 0 : row[8].number};

    REQUIRE(customer_body_read(&customer, arena, row[7].bytes), CUSTOMER_STORE);
    *ret_customer = customer;
    return CUSTOMER_OK;
}

enum customer_status customer_read(struct store *store, struct customer *ret_customer,
                                   struct arena *arena, struct slice id,
                                   const struct customer_moment *moment)
{
    const bool now =
        moment == NULL || (moment->as_of == DATE_NONE && moment->known_at == TIME_NONE);
    struct store_value values[] = {store_text(id), store_integer(INT64_MAX),
                                   store_integer(INT64_MAX)};
    struct store_rows rows;

    REQUIRE(people_id_valid(id), CUSTOMER_NOT_FOUND);
    if (!now && moment->as_of != DATE_NONE) {
        values[1] = store_integer(moment->as_of);
    }
    if (!now && moment->known_at != TIME_NONE) {
        values[2] = store_integer(moment->known_at);
    }
    TRY(customer_from_store(store_select(store, &rows, arena,
                                         now ? QUERY_CUSTOMER_GET : QUERY_CUSTOMER_AS_OF, values)));
    REQUIRE(rows.count == 1, CUSTOMER_NOT_FOUND);
    return version_read(ret_customer, arena, store_row(&rows, 0));
}

enum customer_status customer_history(struct store *store, struct customer **ret_versions,
                                      size_t *ret_count, struct arena *arena, struct slice id,
                                      int64_t before, size_t count)
{
    const struct store_value values[] = {store_text(id), store_integer(before),
                                         store_integer((int64_t)count)};
    struct store_rows rows;

    REQUIRE(people_id_valid(id), CUSTOMER_NOT_FOUND);
    TRY(customer_from_store(store_select(store, &rows, arena, QUERY_CUSTOMER_VERSIONS, values)));
    struct customer *versions = arena_take_array(arena, rows.count + 1, sizeof(*versions));
    REQUIRE(versions != NULL, CUSTOMER_NO_MEMORY);
    for (size_t i = 0; i < rows.count; i++) {
        TRY(version_read(&versions[i], arena, store_row(&rows, i)));
    }
    *ret_versions = versions;
    *ret_count = rows.count;
    return CUSTOMER_OK;
}

enum customer_status customer_by_identifier(struct store *store, struct customer *ret_customer,
                                            struct arena *arena,
                                            const struct customer_identifier *identifier)
{
    const struct store_value values[] = {store_text(customer_kind_name(identifier->kind)),
                                         store_text(identifier->value)};
    struct store_rows rows;

    TRY(customer_from_store(
        store_select(store, &rows, arena, QUERY_CUSTOMER_IDENTIFIER_GET, values)));
    REQUIRE(rows.count == 1, CUSTOMER_NOT_FOUND);
    return customer_read(store, ret_customer, arena, store_row(&rows, 0)[0].bytes, NULL);
}

enum customer_status customer_family_read(struct store *store, struct slice **ret_ids,
                                          size_t *ret_count, struct arena *arena, struct slice id)
{
    const struct store_value values[] = {store_text(id)};
    struct store_rows rows;

    TRY(customer_from_store(store_select(store, &rows, arena, QUERY_CUSTOMER_FAMILY, values)));
    struct slice *ids = arena_take_array(arena, rows.count + 1, sizeof(*ids));
    REQUIRE(ids != NULL, CUSTOMER_NO_MEMORY);
    for (size_t i = 0; i < rows.count; i++) {
        ids[i] = store_row(&rows, i)[0].bytes;
    }
    *ret_ids = ids;
    *ret_count = rows.count;
    return CUSTOMER_OK;
}

/* ---- pages ---- */

/* The place before the first row, in either direction. */
static const struct slice last_text = {"\xF4\x8F\xBF\xBF\xF4\x8F\xBF\xBF", 8};

static enum store_query query_of(const struct customer_query *query)
{
    if (query->list.size > 0) {
        return QUERY_CUSTOMER_PAGE_LISTED;
    }
    if (query->sort == CUSTOMER_BY_NAME) {
        return query->descending ? QUERY_CUSTOMER_PAGE_NAME_DOWN : QUERY_CUSTOMER_PAGE_NAME;
    }
    return query->descending ? QUERY_CUSTOMER_PAGE_CREATED_DOWN : QUERY_CUSTOMER_PAGE_CREATED;
}

static enum customer_status rows_read(struct store *store, struct store_rows *ret_rows,
                                      struct arena *arena, const struct customer_reach *reach,
                                      const struct customer_query *query, struct slice organisation)
{
    const bool down = query->descending;
    struct store_value key = query->sort == CUSTOMER_BY_NAME
                                 ? store_text(down ? last_text : SLICE(""))
                                 : store_integer(down ? INT64_MAX : INT64_MIN);

    if (query->behind) {
        key = query->sort == CUSTOMER_BY_NAME ? store_text(query->behind_name)
                                              : store_integer(query->behind_created);
    }
    const struct slice id = query->behind ? query->behind_id : down ? last_text : SLICE("");
    const struct slice match = customer_name_fold(arena, query->match);
    REQUIRE(match.data != NULL, CUSTOMER_NO_MEMORY);
    const struct store_value values[] = {store_text(organisation),
                                         key,
                                         store_text(id),
                                         store_text(query->type),
                                         store_text(match),
                                         store_integer((int64_t)query->count),
                                         store_text(query->list),
                                         store_text(reach->legal_entity),
                                         store_integer(query->today)};
    return customer_from_store(store_select(store, ret_rows, arena, query_of(query), values));
}

/* Whether row a stands before row b in the order asked for. */
static bool before(const struct customer_query *query, const struct store_value *a,
                   const struct store_value *b)
{
    int order = 0;

    if (query->sort == CUSTOMER_BY_NAME) {
        order = slice_compare(a[1].bytes, b[1].bytes);
    } else {
        order = a[2].number < b[2].number ? -1 : a[2].number > b[2].number ? 1 : 0;
    }
    order = order == 0 ? slice_compare(a[0].bytes, b[0].bytes) : order;
    return query->descending ? order > 0 : order < 0;
}

/* Where to look: everywhere, or below each organisation that is not below another of them. */
static size_t roots_find(struct slice ret_roots[ROOTS_MAX], const struct customer_reach *reach,
                         const struct customer_query *query)
{
    size_t count = 0;

    if (query->organisation.size > 0) {
        if (customer_reaches(reach, query->path)) {
            ret_roots[count++] = query->organisation;
        } else {
            /* Wider than the reach: what of the reach stands below it. */
            for (size_t i = 0; i < reach->count && count < ROOTS_MAX; i++) {
                if (slice_starts_with(reach->paths[i], query->path)) {
                    ret_roots[count++] = reach->organisations[i];
                }
            }
        }
        return count;
    }
    if (reach->everywhere) {
        ret_roots[count++] = SLICE("");
    }
    for (size_t i = 0; i < reach->count && count < ROOTS_MAX; i++) {
        ret_roots[count++] = reach->organisations[i];
    }
    return count;
}

/* Takes the first of all the roots' rows, again and again. */
static void rows_merge(struct customer_row *rows, size_t *ret_count, bool *ret_more,
                       const struct store_rows *found, size_t root_count,
                       const struct customer_query *query)
{
    size_t at[ROOTS_MAX] = {0};
    size_t count = 0;

    while (count < query->count) {
        const struct store_value *first = NULL;
        size_t of = 0;
        for (size_t i = 0; i < root_count; i++) {
            const struct store_value *row =
                at[i] < found[i].count ? store_row(&found[i], at[i]) : NULL;
            if (row != NULL && (first == NULL || before(query, row, first))) {
                first = row;
                of = i;
            }
        }
        if (first == NULL) {
            break;
        }
        rows[count++] = (struct customer_row){first[0].bytes, first[1].bytes, first[2].number};
        at[of]++;
    }
    *ret_count = count;
    *ret_more = count == query->count;
}

/* ---- a part of a name ---- */

/* Bytes of the first `count` characters; 0 when there are fewer. */
static size_t characters_size(struct slice text, unsigned count)
{
    size_t size = 0;

    for (unsigned i = 0; i < count; i++) {
        if (size >= text.size) {
            return 0;
        }
        const uint8_t first = (uint8_t)text.data[size];
        size += first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    }
    return size;
}

/* The two characters of a part that the fewest customers have; empty when all of them are those of
 * many, or the part has one character: then all names are gone through, and a page is soon full. */
static enum customer_status gram_choose(struct store *store, struct slice *ret_gram,
                                        struct arena *arena, struct slice match)
{
    struct slice rest = match;
    int64_t fewest = CANDIDATES_MAX;

    *ret_gram = SLICE("");
    for (unsigned i = 0; i < GRAMS_MAX && fewest > 0; i++) {
        const struct slice gram = slice_of(rest.data, characters_size(rest, 2));
        const struct store_value values[] = {store_text(gram), store_integer(fewest)};
        struct store_rows rows;
        if (gram.size == 0) {
            break;
        }
        TRY(customer_from_store(
            store_select(store, &rows, arena, QUERY_CUSTOMER_GRAM_COUNT, values)));
        if (store_row(&rows, 0)[0].number < fewest) {
            fewest = store_row(&rows, 0)[0].number;
            *ret_gram = gram;
        }
        const size_t step = characters_size(rest, 1);
        rest = slice_of(rest.data + step, rest.size - step);
    }
    return CUSTOMER_OK;
}

/* The first rows behind the page's place, in its order, at most a page. */
static enum customer_status rows_cut(struct store_rows *rows, struct arena *arena,
                                     const struct customer_query *query)
{
    const struct store_value place[] = {store_text(query->behind_id),
                                        store_text(query->behind_name),
                                        store_integer(query->behind_created)};
    struct store_value *page = arena_take_array(arena, (query->count + 1) * 3, sizeof(*page));
    size_t kept = 0;

    REQUIRE(page != NULL, CUSTOMER_NO_MEMORY);
    check(rows->columns == 3);
    for (size_t i = 0; i < rows->count; i++) {
        const struct store_value *row = store_row(rows, i);
        size_t at = kept;
        if (query->behind && !before(query, place, row)) {
            continue;
        }
        for (; at > 0 && before(query, row, &page[(at - 1) * 3]); at--) {
            memcpy(&page[at * 3], &page[(at - 1) * 3], 3 * sizeof(*page));
        }
        memcpy(&page[at * 3], row, 3 * sizeof(*page));
        kept += kept < query->count ? 1 : 0;
    }
    *rows = (struct store_rows){.count = kept, .columns = 3, .values = page};
    return CUSTOMER_OK;
}

static enum customer_status candidates_read(struct store *store, struct store_rows *ret_rows,
                                            struct arena *arena, const struct customer_query *query,
                                            struct slice organisation, struct slice match,
                                            struct slice gram)
{
    const struct store_value values[] = {store_text(gram), store_text(organisation),
                                         store_text(query->type), store_text(match)};

    TRY(customer_from_store(
        store_select(store, ret_rows, arena, QUERY_CUSTOMER_PAGE_GRAM, values)));
    return rows_cut(ret_rows, arena, query);
}

enum customer_status customer_page(struct store *store, struct customer_row **ret_rows,
                                   size_t *ret_count, bool *ret_more, struct arena *arena,
                                   const struct customer_reach *reach,
                                   const struct customer_query *query)
{
    struct slice roots[ROOTS_MAX];
    const size_t root_count = roots_find(roots, reach, query);
    struct customer_row *rows = arena_take_array(arena, query->count + 1, sizeof(*rows));
    struct store_rows *found = arena_take_array(arena, root_count + 1, sizeof(*found));

    check(query->count > 0 && query->count <= CUSTOMER_PAGE_MAX);
    check(query->list.size == 0 || (query->sort == CUSTOMER_BY_NAME && !query->descending));
    REQUIRE(rows != NULL && found != NULL, CUSTOMER_NO_MEMORY);
    const struct slice match = customer_name_fold(arena, query->match);
    struct slice gram = SLICE("");
    REQUIRE(match.data != NULL, CUSTOMER_NO_MEMORY);
    if (query->list.size == 0) {
        TRY(gram_choose(store, &gram, arena, match));
    }
    for (size_t i = 0; i < root_count; i++) {
        TRY(gram.size == 0
                ? rows_read(store, &found[i], arena, reach, query, roots[i])
                : candidates_read(store, &found[i], arena, query, roots[i], match, gram));
    }
    rows_merge(rows, ret_count, ret_more, found, root_count, query);
    *ret_rows = rows;
    return CUSTOMER_OK;
}
