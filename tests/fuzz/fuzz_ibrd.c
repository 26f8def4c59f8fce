/* Any bytes as a statement, plain or gzip: it is refused with a place and a reason, or it runs
 * through the ledger, and every row that is sound at both ends reconciles. */
#include "import/ibrd_import.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROWS_MAX = 64 }; /* an import of more teaches nothing new */

static void statements_run(struct ibrd_statements *statements)
{
    struct import_target *target = import_memory_open();
    struct ibrd_import *import = NULL;
    struct import_error error;
    struct ibrd_options options;

    check(target != NULL);
    ibrd_options_init(&options);
    check(ibrd_import_run(&import, &error, statements, target, &options) == IMPORT_OK);
    check(ibrd_import_result(import)->reconciled);
    ibrd_import_free(import);
    import_memory_free(target);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ibrd_statements statements;
    struct ibrd_reader reader;
    struct import_error error = {0};
    size_t rows;

    check(ibrd_statements_open(&statements));
    ibrd_reader_init(&reader, &statements);
    if (ibrd_reader_feed(&reader, &error, slice_of((const char *)data, size), true) != IMPORT_OK ||
        ibrd_statements_sort(&statements, &error) != IMPORT_OK) {
        check(error.status != IMPORT_OK && error.status != IMPORT_NO_MEMORY);
    } else {
        (void)ibrd_rows(&statements, &rows);
        if (rows <= ROWS_MAX) {
            statements_run(&statements);
        }
    }
    ibrd_reader_release(&reader);
    ibrd_statements_release(&statements);
    return 0;
}
