/* The state of a case as bytes.
 *
 *   "HRBC"                 4 bytes
 *   version                1 byte, 1
 *   model hash             32 bytes
 *   body                   counts in LEB128, signed numbers zigzag, see write_body
 *   checksum               8 bytes, XXH3 over all before, little-endian
 *
 * A state is read strictly: every reference must resolve, every number be in order, and no byte be
 * left over. */
#include "bpmn/case.h"
#include "bpmn/value.h"

enum { CASE_VERSION = 1, HEAD_SIZE = 4 + 1 + SHA256_SIZE, CHECKSUM_SIZE = 8 };

static const char magic[4] = {'H', 'R', 'B', 'C'};

/* ---- writing ---- */

static bool write_variables(struct buffer *out, const struct bpmn_scope *scope)
{
    bool good = true;
    bpmn_write_u64(out, scope->variable_count);
    for (uint32_t i = 0; i < scope->variable_count && good; i++) {
        bpmn_write_text(out, scope->variables[i].name);
        good = bpmn_value_write(out, scope->variables[i].value);
    }
    return good;
}

static bool write_scope(struct buffer *out, const struct bpmn_scope *scope)
{
    buffer_append_byte(out, (char)scope->kind);
    bpmn_write_u64(out, scope->number);
    bpmn_write_u64(out, scope->parent);
    bpmn_write_u64(out, scope->token);
    bpmn_write_u64(out, scope->node);
    if (scope->kind >= BPMN_SCOPE_MULTI) {
        bpmn_write_u64(out, scope->started);
    }
    if (scope->kind == BPMN_SCOPE_MULTI) {
        bpmn_write_u64(out, scope->total);
        bpmn_write_u64(out, scope->completed);
        if (!bpmn_value_write(out, scope->items)) {
            return false;
        }
    }
    return write_variables(out, scope);
}

static bool write_body(struct buffer *out, const struct bpmn_case *state)
{
    bpmn_write_text(out, state->id);
    buffer_append_byte(out, (char)state->phase);
    bpmn_write_u64(out, state->last);
    bpmn_write_u64(out, state->step);
    bpmn_write_i64(out, state->now);
    bpmn_write_u64(out, state->scope_count);
    for (uint32_t i = 0; i < state->scope_count; i++) {
        if (!write_scope(out, &state->scopes[i])) {
            return false;
        }
    }
    bpmn_write_u64(out, state->token_count);
    for (uint32_t i = 0; i < state->token_count; i++) {
        const struct bpmn_token *token = &state->tokens[i];
        bpmn_write_u64(out, token->number);
        bpmn_write_u64(out, token->scope);
        bpmn_write_u64(out, token->node);
        bpmn_write_u64(out, token->flow == BPMN_NOWHERE ? 0 : token->flow + 1);
        buffer_append_byte(out, (char)token->state);
    }
    bpmn_write_u64(out, state->wait_count);
    for (uint32_t i = 0; i < state->wait_count; i++) {
        const struct bpmn_wait *wait = &state->waits[i];
        bpmn_write_u64(out, wait->number);
        bpmn_write_u64(out, wait->token);
        bpmn_write_u64(out, wait->node);
        buffer_append_byte(out, (char)wait->kind);
        if (wait->kind == BPMN_WAIT_TIMER) {
            bpmn_write_i64(out, wait->due);
            bpmn_write_u64(out, wait->left);
        } else if (wait->kind == BPMN_WAIT_MESSAGE) {
            bpmn_write_text(out, wait->key);
        }
    }
    bpmn_write_u64(out, state->message_count);
    for (uint32_t i = 0; i < state->message_count; i++) {
        for (unsigned byte = 0; byte < 8; byte++) {
            buffer_append_byte(out, (char)(state->messages[i] >> (byte * 8) & 0xff));
        }
    }
    return true;
}

