/* The limits above the loans: portfolio, regions, countries, borrowers. */
#include "import/ibrd_book.h"

static const char *const kind_names[IBRD_LOAN_KIND] = {"portfolio", "region", "country",
                                                       "borrower"};

static const struct slice kind_prefixes[IBRD_LOAN_KIND] = {
    {"P:", 2}, {"R:", 2}, {"C:", 2}, {"B:", 2}};

struct ibrd_party *ibrd_party(const struct ibrd_import *import, uint32_t party)
{
    check(party < ibrd_parties_count(import));
    return (struct ibrd_party *)(void *)import->parties.data + party;
}

uint32_t ibrd_parties_count(const struct ibrd_import *import)
{
    return (uint32_t)(import->parties.size / sizeof(struct ibrd_party));
}

uint32_t ibrd_party_country(const struct ibrd_import *import, uint32_t party)
{
    while (party != IBRD_PARTY_NONE && ibrd_party(import, party)->kind != IBRD_COUNTRY) {
        party = ibrd_party(import, party)->parent;
    }
    return party;
}

static enum ledger_mode kind_mode(enum ibrd_kind kind)
{
    return kind == IBRD_REGION ? MODE_OFF : kind == IBRD_BORROWER ? MODE_SOFT : MODE_HARD;
}

/* The command that opens a party's limit; `text` says in words what it is. */
static void party_open(struct ibrd_import *import, const struct ibrd_party *party,
                       struct slice text)
{
    struct ledger_command *command = ibrd_command(import, LEDGER_OP_LIMIT_OPEN, &party->id, NULL);
    struct ledger_extra *extra = import_command_extra(&import->batch, command);
    struct ledger_id holder;

    command->currency = CURRENCY_USD;
    extra->kind = slice_from_cstr(kind_names[party->kind]);
    extra->measure = MEASURE_EXPOSURE;
    extra->mode = (uint8_t)kind_mode(party->kind);
    command->fields |=
        LEDGER_HAS(CURRENCY) | LEDGER_HAS(KIND) | LEDGER_HAS(MEASURE) | LEDGER_HAS(MODE);
    import_command_amount(command, LEDGER_HAS(CAP), party->cap);
    import_command_case(&import->batch, command, text);
    if (party->parent != IBRD_PARTY_NONE) {
        import_command_parents(&import->batch, command, &ibrd_party(import, party->parent)->id, 1);
    }
    if (party->kind == IBRD_COUNTRY || party->kind == IBRD_BORROWER) {
        /* The country is its own obligor; a borrower's name is told apart by its country. */
        ibrd_id_make(
            &holder, SLICE(""),
            party->kind == IBRD_COUNTRY
                ? import_names_get(&import->statements->names, party->name)
                : slice_of(party->id.bytes + kind_prefixes[IBRD_BORROWER].size,
                           ledger_id_slice(&party->id).size - kind_prefixes[IBRD_BORROWER].size));
        const struct slice kept = arena_copy(&import->batch.arena, ledger_id_slice(&holder));
        import->batch.failed = import->batch.failed || kept.data == NULL;
        extra->holder = kept;
        command->fields |= LEDGER_HAS(HOLDER);
    }
    import->result.limits[party->kind]++;
}

enum import_status ibrd_portfolio_plan(struct ibrd_import *import, date_days after,
                                       struct slice content)
{
    TRY(ibrd_reserve(import, 2));
    if (after == DATE_NONE) {
        struct ibrd_party party = {.kind = IBRD_PORTFOLIO,
                                   .parent = IBRD_PARTY_NONE,
                                   .cap = import->options.portfolio_limit};

        ibrd_id_make(&party.id, kind_prefixes[IBRD_PORTFOLIO], SLICE("IBRD"));
        buffer_append(&import->parties, slice_of((const char *)&party, sizeof(party)));
        if (buffer_failed(&import->parties)) {
            return ibrd_fail(import, IMPORT_NO_MEMORY, SLICE(""));
        }
        party_open(import, ibrd_party(import, 0), content);
        return IMPORT_OK;
    }
    const struct ibrd_party *portfolio = ibrd_party(import, 0);
    struct ledger_id id;

