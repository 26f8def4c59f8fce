/* Limits, drawings and events as tables on a terminal, from the JSON of a server. */
#ifndef HEADROOM_CLI_VIEW_H
#define HEADROOM_CLI_VIEW_H

#include "cli/cli_text.h"
#include "cli/client.h"

/** A table of limits with bars; each row is added with its level in a tree (0 for a list). */
void view_limits_begin(struct table *table, struct cli *cli);
void view_limits_add(struct table *table, struct cli *cli, const struct json_value *limit,
                     size_t depth, bool repeated);
/** One limit, a line a field, with its bar. */
void view_limit(struct cli *cli, const struct json_value *limit);
/** A reservation, exposure or unlock, a line a member. */
void view_object(struct cli *cli, const struct json_value *object);
void view_records_begin(struct table *table, struct cli *cli);
void view_records_add(struct table *table, struct cli *cli, const struct json_value *item);
void view_events_begin(struct table *table, struct cli *cli);
void view_events_add(struct table *table, struct cli *cli, const struct json_value *event);
/** An event as a line of its own, for a stream. */
void view_event_line(struct cli *cli, const struct json_value *event);
/** A line below a table that ends before the list does. */
void view_more(struct cli *cli);

#endif