enum bpmn_status bpmn_case_save(const struct bpmn_env *env, const struct bpmn_case *state,
                                struct buffer *out)
{
    const struct bpmn_limits *limits = env->limits == NULL ? &bpmn_limits_default : env->limits;
    const size_t begin = out->size;
    buffer_append(out, slice_of(magic, sizeof magic));
    buffer_append_byte(out, CASE_VERSION);
    buffer_append(out, slice_of((const char *)env->model->hash, SHA256_SIZE));
    const bool good = write_body(out, state);
    if (!good || buffer_failed(out) || out->size - begin > limits->state_max) {
        out->size = begin;
        return !buffer_failed(out) ? BPMN_STATUS_TOO_LARGE : BPMN_STATUS_MEMORY;
    }
    const uint64_t sum = hash64(out->data + begin, out->size - begin, 0);
    for (unsigned byte = 0; byte < CHECKSUM_SIZE; byte++) {
        buffer_append_byte(out, (char)(sum >> (byte * 8) & 0xff));
    }
    return buffer_failed(out) ? BPMN_STATUS_MEMORY : BPMN_STATUS_OK;
}

/* ---- reading ---- */

static void read_variables(struct bpmn_reader *reader, struct bpmn_scope *scope)
{
    const uint32_t count = bpmn_read_count(reader);
    scope->variables = bpmn_read_take(reader, count, sizeof *scope->variables);
    for (uint32_t i = 0; i < count && !reader->bad; i++) {
        scope->variables[i].name = bpmn_read_text(reader);
        scope->variables[i].value = bpmn_value_read(reader);
        for (uint32_t j = 0; j < i; j++) {
            reader->bad =
                reader->bad || slice_equal(scope->variables[i].name, scope->variables[j].name);
        }
    }
    scope->variable_count = count;
    scope->variable_capacity = count;
}

static struct bpmn_scope read_scope(struct bpmn_reader *reader, const struct bpmn_case *state)
{
    struct bpmn_scope scope = {0};
    const uint8_t kind = bpmn_read_byte(reader);
    scope.kind = kind > BPMN_SCOPE_INSTANCE ? BPMN_SCOPE_CASE : (enum bpmn_scope_kind)kind;
    reader->bad = reader->bad || kind > BPMN_SCOPE_INSTANCE;
    scope.number = (uint32_t)bpmn_read_u64(reader, state->last);
    scope.parent = (uint32_t)bpmn_read_u64(reader, state->last);
    scope.token = (uint32_t)bpmn_read_u64(reader, state->last);
    scope.node = (uint32_t)bpmn_read_u64(reader, state->model->node_count - 1);
    if (kind >= BPMN_SCOPE_MULTI) {
        scope.started = (uint32_t)bpmn_read_u64(reader, UINT32_MAX);
    }
    if (kind == BPMN_SCOPE_MULTI) {
        scope.total = (uint32_t)bpmn_read_u64(reader, UINT32_MAX);
        scope.completed = (uint32_t)bpmn_read_u64(reader, scope.total);
        scope.items = bpmn_value_read(reader);
        reader->bad = reader->bad || scope.started > scope.total ||
                      (scope.items.kind == FEEL_LIST && scope.items.size != scope.total) ||
                      (scope.items.kind != FEEL_LIST && scope.items.kind != FEEL_NULL);
    }
    read_variables(reader, &scope);
    return scope;
}

static struct bpmn_token read_token(struct bpmn_reader *reader, const struct bpmn_case *state)
{
    struct bpmn_token token = {
        .number = (uint32_t)bpmn_read_u64(reader, state->last),
        .scope = (uint32_t)bpmn_read_u64(reader, state->last),
        .node = (uint32_t)bpmn_read_u64(reader, state->model->node_count - 1),
        .flow = BPMN_NOWHERE,
    };
    const uint32_t flow = (uint32_t)bpmn_read_u64(reader, state->model->flow_count);
    const uint8_t kind = bpmn_read_byte(reader);
    token.flow = flow == 0 ? BPMN_NOWHERE : flow - 1;
    if (kind < BPMN_TOKEN_WAIT || kind > BPMN_TOKEN_INCIDENT) {
        reader->bad = true;
    }
    token.state = (enum bpmn_token_state)(reader->bad ? BPMN_TOKEN_WAIT : kind);
    return token;
}

