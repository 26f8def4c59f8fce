/* The parts of a client. Inside of the room.
 *
 * What a caller submits is a unit: a run of records that stay together in one frame. Units wait in
 * a queue under the mutex; the library's thread takes them out, packs them into frames and owns
 * them from then on, so that everything below the queue needs no lock. A frame is kept until it is
 * answered, and is sent again, byte for byte, over the next connection. */
#ifndef HEADROOM_CLIENT_INTERNAL_H
#define HEADROOM_CLIENT_INTERNAL_H

#include "base/check.h"
#include "headroom/client.h"
#include "os/connection.h"
#include "os/thread.h"
#include "wire/wire_format.h"

enum {
    CLIENT_TEXT_MAX = 256,        /* of the last error */
    CLIENT_HOST_MAX = 256,        /* of a name */
    CLIENT_RECEIVE_SIZE = 262144, /* bytes of one read */
    CLIENT_EAGER_FRAMES = 2,      /* in flight before a partial batch waits to fill */
};

/** What a unit is finished with. */
struct client_outcome {
    enum hr_status status;
    const struct wire_header *header;  /* of the answer; NULL unless HR_OK */
    const struct wire_result *results; /* of the unit's commands */
    const uint8_t *details;            /* the detail section of the frame */
};

struct client_unit {
    struct client_unit *next;
    const uint8_t *records; /* of the caller, until `finish` */
    uint32_t count, records_count;
    uint32_t first;       /* index of its first result in the frame */
    uint64_t deadline_ns; /* in the order of the queue: all have the same time-out */
    void (*finish)(struct client_unit *unit, const struct client_outcome *outcome);
};

/** A frame on its way. */
struct client_frame {
    struct client_frame *next;
    struct client_unit *first, *last; /* those that still wait; none: the answer is dropped */
    uint8_t *bytes;                   /* the whole frame; `memory`, or a batch's own */
    uint8_t *memory;                  /* owned; of `capacity` bytes */
    size_t capacity;
    size_t size, sent;
    uint64_t tag;
    uint32_t count, records_count;
};

struct client_target {
    char host[CLIENT_HOST_MAX];
    uint16_t port;
    char token[WIRE_TOKEN_MAX];
    uint16_t token_size;
};

struct hr_client {
    /* Fixed at opening. */
    struct hr_options options; /* texts point into `texts` */
    char *texts;
    struct client_target target;
    struct os_thread thread;
    int event_fd;

    /* Under the mutex. */
    struct os_mutex mutex;
    struct os_condition idle;         /* woken when nothing is left, and when opening has ended */
    struct client_unit *first, *last; /* submitted, not taken yet */
    size_t waiting;                   /* commands submitted and not put into a frame */
    size_t unfinished;                /* units */
    bool sleeping;                    /* the thread waits, and wants to be woken */
    bool closing;
    bool opened; /* the first attempt to connect has ended, with open_status */
    enum hr_status open_status;
    char error[CLIENT_TEXT_MAX];
    struct hr_figures figures;

    /* The thread's own. */
    struct client_unit *taken, *taken_last;    /* out of the queue, not in a frame yet */
    struct client_frame *frames, *frames_last; /* in the order of sending; not answered */
    struct client_frame *spare;
    unsigned in_flight;
    uint64_t next_tag;
    struct os_connection *connection;
    unsigned batches_max; /* what both sides allow */
    uint32_t commands_max;
    uint64_t connect_due_ns; /* not before this */
    unsigned connect_failures;
    enum hr_status broken; /* why there is no connection; HR_OK before the first attempt */
    uint8_t *input;
    size_t input_size, input_capacity;
};

struct hr_batch {
    struct client_unit unit; /* first */
    uint8_t *memory;         /* room for a header, then the records */
    struct hr_client *client;
    size_t commands_max, records_max;
    size_t count, records_count;
    uint8_t *last;    /* the command that was added last */
    size_t item_size; /* bytes of its items so far */
    bool submitted;
    hr_done done;
    void *context;
    /* The answer. */
    struct wire_header header;
    struct hr_result *results;
    bool answered;
    uint8_t *details;
    size_t details_capacity;
    uint32_t details_count;
};

/* ---- client_frame.c ---- */
/** Packs what was taken into frames, as far as the bounds allow. False when memory is short. */
void client_frames_make(struct hr_client *client);
/** Finishes units whose deadline has passed; returns the next deadline, UINT64_MAX when none. */
uint64_t client_units_expire(struct hr_client *client, uint64_t now_ns);
/** Finishes every unit with this status. */
void client_units_fail(struct hr_client *client, enum hr_status status);
/** An answer came: finishes the units of its frame. False when it does not fit what was sent. */
bool client_frame_answered(struct hr_client *client, const struct wire_header *header,
                           const uint8_t *body);
/** The server took none of the batch. False when no such batch was sent. */
bool client_frame_refused(struct hr_client *client, uint64_t tag, enum hr_status status);
/** The connection is gone: all frames are to be sent again. */
void client_frames_rewind(struct hr_client *client);
void client_frames_free(struct hr_client *client);

/* ---- client_link.c ---- */
/** Connects and signs in; HR_OK, or why not, with client->error set. */
enum hr_status client_link_open(struct hr_client *client);
void client_link_close(struct hr_client *client);
/** Sends and receives what can be without waiting. False when the connection was lost. */
bool client_link_turn(struct hr_client *client);
/** True when something waits to be sent. */
bool client_link_wants_write(const struct hr_client *client);
void client_error_set(struct hr_client *client, const char *text);

/* ---- client_loop.c ---- */
void *client_run(void *context);
/** Puts a unit into the queue. */
enum hr_status client_enqueue(struct hr_client *client, struct client_unit *unit);
void client_unit_finish(struct hr_client *client, struct client_unit *unit,
                        const struct client_outcome *outcome);

/* ---- client_answer.c ---- */
/** Reads the answer to one command out of a frame. */
void client_answer_read(struct hr_answer *ret_answer, const struct wire_header *header,
                        const struct wire_result *result, const uint8_t *details);
/** True when every result of a RESULTS frame points into its details and these are sound. */
bool client_results_hold(const struct wire_header *header, const struct wire_result *results,
                         const uint8_t *details);

#endif
