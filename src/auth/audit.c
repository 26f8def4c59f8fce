#include "auth/audit.h"

#include "auth/auth_file.h"
#include "base/json.h"

enum { HEX_SIZE = 2 * SHA256_SIZE, LINE_MAX = 16384, READ_SIZE = 1 << 16 };

struct audit {
    struct file *file;
    struct audit_summary summary;
    bool broken; /* a write or sync failed: what is stored is not known */
};

static const char *const event_names[AUDIT_EVENT_COUNT] = {
#define X(identifier, name) name,
    AUDIT_EVENT_LIST(X)
#undef X
};

/* ---- reading ---- */

/* Goes through a log line by line. */
struct scan {
    struct audit_summary summary;
    const uint8_t *wanted_head;
    bool wanted_seen;
    struct buffer *heads; /* NULL: nobody asks for them */
    bool bad_before;      /* the line before is no entry; the next one must say so */
    struct buffer line;
    struct arena arena;
    struct auth_error *error;
};

static enum auth_status damaged(struct scan *scan, const char *cause)
{
    return auth_file_damaged(scan->error, AUDIT_FILE, scan->summary.entries + 1, cause);
}

static struct slice member_text(const struct json_value *object, struct slice name)
{
    const struct json_value *member = json_member(object, name);

    return member == NULL || member->type != JSON_STRING ? SLICE("") : member->text;
}

static bool number_is(const struct json_value *entry, uint64_t number)
{
    const struct json_value *member = json_member(entry, SLICE("n"));
    uint64_t value;

    return member != NULL && member->type == JSON_NUMBER &&
           slice_to_u64(member->text, UINT64_MAX, &value) && value == number;
}

static enum auth_status entry_judge(struct scan *scan, const struct json_value *entry)
{
    char previous[HEX_SIZE];
    const struct slice event = member_text(entry, SLICE("event"));
    const bool torn = slice_equal(event, SLICE("torn_line"));

    hex_write(previous, scan->summary.head, SHA256_SIZE);
    if (!slice_equal(member_text(entry, SLICE("previous")), slice_of(previous, HEX_SIZE))) {
        return damaged(scan, "the line does not carry the hash of the line before");
    }
    if (!number_is(entry, scan->summary.entries + 1)) {
        return damaged(scan, "the line's number is not one more than that of the line before");
    }
    if (torn != scan->bad_before) {
        return damaged(scan, "a torn line and its entry do not stand together");
    }
    if (slice_equal(event, SLICE("trail_head"))) {
        if (!trail_head_parse(member_text(entry, SLICE("head")), &scan->summary.deposited)) {
            return damaged(scan, "the deposited head is none");
        }
        if (scan->heads != NULL) {
            buffer_append(scan->heads, slice_of((const char *)&scan->summary.deposited,
                                                sizeof(scan->summary.deposited)));
        }
    }
    scan->summary.only_first_start =
        scan->summary.only_first_start &&
        (torn || slice_equal(event, SLICE("first_start")) ||
         slice_equal(member_text(entry, SLICE("actor")), SLICE("first start")));
    return AUTH_OK;
}

static enum auth_status line_judge(struct scan *scan)
{
    struct json_error error;
    const struct slice line = buffer_slice(&scan->line);

    arena_reset(&scan->arena);
    const struct json_value *entry = json_parse(&scan->arena, &error, line);
    if (entry == NULL && error.memory_short) {
        *scan->error = (struct auth_error){.file = AUDIT_FILE, .cause = "memory is short"};
        return AUTH_NO_MEMORY;
    }
    const bool is_entry = entry != NULL && json_member(entry, SLICE("previous")) != NULL;
    if (!is_entry && scan->bad_before) {
        return damaged(scan, "two lines that are no entries");
    }
    if (is_entry) {
        const enum auth_status status = entry_judge(scan, entry);
        if (status != AUTH_OK) {
            return status;
        }
    }
    scan->bad_before = !is_entry;
    sha256_of(line, scan->summary.head);
    scan->summary.entries++;
    scan->wanted_seen =
        scan->wanted_seen || (scan->wanted_head != NULL &&
                              secret_equal(scan->wanted_head, scan->summary.head, SHA256_SIZE));
    buffer_reset(&scan->line);
    return AUTH_OK;
}

