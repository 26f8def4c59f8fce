/* Opening and closing. */
#include "base/arena.h"
#include "client/client_internal.h"
#include "os/clock.h"
#include "os/stream.h"

enum {
    TIMEOUT_DEFAULT_MS = 30000,
    CONNECT_DEFAULT_MS = 5000,
    BATCHES_DEFAULT = 4,
    WAITING_DEFAULT = 1 << 22,
};

/* ---- options ---- */

/* "host:port", "[address]:port". */
static bool server_read(struct client_target *target, const char *server)
{
    struct slice text = slice_from_cstr(server);
    size_t colon = text.size;
    uint64_t port;

    while (colon > 0 && text.data[colon - 1] != ':') {
        colon--;
    }
    if (colon < 2 ||
        !slice_to_u64(slice_of(text.data + colon, text.size - colon), UINT16_MAX, &port) ||
        port == 0) {
        return false;
    }
    struct slice host = slice_of(text.data, colon - 1);
    if (host.size > 2 && host.data[0] == '[' && host.data[host.size - 1] == ']') {
        host = slice_of(host.data + 1, host.size - 2);
    }
    if (host.size >= CLIENT_HOST_MAX) {
        return false;
    }
    memcpy(target->host, host.data, host.size);
    target->host[host.size] = '\0';
    target->port = (uint16_t)port;
    return true;
}

static bool token_set(struct client_target *target, struct slice token)
{
    token = slice_trim(token);
    if (token.size == 0 || token.size > WIRE_TOKEN_MAX) {
        return false;
    }
    memcpy(target->token, token.data, token.size);
    target->token_size = (uint16_t)token.size;
    return true;
}

static bool token_file_read(struct client_target *target, const char *path)
{
    char text[2 * WIRE_TOKEN_MAX];
    struct slice rest;
    struct slice line = SLICE("");
    size_t size = 0;
    size_t got;
    int fd;

    if (os_stream_open(&fd, path) != OS_OK) {
        return false;
    }
    while (size < sizeof(text) &&
           os_stream_read(fd, text + size, sizeof(text) - size, &got) == OS_OK) {
        size += got;
    }
    os_stream_close(fd);
    rest = slice_of(text, size);
    const bool read = size > 0 && slice_split(&rest, '\n', &line) && token_set(target, line);
    explicit_bzero(text, sizeof(text));
    return read;
}

/* Copies the texts of the options into one block. */
static bool texts_copy(struct hr_client *client)
{
    const char **const places[] = {&client->options.server, &client->options.ca_file,
                                   &client->options.certificate_file, &client->options.key_file};
    size_t size = 0;

    for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
        size += *places[i] == NULL ? 0 : strlen(*places[i]) + 1;
    }
    client->texts = memory_allocate(size);
    REQUIRE(client->texts != NULL, false);
    char *out = client->texts;
    for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
        if (*places[i] != NULL) {
            const size_t length = strlen(*places[i]) + 1;

            memcpy(out, *places[i], length);
            *places[i] = out;
            out += length;
        }
    }
    return true;
}

static void options_default(struct hr_options *options)
{
    options->timeout_ms = options->timeout_ms == 0 ? TIMEOUT_DEFAULT_MS : options->timeout_ms;
    options->connect_timeout_ms =
        options->connect_timeout_ms == 0 ? CONNECT_DEFAULT_MS : options->connect_timeout_ms;
    options->batches_max = options->batches_max == 0 ? BATCHES_DEFAULT : options->batches_max;
    options->gather_max = options->gather_max == 0 ? HR_COMMANDS_MAX : options->gather_max;
    options->waiting_max = options->waiting_max == 0 ? WAITING_DEFAULT : options->waiting_max;
}

