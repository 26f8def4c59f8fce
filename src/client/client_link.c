/* The connection: signing in, sending, receiving. */
#include "base/arena.h"
#include "client/client_internal.h"
#include "wire/wire_frame.h"

/* ---- what went wrong, for a person ---- */

void client_error_set(struct hr_client *client, const char *text)
{
    os_mutex_lock(&client->mutex);
    (void)snprintf(client->error, sizeof(client->error), "%s: %s", client->options.server, text);
    os_mutex_unlock(&client->mutex);
}

static enum hr_status fail(struct hr_client *client, enum hr_status status, const char *text)
{
    client_error_set(client, text);
    return status;
}

/* The text of an ERROR frame, made safe to print, and what it means for the caller. */
static enum hr_status failure_read(struct hr_client *client, const uint8_t *body, bool *ret_ends)
{
    struct wire_failure failure;
    char text[WIRE_TEXT_MAX + 1] = {0};

    memcpy(&failure, body, sizeof(failure));
    for (size_t i = 0; i < WIRE_TEXT_MAX && failure.text[i] != 0; i++) {
        text[i] =
            (uint8_t)failure.text[i] < 0x20 || failure.text[i] == 0x7F ? '?' : failure.text[i];
    }
    client_error_set(client, text);
    *ret_ends = failure.ends != 0;
    switch (failure.code) {
    case WIRE_SIGN_IN_NEEDED:
    case WIRE_TOKEN_REFUSED:
    case WIRE_THROTTLED:
    case WIRE_ROLE_NEEDED:
        return HR_DENIED;
    case WIRE_DRAINING:
    case WIRE_BUSY:
    case WIRE_TOO_SLOW:
    case WIRE_INTERNAL:
        return HR_UNREACHABLE;
    case WIRE_TOO_LARGE:
    case WIRE_DISK_FULL:
    case WIRE_TABLES_FULL:
    case WIRE_MEMORY_SHORT:
        return HR_NOT_DONE;
    default:
        return HR_PROTOCOL;
    }
}

/* ---- opening ---- */

static enum hr_status bytes_read(struct hr_client *client, uint8_t *ret_bytes, size_t size)
{
    while (size > 0) {
        size_t got;
        const enum os_status status =
            os_connection_read(client->connection, (char *)ret_bytes, size, &got);

        if (status != OS_OK) {
            return fail(client, HR_UNREACHABLE,
                        status == OS_AGAIN ? "the server did not answer in time"
                                           : "the server has ended the connection");
        }
        ret_bytes += got;
        size -= got;
    }
    return HR_OK;
}

static enum hr_status hello_send(struct hr_client *client)
{
    uint8_t frame[WIRE_HEADER_SIZE + WIRE_RECORD_SIZE];
    struct wire_header header = {.size = sizeof(frame), .type = WIRE_HELLO, .records = 1};
    struct wire_hello hello = {.version_min = WIRE_VERSION,
                               .version_max = WIRE_VERSION,
                               .token_size = client->target.token_size};

    memcpy(hello.token, client->target.token, client->target.token_size);
    memcpy(frame + WIRE_HEADER_SIZE, &hello, sizeof(hello));
    wire_frame_seal(frame, &header);
    const enum os_status status =
        os_connection_write(client->connection, slice_of((const char *)frame, sizeof(frame)));
    explicit_bzero(frame, sizeof(frame));
    explicit_bzero(&hello, sizeof(hello));
    return status == OS_OK ? HR_OK
                           : fail(client, HR_UNREACHABLE, "the server has ended the connection");
}

static unsigned smaller(unsigned a, uint32_t b)
{
    return a < b ? a : b;
}

static enum hr_status welcome_take(struct hr_client *client)
{
    uint8_t frame[WIRE_HEADER_SIZE + WIRE_RECORD_SIZE];
    struct wire_header header;
    struct wire_welcome welcome;
    bool ends;

    TRY(bytes_read(client, frame, WIRE_HEADER_SIZE));
    const enum wire_error error = wire_header_read(&header, frame);
    if (error != WIRE_OK) {
        return fail(client, HR_PROTOCOL, wire_error_text(error));
    }
    if (header.type != WIRE_WELCOME && header.type != WIRE_ERROR) {
        return fail(client, HR_PROTOCOL, "the server did not begin with a welcome");
    }
    TRY(bytes_read(client, frame + WIRE_HEADER_SIZE, WIRE_RECORD_SIZE));
    if (wire_body_check(&header, frame + WIRE_HEADER_SIZE) != WIRE_OK) {
        return fail(client, HR_PROTOCOL, wire_error_text(WIRE_BAD_CHECKSUM));
    }
    if (header.type == WIRE_ERROR) {
        return failure_read(client, frame + WIRE_HEADER_SIZE, &ends);
    }
    memcpy(&welcome, frame + WIRE_HEADER_SIZE, sizeof(welcome));
    if (welcome.version != WIRE_VERSION || welcome.commands_max == 0 || welcome.batches_max == 0) {
        return fail(client, HR_PROTOCOL, wire_error_text(WIRE_BAD_VERSION));
    }
    client->commands_max = smaller(WIRE_COMMANDS_MAX, welcome.commands_max);
    client->batches_max = smaller(client->options.batches_max, welcome.batches_max);
    return HR_OK;
}

enum hr_status client_link_open(struct hr_client *client)
{
    const struct os_connection_options options = {
        .host = client->target.host,
        .port = client->target.port,
        .tls = client->options.tls,
        .ca_file = client->options.ca_file,
        .certificate_file = client->options.certificate_file,
        .key_file = client->options.key_file,
        .timeout_ms = client->options.connect_timeout_ms,
    };
    const char *cause = "";
    const enum os_status opened = os_connection_open(&client->connection, &cause, &options);