static enum auth_status bytes_take(struct scan *scan, struct slice bytes)
{
    while (bytes.size > 0) {
        const char *end = memchr(bytes.data, '\n', bytes.size);
        const size_t size = end == NULL ? bytes.size : (size_t)(end - bytes.data);

        if (scan->line.size + size > LINE_MAX) {
            return damaged(scan, "the line is longer than an entry can be");
        }
        buffer_append(&scan->line, slice_of(bytes.data, size));
        if (buffer_failed(&scan->line)) {
            *scan->error = (struct auth_error){.file = AUDIT_FILE, .cause = "memory is short"};
            return AUTH_NO_MEMORY;
        }
        if (end == NULL) {
            break;
        }
        const enum auth_status status = line_judge(scan);
        if (status != AUTH_OK) {
            return status;
        }
        bytes = slice_of(bytes.data + size + 1, bytes.size - size - 1);
    }
    return AUTH_OK;
}

static enum auth_status scan_run(struct scan *scan, struct file *file)
{
    char *bytes = memory_allocate(READ_SIZE);
    enum auth_status status = AUTH_OK;

    if (bytes == NULL) {
        *scan->error = (struct auth_error){.file = AUDIT_FILE, .cause = "memory is short"};
        return AUTH_NO_MEMORY;
    }
    for (size_t got = 1; status == AUTH_OK && got > 0;) {
        const struct file_result read = file_read(file, scan->summary.size, bytes, READ_SIZE, &got);

        if (read.status != OS_OK) {
            status = auth_file_failed(scan->error, AUDIT_FILE, read);
        } else {
            scan->summary.size += got;
            status = bytes_take(scan, slice_of(bytes, got));
        }
    }
    memory_free(bytes);
    scan->summary.torn = scan->line.size > 0;
    if (status == AUTH_OK && scan->wanted_head != NULL && !scan->wanted_seen) {
        status = auth_file_damaged(scan->error, AUDIT_FILE, 0,
                                   "no line has the hash that was noted earlier: the log was cut "
                                   "or replaced");
    }
    return status;
}

static enum auth_status scan_file(struct file *file, struct audit_summary *ret_summary,
                                  bool *ret_bad_end, struct auth_error *reterr_error,
                                  struct scan scan)
{
    scan.error = reterr_error;

    scan.summary.only_first_start = true;
    arena_init(&scan.arena, 1 << 20);
    const enum auth_status status = scan_run(&scan, file);
    buffer_release(&scan.line);
    arena_release(&scan.arena);
    if (status == AUTH_OK) {
        *ret_summary = scan.summary;
        *ret_bad_end = scan.bad_before;
    }
    return status;
}

enum auth_status audit_verify(struct directory *directory, struct audit_summary *ret_summary,
                              struct auth_error *reterr_error, const uint8_t *wanted_head,
                              struct buffer *heads)
{
    const struct scan scan = {.wanted_head = wanted_head, .heads = heads};
    struct file *file;
    bool bad_end;
    const struct file_result opened = file_open(directory, AUDIT_FILE, FILE_READ, &file);

    if (opened.status != OS_OK) {
        return auth_file_failed(reterr_error, AUDIT_FILE, opened);
    }
    const enum auth_status status = scan_file(file, ret_summary, &bad_end, reterr_error, scan);
    file_close(file);
    return status;
}

/* ---- writing ---- */

static void text_member(struct json_writer *writer, struct slice name, struct slice text)
{
    if (text.size > 0) {
        json_name(writer, name);
        json_string(writer, text);
    }
}

static void time_member(struct json_writer *writer, struct slice name, time_us time)
{
    if (time != TIME_NONE) {
        json_name(writer, name);
        json_value_begin(writer);
        buffer_append_byte(writer->buffer, '"');
        time_write(writer->buffer, time);
        buffer_append_byte(writer->buffer, '"');
    }
}

static void entry_write(struct buffer *line, const struct audit_entry *entry,
                        const struct audit_summary *summary)
{
    char previous[HEX_SIZE];
    struct json_writer writer;

    hex_write(previous, summary->head, SHA256_SIZE);
    json_writer_init(&writer, line);
    json_object_begin(&writer);
    json_name(&writer, SLICE("n"));
    json_u64(&writer, summary->entries + 1);
    time_member(&writer, SLICE("at"), entry->at);
    text_member(&writer, SLICE("event"), slice_from_cstr(event_names[entry->event]));
    text_member(&writer, SLICE("actor"), entry->actor);
    text_member(&writer, SLICE("address"), entry->address);
    if (entry->token != NULL) {
        text_member(&writer, SLICE("token"), token_id(entry->token));
        text_member(&writer, SLICE("name"), token_name(entry->token));
        text_member(&writer, SLICE("role"), auth_role_name((enum auth_role)entry->token->role));
        text_member(&writer, SLICE("scope"), token_scope(entry->token));
        text_member(&writer, SLICE("organisation"), token_organisation(entry->token));
        time_member(&writer, SLICE("expires"), entry->token->expires);
    }
    text_member(&writer, SLICE("reason"), entry->reason);
    text_member(&writer, SLICE("head"), entry->head);
    if (entry->suppressed > 0) {
        json_name(&writer, SLICE("suppressed"));
        json_u64(&writer, entry->suppressed);
    }
    text_member(&writer, SLICE("previous"), slice_of(previous, HEX_SIZE));
    json_object_end(&writer);
}

