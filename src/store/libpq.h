/* PostgreSQL's client library, loaded when the first store asks for it. It brings twenty other
 * libraries along, for ways to sign in that the embedded store has no use for, and to link them is
 * half of what the program takes to start. */
#ifndef HEADROOM_STORE_LIBPQ_H
#define HEADROOM_STORE_LIBPQ_H

#include <libpq-fe.h>

#include "base/check.h"

/* The functions of the library that the store calls. Source: PostgreSQL 15, chapter 34. */
#define LIBPQ_FUNCTIONS(X)                                                                         \
    X(clear)                                                                                       \
    X(cmdStatus)                                                                                   \
    X(cmdTuples)                                                                                   \
    X(connectdbParams)                                                                             \
    X(errorMessage)                                                                                \
    X(exec)                                                                                        \
    X(execPrepared)                                                                                \
    X(finish)                                                                                      \
    X(ftype)                                                                                       \
    X(getisnull)                                                                                   \
    X(getlength)                                                                                   \
    X(getvalue)                                                                                    \
    X(nfields)                                                                                     \
    X(ntuples)                                                                                     \
    X(parameterStatus)                                                                             \
    X(prepare)                                                                                     \
    X(resultErrorField)                                                                            \
    X(resultStatus)                                                                                \
    X(serverVersion)                                                                               \
    X(setClientEncoding)                                                                           \
    X(setNoticeReceiver)                                                                           \
    X(status)                                                                                      \
    X(transactionStatus)

/** `pq.exec` is PQexec, and so on; NULL each before libpq_load. */
struct libpq {
#define X(name) __typeof__(PQ##name) *(name);
    LIBPQ_FUNCTIONS(X)
#undef X
};

extern struct libpq pq;

/** Loads the library, once for all threads; later calls say the same as the first.
 *  Returns NULL, or why it cannot be used: a text that lasts. */
const char *libpq_load(void) MUST_USE;

#endif