static struct bpmn_wait read_wait(struct bpmn_reader *reader, const struct bpmn_case *state)
{
    struct bpmn_wait wait = {
        .number = (uint32_t)bpmn_read_u64(reader, state->last),
        .token = (uint32_t)bpmn_read_u64(reader, state->last),
        .node = (uint32_t)bpmn_read_u64(reader, state->model->node_count - 1),
    };
    const uint8_t kind = bpmn_read_byte(reader);
    reader->bad = reader->bad || kind > BPMN_WAIT_INCIDENT;
    wait.kind = (enum bpmn_wait_kind)(reader->bad ? 0 : kind);
    if (wait.kind == BPMN_WAIT_TIMER) {
        wait.due = bpmn_read_i64(reader);
        wait.left = (uint32_t)bpmn_read_u64(reader, UINT32_MAX);
        reader->bad = reader->bad || wait.left == 0;
    } else if (wait.kind == BPMN_WAIT_MESSAGE) {
        wait.key = bpmn_read_text(reader);
    }
    return wait;
}

static void read_lists(struct bpmn_reader *reader, struct bpmn_case *state)
{
    state->scope_count = state->scope_capacity = bpmn_read_count(reader);
    state->scopes = bpmn_read_take(reader, state->scope_count, sizeof *state->scopes);
    for (uint32_t i = 0; i < state->scope_count && !reader->bad; i++) {
        state->scopes[i] = read_scope(reader, state);
    }
    state->token_count = state->token_capacity = bpmn_read_count(reader);
    state->tokens = bpmn_read_take(reader, state->token_count, sizeof *state->tokens);
    for (uint32_t i = 0; i < state->token_count && !reader->bad; i++) {
        state->tokens[i] = read_token(reader, state);
    }
    state->wait_count = state->wait_capacity = bpmn_read_count(reader);
    state->waits = bpmn_read_take(reader, state->wait_count, sizeof *state->waits);
    for (uint32_t i = 0; i < state->wait_count && !reader->bad; i++) {
        state->waits[i] = read_wait(reader, state);
    }
    state->message_count = state->message_capacity = bpmn_read_count(reader);
    state->messages = bpmn_read_take(reader, state->message_count, sizeof *state->messages);
    for (uint32_t i = 0; i < state->message_count && !reader->bad; i++) {
        for (unsigned byte = 0; byte < 8; byte++) {
            state->messages[i] |= (uint64_t)bpmn_read_byte(reader) << (byte * 8);
        }
    }
}

/* ---- judging ---- */

static struct bpmn_scope *scope_of(const struct bpmn_case *state, uint32_t number, uint32_t before)
{
    for (uint32_t i = 0; i < before; i++) {
        if (state->scopes[i].number == number) {
            return &state->scopes[i];
        }
    }
    return NULL;
}

static const struct bpmn_token *token_of(const struct bpmn_case *state, uint32_t number)
{
    for (uint32_t i = 0; i < state->token_count; i++) {
        if (state->tokens[i].number == number) {
            return &state->tokens[i];
        }
    }
    return NULL;
}

/* The container whose elements the tokens of a scope stand at. */
static uint32_t container_of(const struct bpmn_case *state, const struct bpmn_scope *scope)
{
    return scope->kind == BPMN_SCOPE_INSTANCE ? state->model->nodes[scope->node].parent
                                              : scope->node;
}

static bool scope_sound(const struct bpmn_case *state, uint32_t index)
{
    const struct bpmn_scope *scope = &state->scopes[index];
    const struct bpmn_node *node = &state->model->nodes[scope->node];
    struct bpmn_scope *parent = scope_of(state, scope->parent, index);
    const struct bpmn_token *token = token_of(state, scope->token);
    if (scope_of(state, scope->number, index) != NULL || scope->number == 0 ||
        (index == 0) != (scope->kind == BPMN_SCOPE_CASE)) {
        return false;
    }
    if (index == 0) {
        return node->kind == BPMN_PROCESS && scope->parent == 0 && scope->token == 0;
    }
    if (parent == NULL) {
        return false;
    }
    if (scope->kind == BPMN_SCOPE_INSTANCE) {
        parent->live++;
        return parent->kind == BPMN_SCOPE_MULTI && parent->node == scope->node &&
               scope->token == 0 && scope->started >= 1 && scope->started <= parent->started;
    }
    if (token == NULL || token->state != BPMN_TOKEN_CHILD || token->scope != scope->parent) {
        return false;
    }
    const struct bpmn_node *opener = &state->model->nodes[token->node];
    switch (scope->kind) {
    case BPMN_SCOPE_SUB:
        return opener->kind == BPMN_SUBPROCESS && scope->node == token->node;
    case BPMN_SCOPE_CALL:
        return opener->kind == BPMN_CALL && opener->called_node == scope->node;
    default:
        return opener->multi != NULL && scope->node == token->node;
    }
}