/* Writes bytes at the end of the file, durably. */
static enum auth_status bytes_add(struct audit *audit, struct slice bytes)
{
    struct file_result result =
        file_write(audit->file, audit->summary.size, bytes.data, bytes.size);

    if (result.status == OS_OK) {
        result = file_sync(audit->file);
        audit->broken = result.status != OS_OK;
    } else {
        /* A part may stand there; the next entry is written over it, from the same offset. */
        audit->broken = result.status != OS_FULL;
    }
    if (result.status == OS_OK) {
        audit->summary.size += bytes.size;
        return AUTH_OK;
    }
    return auth_from_os(result.status);
}

enum auth_status audit_add(struct audit *audit, const struct audit_entry *entry)
{
    struct buffer line = {0};
    uint8_t digest[SHA256_SIZE];

    REQUIRE(!audit->broken, AUTH_FAILED);
    entry_write(&line, entry, &audit->summary);
    check(line.size <= LINE_MAX);
    sha256_of(buffer_slice(&line), digest);
    buffer_append_byte(&line, '\n');
    if (buffer_failed(&line)) {
        buffer_release(&line);
        return AUTH_NO_MEMORY;
    }
    const enum auth_status status = bytes_add(audit, buffer_slice(&line));
    buffer_release(&line);
    if (status == AUTH_OK) {
        memcpy(audit->summary.head, digest, SHA256_SIZE);
        audit->summary.entries++;
    }
    return status;
}

/* Ends a torn line and accounts for it. A log that ends in such a line without the entry was left
 * by a crash between the two. */
static enum auth_status tail_mend(struct audit *audit, bool bad_end, time_us now,
                                  struct auth_error *reterr_error)
{
    enum auth_status status = AUTH_OK;

    if (audit->summary.torn) {
        status = bytes_add(audit, SLICE("\n"));
        if (status == AUTH_OK) {
            status =
                scan_file(audit->file, &audit->summary, &bad_end, reterr_error, (struct scan){0});
        }
    }
    if (status == AUTH_OK && bad_end) {
        const struct audit_entry entry = {.event = AUDIT_TORN_LINE, .at = now};
        status = audit_add(audit, &entry);
    }
    if (status != AUTH_OK && status != AUTH_DAMAGED) {
        *reterr_error =
            (struct auth_error){.file = AUDIT_FILE, .cause = "the log's end could not be mended"};
    }
    return status;
}

static struct file_result file_open_or_create(struct directory *directory, struct file **ret_file)
{
    struct file_result result = file_open(directory, AUDIT_FILE, FILE_UPDATE, ret_file);

    if (result.status == OS_MISSING) {
        result = file_open(directory, AUDIT_FILE, FILE_CREATE, ret_file);
        if (result.status == OS_OK) {
            result = directory_sync(directory);
            if (result.status != OS_OK) {
                file_close(*ret_file);
            }
        }
    }
    return result;
}

enum auth_status audit_open(struct directory *directory, struct audit **ret_audit, time_us now,
                            struct auth_error *reterr_error)
{
    struct audit *audit = memory_allocate(sizeof(*audit));
    bool bad_end = false;

    if (audit == NULL) {
        *reterr_error = (struct auth_error){.file = AUDIT_FILE, .cause = "memory is short"};
        return AUTH_NO_MEMORY;
    }
    *audit = (struct audit){0};
    const struct file_result opened = file_open_or_create(directory, &audit->file);
    if (opened.status != OS_OK) {
        memory_free(audit);
        return auth_file_failed(reterr_error, AUDIT_FILE, opened);
    }
    enum auth_status status =
        scan_file(audit->file, &audit->summary, &bad_end, reterr_error, (struct scan){0});
    if (status == AUTH_OK) {
        status = tail_mend(audit, bad_end, now, reterr_error);
    }
    if (status != AUTH_OK) {
        audit_close(audit);
        return status;
    }
    *ret_audit = audit;
    return AUTH_OK;
}

void audit_close(struct audit *audit)
{
    if (audit != NULL) {
        file_close(audit->file);
        memory_free(audit);
    }
}

const struct audit_summary *audit_summary(const struct audit *audit)
{
    return &audit->summary;
}
