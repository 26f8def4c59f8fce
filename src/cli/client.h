/* What the verbs that ask a server share: where it is, the token, one exchange, its problems. */
#ifndef HEADROOM_CLI_CLIENT_H
#define HEADROOM_CLI_CLIENT_H

#include "base/json.h"
#include "cli/cli.h"
#include "http/http_client.h"

/* The options of every such verb, for the end of its table. */
#define CLIENT_OPTIONS                                                                             \
    {"server", "URL", "the server; HEADROOM_SERVER or http://127.0.0.1:8080 otherwise",            \
     "服务器；缺省取 HEADROOM_SERVER 或 http://127.0.0.1:8080"},                                   \
        {"token", "FILE", "file with the token; HEADROOM_TOKEN or HEADROOM_TOKEN_FILE otherwise",  \
         "令牌文件；缺省取 HEADROOM_TOKEN 或 HEADROOM_TOKEN_FILE"},                                \
        {"ca", "FILE", "authorities (PEM) of the server's certificate", "服务器证书的 CA（PEM）"}, \
        {"cert", "FILE", "certificate (PEM) of this client", "本客户端的证书（PEM）"},             \
        {"key", "FILE", "its key (PEM)", "其私钥（PEM）"},                                         \
        {"json", NULL, "print the server's JSON as it is", "原样输出服务器的 JSON"},               \
    {                                                                                              \
        0                                                                                          \
    }

struct client {
    struct cli *cli;
    struct http_client *http;
    const char *server;
    char token[128];
    size_t token_size;
    bool json;          /* print JSON */
    struct arena arena; /* of what was parsed last */
    struct buffer body; /* of the answer last given */
};

/** Reads options and environment. Returns CLI_DONE, or the exit status after a message. */
int client_open(struct client *client, struct cli *cli, const struct cli_arguments *arguments);
void client_close(struct client *client);

/** Asks and parses the answer, which holds until the next one. `body` NULL for none. A problem of
 *  the server is printed; returns CLI_DONE, or the exit status. */
int client_ask(struct client *client, const struct json_value **ret_answer, const char *method,
               struct slice target, struct slice body);
/** As client_ask with GET; with --json also prints the answer, as its line. */
int client_get(struct client *client, const struct json_value **ret_answer, struct slice target);
/** Reads a stream of server-sent events: `take` gets its bytes. */
int client_stream(struct client *client, struct slice target, struct slice last_event,
                  bool (*take)(void *context, struct slice bytes), void *context);

/** Appends "?" or "&", the name, "=" and the encoded value. */
void client_query(struct buffer *target, const char *name, struct slice value);
/** The text of a string or number member; empty when there is none. */
struct slice member_text(const struct json_value *object, const char *name);
bool member_true(const struct json_value *object, const char *name);

#endif