static bool token_sound(const struct bpmn_case *state, uint32_t index)
{
    const struct bpmn_token *token = &state->tokens[index];
    const struct bpmn_node *node = &state->model->nodes[token->node];
    struct bpmn_scope *scope = scope_of(state, token->scope, state->scope_count);
    if (token->number == 0 || token_of(state, token->number) != token || scope == NULL ||
        scope->kind == BPMN_SCOPE_MULTI || node->parent != container_of(state, scope)) {
        return false;
    }
    scope->live++;
    if (scope->kind == BPMN_SCOPE_INSTANCE && token->node != scope->node) {
        return false;
    }
    if (token->flow != BPMN_NOWHERE && state->model->flows[token->flow].target != token->node &&
        token->state == BPMN_TOKEN_JOIN) {
        return false;
    }
    if (token->state == BPMN_TOKEN_JOIN) {
        return token->flow != BPMN_NOWHERE &&
               (node->kind == BPMN_PARALLEL || node->kind == BPMN_INCLUSIVE);
    }
    uint32_t opened = 0;
    for (uint32_t i = 0; i < state->scope_count; i++) {
        opened += state->scopes[i].token == token->number;
    }
    return opened == (token->state == BPMN_TOKEN_CHILD);
}

/* Whether a wait stands where such a wait can stand. */
static bool wait_fits(const struct bpmn_case *state, const struct bpmn_wait *wait,
                      const struct bpmn_token *token)
{
    const struct bpmn_node *node = &state->model->nodes[wait->node];
    const struct bpmn_node *at = &state->model->nodes[token->node];
    /* What is done at an element itself is waited for there and nowhere else. */
    const bool own = wait->node == token->node &&
                     (token->state == BPMN_TOKEN_WAIT || wait->kind == BPMN_WAIT_INCIDENT ||
                      token->state == BPMN_TOKEN_INCIDENT);
    bool behind = node->attached == token->node;
    for (uint32_t i = 0; i < node->incoming_count && at->kind == BPMN_EVENT_GATEWAY; i++) {
        behind = behind || state->model->flows[node->incoming[i]].source == token->node;
    }
    switch (wait->kind) {
    case BPMN_WAIT_TASK:
        return own && at->kind == BPMN_USER;
    case BPMN_WAIT_SERVICE:
        return own && (at->kind == BPMN_SERVICE || (at->kind == BPMN_SEND && at->topic.size > 0));
    case BPMN_WAIT_TIMER:
        return node->trigger == BPMN_TIMER && (own ? at->kind == BPMN_CATCH : behind);
    case BPMN_WAIT_MESSAGE:
        return (node->trigger == BPMN_MESSAGE || node->kind == BPMN_RECEIVE) &&
               (own ? at->kind == BPMN_CATCH || at->kind == BPMN_RECEIVE : behind);
    case BPMN_WAIT_INCIDENT:
        return own && token->state == BPMN_TOKEN_INCIDENT;
    }
    return false;
}

static bool wait_sound(const struct bpmn_case *state, uint32_t index)
{
    const struct bpmn_wait *wait = &state->waits[index];
    const struct bpmn_token *token = token_of(state, wait->token);
    for (uint32_t i = 0; i < index; i++) {
        if (state->waits[i].number == wait->number) {
            return false;
        }
    }
    return token != NULL && wait->number > 0 && wait_fits(state, wait, token);
}