/* NULL, or what is wrong with the options. */
static const char *options_judge(struct hr_client *client)
{
    struct hr_options *options = &client->options;

    if (!server_read(&client->target, options->server)) {
        return "this is no server such as 127.0.0.1:8081";
    }
    if ((options->token == NULL) == (options->token_file == NULL)) {
        return "a token or a token file is needed";
    }
    if (options->token != NULL ? !token_set(&client->target, slice_from_cstr(options->token))
                               : !token_file_read(&client->target, options->token_file)) {
        return "the token, or the file it should be in, cannot be used";
    }
    if (options->batches_max > WIRE_BATCHES_MAX || options->gather_max > HR_COMMANDS_MAX) {
        return "batches_max is at most 32, gather_max at most 8192";
    }
    if ((options->certificate_file == NULL) != (options->key_file == NULL) ||
        (!options->tls && (options->ca_file != NULL || options->certificate_file != NULL))) {
        return "certificate and key go together, and with tls";
    }
    options->token = NULL;
    options->token_file = NULL;
    return NULL;
}

/* ---- opening and closing ---- */

static enum hr_status client_start(struct hr_client *client)
{
    client->input = memory_allocate(CLIENT_RECEIVE_SIZE);
    client->input_capacity = CLIENT_RECEIVE_SIZE;
    REQUIRE(client->input != NULL, HR_NO_MEMORY);
    REQUIRE(os_event_open(&client->event_fd) == OS_OK, HR_NO_MEMORY);
    REQUIRE(os_thread_start(&client->thread, client_run, client) == OS_OK, HR_NO_MEMORY);
    os_mutex_lock(&client->mutex);
    while (!client->opened) {
        os_condition_wait(&client->idle, &client->mutex);
    }
    const enum hr_status status = client->open_status;
    os_mutex_unlock(&client->mutex);
    return status;
}

enum hr_status hr_open(struct hr_client **ret_client, const struct hr_options *options)
{
    struct hr_client *client = memory_allocate(sizeof(*client));

    *ret_client = client;
    REQUIRE(client != NULL, HR_NO_MEMORY);
    *client = (struct hr_client){.options = *options, .event_fd = -1, .next_tag = 1};
    os_mutex_init(&client->mutex);
    os_condition_init(&client->idle);
    options_default(&client->options);
    if (client->options.server == NULL) {
        client->options.server = "(no server)";
    }
    if (!texts_copy(client)) {
        client->options.server = "";
        hr_close(client);
        *ret_client = NULL;
        return HR_NO_MEMORY;
    }
    const char *wrong = options_judge(client);
    if (wrong != NULL) {
        client->open_status = HR_BAD_ARGUMENT;
        client_error_set(client, wrong);
        return HR_BAD_ARGUMENT;
    }
    return client_start(client);
}

void hr_close(struct hr_client *client)
{
    if (client == NULL) {
        return;
    }
    check(!os_thread_is_current(&client->thread));
    os_mutex_lock(&client->mutex);
    client->closing = true;
    os_mutex_unlock(&client->mutex);
    if (client->event_fd >= 0) {
        os_event_set(client->event_fd);
    }
    os_thread_join(&client->thread);
    client_frames_free(client);
    os_event_close(client->event_fd);
    os_condition_release(&client->idle);
    os_mutex_release(&client->mutex);
    explicit_bzero(client->target.token, sizeof(client->target.token));
    memory_free(client->input);
    memory_free(client->texts);
    memory_free(client);
}

void hr_error_text(struct hr_client *client, char *ret_text, size_t size)
{
    if (size == 0) {
        return;
    }
    ret_text[0] = '\0';
    if (client != NULL) {
        os_mutex_lock(&client->mutex);
        (void)snprintf(ret_text, size, "%s", client->error);
        os_mutex_unlock(&client->mutex);
    }
}

void hr_figures(struct hr_client *client, struct hr_figures *ret_figures)
{
    os_mutex_lock(&client->mutex);
    *ret_figures = client->figures;
    os_mutex_unlock(&client->mutex);
}

enum hr_status hr_wait(struct hr_client *client, unsigned timeout_ms)
{
    const uint64_t until_ns = os_clock_monotonic_ns() + timeout_ms * OS_NS_PER_MS;
    bool in_time = true;

    REQUIRE(!os_thread_is_current(&client->thread), HR_BAD_ARGUMENT);
    os_mutex_lock(&client->mutex);
    while (client->unfinished > 0 && in_time) {
        in_time = os_condition_wait_until(&client->idle, &client->mutex, until_ns);
    }
    const bool idle = client->unfinished == 0;
    os_mutex_unlock(&client->mutex);
    return idle ? HR_OK : HR_TIMED_OUT;
}