    ibrd_step_id(&id, ledger_id_slice(&portfolio->id), import->period, "c", -1);
    struct ledger_command *command =
        ibrd_command(import, LEDGER_OP_LIMIT_ADJUST, &id, "the next statement of the import");
    import_command_target(command, LEDGER_HAS(LIMIT), &portfolio->id);
    import_command_amount(command, LEDGER_HAS(CAP), portfolio->cap);
    import_command_case(&import->batch, command, content);
    return IMPORT_OK;
}

/* The party of a kind under a name, made when it is not known yet. */
static enum import_status party_find(struct ibrd_import *import, uint32_t *ret_party,
                                     enum ibrd_kind kind, uint32_t key, uint32_t name,
                                     uint32_t parent)
{
    uint32_t *slot = &import->party_of[kind][key];

    if (*slot != 0) {
        *ret_party = *slot - 1;
        return IMPORT_OK;
    }
    struct ibrd_party party = {.kind = kind, .name = name, .parent = parent, .cap = -1};

    ibrd_id_make(&party.id, kind_prefixes[kind], import_names_get(&import->statements->names, key));
    *ret_party = ibrd_parties_count(import);
    *slot = *ret_party + 1;
    buffer_append(&import->parties, slice_of((const char *)&party, sizeof(party)));
    return buffer_failed(&import->parties) ? ibrd_fail(import, IMPORT_NO_MEMORY, SLICE(""))
                                           : IMPORT_OK;
}

/* Puts a country under the region that the statement gives it. */
static enum import_status country_place(struct ibrd_import *import, uint32_t country,
                                        uint32_t region)
{
    struct ibrd_party *party = ibrd_party(import, country);
    struct ledger_id id;

    if (party->parent == region) {
        return IMPORT_OK;
    }
    party->parent = region;
    if (party->cap < 0) {
        return IMPORT_OK; /* not opened yet: it will be opened there */
    }
    TRY(ibrd_reserve(import, 1));
    ibrd_step_id(&id, ledger_id_slice(&party->id), import->period, "m", -1);
    struct ledger_command *command =
        ibrd_command(import, LEDGER_OP_LIMIT_MOVE, &id, "the statement names another region");
    import_command_target(command, LEDGER_HAS(LIMIT), &party->id);
    import_command_parents(&import->batch, command, &ibrd_party(import, region)->id, 1);
    return IMPORT_OK;
}

/* The parties of every row. The first row that names a country says where it lies. */
static enum import_status rows_place(struct ibrd_import *import, uint32_t *ret_parents,
                                     const struct ibrd_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct ibrd_row *row = &rows[i];
        uint32_t region = 0;
        uint32_t country, borrower, guarantor;

        if (row->texts[IBRD_TEXT_REGION] != NAME_NONE) {
            TRY(party_find(import, &region, IBRD_REGION, row->texts[IBRD_TEXT_REGION],
                           row->texts[IBRD_TEXT_REGION], 0));
        }
        TRY(party_find(import, &country, IBRD_COUNTRY, row->country_key,
                       row->texts[IBRD_TEXT_COUNTRY], region));
        borrower = country;
        if (row->borrower_key != NAME_NONE) {
            TRY(party_find(import, &borrower, IBRD_BORROWER, row->borrower_key,
                           row->texts[IBRD_TEXT_BORROWER], country));
        }
        guarantor = IBRD_PARTY_NONE;
        if (row->guarantor_key != NAME_NONE && row->guarantor_key != row->country_key) {
            TRY(party_find(import, &guarantor, IBRD_COUNTRY, row->guarantor_key,
                           row->texts[IBRD_TEXT_GUARANTOR], 0));
        }
        ret_parents[2 * i] = borrower;
        ret_parents[2 * i + 1] = guarantor;
    }
    /* From the last row to the first, so that the first one is heard last. */
    for (size_t i = count; i-- > 0;) {
        const uint32_t country = import->party_of[IBRD_COUNTRY][rows[i].country_key] - 1;

        ibrd_party(import, country)->name = rows[i].texts[IBRD_TEXT_COUNTRY];
        ibrd_party(import, country)->row = i;
    }
    return IMPORT_OK;
}