    if (opened != OS_OK) {
        client->connection = NULL;
        return fail(client,
                    opened == OS_FORBIDDEN || opened == OS_INVALID ? HR_DENIED : HR_UNREACHABLE,
                    cause);
    }
    enum hr_status status = hello_send(client);
    status = status == HR_OK ? welcome_take(client) : status;
    if (status == HR_OK && os_connection_unblock(client->connection) != OS_OK) {
        status = fail(client, HR_UNREACHABLE, "the socket cannot be used");
    }
    if (status != HR_OK) {
        os_connection_close(client->connection);
        client->connection = NULL;
        return status;
    }
    client->input_size = 0;
    os_mutex_lock(&client->mutex);
    client->figures.connections++;
    os_mutex_unlock(&client->mutex);
    return HR_OK;
}

void client_link_close(struct hr_client *client)
{
    os_connection_close(client->connection);
    client->connection = NULL;
    client->input_size = 0;
    client_frames_rewind(client);
}

/* ---- sending ---- */

static struct client_frame *frame_to_send(const struct hr_client *client)
{
    struct client_frame *frame = client->frames;

    while (frame != NULL && frame->sent == frame->size) {
        frame = frame->next;
    }
    return frame;
}

bool client_link_wants_write(const struct hr_client *client)
{
    return client->connection != NULL && frame_to_send(client) != NULL;
}

static bool frames_send(struct hr_client *client, uint64_t *ret_total)
{
    for (struct client_frame *frame = frame_to_send(client); frame != NULL; frame = frame->next) {
        while (frame->sent < frame->size) {
            size_t sent = 0;
            const struct slice rest =
                slice_of((const char *)frame->bytes + frame->sent, frame->size - frame->sent);
            const enum os_status status = os_connection_send(client->connection, rest, &sent);

            if (status != OS_OK) {
                if (status != OS_AGAIN) {
                    client_error_set(client, "the server has ended the connection");
                }
                return status == OS_AGAIN;
            }
            frame->sent += sent;
            *ret_total += sent;
        }
    }
    return true;
}

/* ---- receiving ---- */

static bool frame_take(struct hr_client *client, const struct wire_header *header,
                       const uint8_t *body)
{
    bool ends = false;

    if (header->type == WIRE_RESULTS) {
        if (!client_frame_answered(client, header, body)) {
            client_error_set(client, "an answer does not fit what was sent");
            return false;
        }
        return true;
    }
    if (header->type != WIRE_ERROR) {
        client_error_set(client, wire_error_text(WIRE_BAD_TYPE));
        return header->type == WIRE_PONG;
    }
    const enum hr_status status = failure_read(client, body, &ends);
    if (header->tag != 0 && !ends) {
        return client_frame_refused(client, header->tag, status);
    }
    client->broken = status;
    return false;
}

/* Takes the frames that are whole; false when they are none of ours. */
static bool input_take(struct hr_client *client, size_t *ret_used, size_t *ret_wanted)
{
    size_t used = 0;

    *ret_wanted = CLIENT_RECEIVE_SIZE;
    while (client->input_size - used >= WIRE_HEADER_SIZE) {
        const uint8_t *frame = client->input + used;
        struct wire_header header;
        enum wire_error error = wire_header_read(&header, frame);

        if (error == WIRE_OK && header.size > client->input_size - used) {
            *ret_wanted = header.size;
            break;
        }
        error = error == WIRE_OK ? wire_body_check(&header, frame + WIRE_HEADER_SIZE) : error;
        if (error != WIRE_OK) {
            client->broken = HR_PROTOCOL;
            client_error_set(client, wire_error_text(error));
            return false;
        }
        used += header.size;
        if (!frame_take(client, &header, frame + WIRE_HEADER_SIZE)) {
            return false;
        }
    }
    *ret_used = used;
    return true;
}

/* Moves what is left to the front, and makes room for a frame of `wanted` bytes. */
static bool input_room(struct hr_client *client, size_t used, size_t wanted)
{
    const size_t left = client->input_size - used;

    if (used > 0 && left > 0) {
        memmove(client->input, client->input + used, left);
    }
    client->input_size = left;
    if (wanted < CLIENT_RECEIVE_SIZE) {
        wanted = CLIENT_RECEIVE_SIZE;
    }
    if (client->input_capacity < wanted) {
        uint8_t *input = memory_resize(client->input, wanted);

        REQUIRE(input != NULL, false);
        client->input = input;
        client->input_capacity = wanted;
    }
    return true;
}

static bool frames_receive(struct hr_client *client, uint64_t *ret_total)
{
    for (;;) {
        size_t got;
        size_t used;
        size_t wanted;
        const size_t room = client->input_capacity - client->input_size;
        const enum os_status status = os_connection_read(
            client->connection, (char *)client->input + client->input_size, room, &got);

        if (status == OS_AGAIN) {
            return true;
        }
        if (status != OS_OK) {
            client_error_set(client, "the server has ended the connection");
            return false;
        }
        client->input_size += got;
        *ret_total += got;
        if (!input_take(client, &used, &wanted) || !input_room(client, used, wanted)) {
            return false;
        }
        if (got < room) {
            return true; /* a short read: the socket is empty, or poll tells again */
        }
    }
}

bool client_link_turn(struct hr_client *client)
{
    uint64_t sent = 0;
    uint64_t received = 0;
    const bool alive = frames_send(client, &sent) && frames_receive(client, &received);

    os_mutex_lock(&client->mutex);
    client->figures.bytes_sent += sent;
    client->figures.bytes_received += received;
    os_mutex_unlock(&client->mutex);
    return alive;
}