/* An event of every kind finds what it needs, and every token can go on. */
static bool sound(const struct bpmn_case *state)
{
    bool good = state->phase == BPMN_RUNNING
                    ? state->scope_count > 0 && state->token_count > 0
                    : state->scope_count == 0 && state->token_count == 0 && state->wait_count == 0;
    for (uint32_t i = 0; i < state->scope_count && good; i++) {
        good = scope_sound(state, i);
    }
    for (uint32_t i = 0; i < state->token_count && good; i++) {
        good = token_sound(state, i);
    }
    for (uint32_t i = 0; i < state->wait_count && good; i++) {
        good = wait_sound(state, i);
    }
    for (uint32_t i = 0; i < state->scope_count && good; i++) {
        const struct bpmn_scope *scope = &state->scopes[i];
        good =
            scope->live > 0 &&
            (scope->kind != BPMN_SCOPE_MULTI || scope->live + scope->completed <= scope->started) &&
            (scope->kind != BPMN_SCOPE_INSTANCE || scope->live == 1);
    }
    return good;
}

static bool head_read(struct slice bytes, uint8_t ret_hash[SHA256_SIZE])
{
    if (bytes.size < HEAD_SIZE + CHECKSUM_SIZE || memcmp(bytes.data, magic, sizeof magic) != 0 ||
        bytes.data[4] != CASE_VERSION) {
        return false;
    }
    const size_t size = bytes.size - CHECKSUM_SIZE;
    const uint64_t sum = hash64(bytes.data, size, 0);
    for (unsigned byte = 0; byte < CHECKSUM_SIZE; byte++) {
        if ((uint8_t)bytes.data[size + byte] != (uint8_t)(sum >> (byte * 8))) {
            return false;
        }
    }
    memcpy(ret_hash, bytes.data + 5, SHA256_SIZE);
    return true;
}

bool bpmn_case_model_hash(struct slice bytes, uint8_t ret_hash[SHA256_SIZE])
{
    return head_read(bytes, ret_hash);
}

enum bpmn_status bpmn_case_load(const struct bpmn_env *env, struct slice bytes,
                                struct bpmn_case **ret_case)
{
    const struct bpmn_limits *limits = env->limits == NULL ? &bpmn_limits_default : env->limits;
    uint8_t hash[SHA256_SIZE];
    struct feel_zones zones = {.arena = env->arena};
    REQUIRE(bytes.size <= (size_t)limits->state_max + CHECKSUM_SIZE && head_read(bytes, hash),
            BPMN_STATUS_DAMAGED);
    REQUIRE(memcmp(hash, env->model->hash, SHA256_SIZE) == 0, BPMN_STATUS_VERSION);
    REQUIRE(env->model->node_count > 0, BPMN_STATUS_DAMAGED);
    struct bpmn_case *state = arena_take(env->arena, sizeof *state);
    /* The case refers to names and texts in a copy, so that the caller may reuse the bytes. */
    bytes = arena_copy(env->arena, bytes);
    REQUIRE(state != NULL && bytes.data != NULL, BPMN_STATUS_MEMORY);
    struct bpmn_reader reader = {
        .rest = slice_of(bytes.data + HEAD_SIZE, bytes.size - HEAD_SIZE - CHECKSUM_SIZE),
        .arena = env->arena,
        .zones = &zones,
    };
    *state = (struct bpmn_case){.model = env->model, .arena = env->arena};
    state->id = bpmn_read_text(&reader);
    const uint8_t phase = bpmn_read_byte(&reader);
    state->phase = (enum bpmn_phase)(phase > BPMN_CANCELLED ? 0 : phase);
    state->last = (uint32_t)bpmn_read_u64(&reader, UINT32_MAX - 1000000);
    state->step = (uint32_t)bpmn_read_u64(&reader, UINT32_MAX - 1);
    state->now = bpmn_read_i64(&reader);
    read_lists(&reader, state);
    REQUIRE(!reader.memory_short, BPMN_STATUS_MEMORY);
    REQUIRE(!reader.bad && reader.rest.size == 0 && phase <= BPMN_CANCELLED && state->id.size > 0 &&
                state->id.size <= BPMN_CASE_ID_MAX && sound(state),
            BPMN_STATUS_DAMAGED);
    *ret_case = state;
    return BPMN_STATUS_OK;
}