/* Puts each country where its first row says. */
static enum import_status countries_place(struct ibrd_import *import, const struct ibrd_row *rows,
                                          size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const uint32_t country = import->party_of[IBRD_COUNTRY][rows[i].country_key] - 1;
        const uint32_t region_name = rows[i].texts[IBRD_TEXT_REGION];

        if (ibrd_party(import, country)->row == i && region_name != NAME_NONE) {
            TRY(country_place(import, country, import->party_of[IBRD_REGION][region_name] - 1));
        }
    }
    return IMPORT_OK;
}

static void due_add(struct ibrd_import *import, uint32_t party, int64_t amount)
{
    while (party != IBRD_PARTY_NONE) {
        ibrd_party(import, party)->cap_due += amount;
        party = ibrd_party(import, party)->parent;
    }
}

/* What regions and borrowers have outstanding and open: of every row, and of the loans that the
 * statement no longer names as they were left. */
static void caps_due(struct ibrd_import *import, const struct ibrd_row *rows, size_t count,
                     const uint32_t *parents)
{
    for (uint32_t i = 0; i < ibrd_parties_count(import); i++) {
        ibrd_party(import, i)->cap_due = 0;
    }
    for (size_t i = 0; i < count; i++) {
        struct ibrd_position position;

        ibrd_position_of(&position, import->statements, &rows[i]);
        due_add(import, parents[2 * i],
                ibrd_position_outstanding(&position) + ibrd_position_room(&position));
    }
    for (uint32_t i = 0; i < ibrd_loans_count(import->statements); i++) {
        const struct ibrd_loan *loan = &import->loans[i];

        if (loan->open && loan->row == IBRD_ROW_NONE) {
            due_add(import, loan->borrower,
                    ibrd_position_outstanding(&loan->held) + ibrd_position_room(&loan->held));
        }
    }
}

/* Opens what is new, and adjusts what moved. */
static enum import_status party_settle(struct ibrd_import *import, uint32_t number)
{
    struct ibrd_party *party = ibrd_party(import, number);
    const int64_t cap =
        party->kind == IBRD_COUNTRY ? import->options.single_borrower_limit : party->cap_due;
    struct ledger_id id;

    if (party->cap == cap) {
        return IMPORT_OK;
    }
    TRY(ibrd_reserve(import, 1));
    const bool opened = party->cap >= 0;
    party->cap = cap;
    if (!opened) {
        party_open(import, party, import_names_get(&import->statements->names, party->name));
        return IMPORT_OK;
    }
    ibrd_step_id(&id, ledger_id_slice(&party->id), import->period, "c", -1);
    struct ledger_command *command = ibrd_command(import, LEDGER_OP_LIMIT_ADJUST, &id,
                                                  "what its loans have outstanding and open");
    import_command_target(command, LEDGER_HAS(LIMIT), &party->id);
    import_command_amount(command, LEDGER_HAS(CAP), cap);
    return IMPORT_OK;
}

enum import_status ibrd_parties_plan(struct ibrd_import *import, uint32_t *ret_parents,
                                     const struct ibrd_row *rows, size_t count)
{
    TRY(rows_place(import, ret_parents, rows, count));
    /* Regions first: countries are moved into them. */
    for (uint32_t i = 1; i < ibrd_parties_count(import); i++) {
        if (ibrd_party(import, i)->kind == IBRD_REGION && ibrd_party(import, i)->cap < 0) {
            ibrd_party(import, i)->cap = 0;
            TRY(ibrd_reserve(import, 1));
            party_open(import, ibrd_party(import, i),
                       import_names_get(&import->statements->names, ibrd_party(import, i)->name));
        }
    }
    TRY(countries_place(import, rows, count));
    caps_due(import, rows, count, ret_parents);
    for (int kind = IBRD_REGION; kind <= IBRD_BORROWER; kind++) {
        for (uint32_t i = 1; i < ibrd_parties_count(import); i++) {
            if ((int)ibrd_party(import, i)->kind == kind) {
                TRY(party_settle(import, i));
            }
        }
    }
    return IMPORT_OK;
}
