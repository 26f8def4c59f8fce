/* The import as a library: short memory at every call, and what is told of a place. */
#include "cmocka_headroom.h"

#include "base/arena.h"
#include "import/ibrd_import.h"

#define HEADING                                                                                    \
    "end_of_period,loan_number,region,country_code,country,borrower,guarantor_country_code,"       \
    "guarantor,loan_status,original_principal_amount,cancelled_amount,undisbursed_amount,"         \
    "disbursed_amount,repaid_to_ibrd,due_to_ibrd,exchange_adjustment,sold_3rd_party\n"

/* Two loans over two statements: a drawing that the country refuses, a repayment, a sale, a
 * correction, a new borrower. */
static const struct slice text = SLICE(
    HEADING "2030-12-31,INV1,NORTH,QM,Examplia,ONE,QM,Examplia,Disbursing,100,0,60,40,10,30,0,0\n"
            "2030-12-31,INV2,NORTH,QM,Examplia,TWO,QN,Sampleland,Disbursing,50,5,5,40,0,40,0,0\n"
            "2031-12-31,INV1,NORTH,QM,Examplia,ONE,QM,Examplia,Disbursing,100,0,10,90,20,65,0,5\n"
            "2031-12-31,INV2,SOUTH,QM,Examplia,SIX,QN,Sampleland,Disbursing,50,5,6,39,0,39,0,0\n");

/* Reads and runs the text. On IMPORT_OK checks what came of it. */
static enum import_status text_run(struct ibrd_statements *statements, struct import_target *target)
{
    struct import_error error = {.status = IMPORT_OK};
    struct ibrd_import *import = NULL;
    struct ibrd_options options;
    struct ibrd_reader reader;

    ibrd_options_init(&options);
    options.single_borrower_limit = 10000;
    ibrd_reader_init(&reader, statements);
    enum import_status status = ibrd_reader_feed(&reader, &error, text, true);
    ibrd_reader_release(&reader);
    if (status == IMPORT_OK) {
        status = ibrd_statements_sort(statements, &error);
    }
    if (status == IMPORT_OK) {
        status = ibrd_import_run(&import, &error, statements, target, &options);
    }
    if (status == IMPORT_OK) {
        const struct ibrd_result *result = ibrd_import_result(import);

        assert_true(result->reconciled);
        assert_int_equal(result->unlocks, 1);
        assert_int_equal(result->corrections, 1);
        assert_int_equal(result->portfolio.used, 10400);
    } else {
        assert_int_equal(error.status, status);
    }
    ibrd_import_free(import);
    return status;
}

static void short_memory_ends_it_cleanly_at_every_call(void **state)
{
    unsigned long nth = 0;
    enum import_status status = IMPORT_NO_MEMORY;

    (void)state;
    while (status != IMPORT_OK) {
        struct ibrd_statements statements;
        struct import_target *target = import_memory_open();

        assert_non_null(target);
        memory_fail_at(++nth, 1);
        status = IMPORT_NO_MEMORY;
        if (ibrd_statements_open(&statements)) {
            status = text_run(&statements, target);
            memory_fail_at(0, 0);
            ibrd_statements_release(&statements);
        }
        memory_fail_at(0, 0);
        import_memory_free(target);
        assert_true(status == IMPORT_OK || status == IMPORT_NO_MEMORY);
        assert_true(nth < 10000);
    }
    assert_true(nth > 20);
}

static void an_error_says_where(void **state)
{
    static const struct {
        struct slice text;
        enum import_status status;
        uint64_t line;
        const char *detail;
    } rows[] = {
        {SLICE(HEADING "2030-13-31,A,R,C,C,B,G,G,S,1,0,1,0,0,0,0,0\n"), IMPORT_BAD_DATE, 2,
         "2030-13-31"},
        {SLICE(HEADING "\n2030-12-31,A,R,C,C,B,G,G,S,1,0,1,x,0,0,0,0\n"), IMPORT_BAD_AMOUNT, 3,
         "x"},
        {SLICE(HEADING "2030-12-31,A,R,C,C,B,G,G,S,1,0,1,0,0,0,0,0\n"
                       "2030-12-31,a,R,C,C,B,G,G,S,2,0,2,0,0,0,0,0\n"),
         IMPORT_TWO_ROWS, 3, "A"},
        {SLICE(HEADING "2030-12-31,,R,C,C,B,G,G,S,1,0,1,0,0,0,0,0\n"), IMPORT_BAD_LOAN, 2, ""},
        {SLICE(HEADING "2030-12-31,A,R\n"), IMPORT_BAD_COUNT, 2, ""},
        {SLICE("end of period,loan number\n"), IMPORT_NO_COLUMN, 1, "originalprincipalamount"},
        {SLICE("Region,REGION\n"), IMPORT_TWO_COLUMNS, 1, "REGION"},
        {SLICE(HEADING "\"2030"), IMPORT_BAD_CSV, 2, ""},
        {SLICE("\x1F\x8B"), IMPORT_BAD_GZIP, 0, ""},
        {SLICE(""), IMPORT_NO_ROWS, 0, ""},
        {SLICE(HEADING), IMPORT_NO_ROWS, 0, ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct import_error error = {.status = IMPORT_OK};
        struct ibrd_statements statements;
        struct ibrd_reader reader;

        assert_true(ibrd_statements_open(&statements));
        ibrd_reader_init(&reader, &statements);
        enum import_status status = ibrd_reader_feed(&reader, &error, rows[i].text, true);
        if (status == IMPORT_OK) {
            status = ibrd_statements_sort(&statements, &error);
        }
        assert_int_equal(status, rows[i].status);
        assert_int_equal(error.status, rows[i].status);
        assert_int_equal(error.line, rows[i].line);
        assert_string_equal(error.detail, rows[i].detail);
        ibrd_reader_release(&reader);
        ibrd_statements_release(&statements);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_memory_ends_it_cleanly_at_every_call),
        cmocka_unit_test(an_error_says_where),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
