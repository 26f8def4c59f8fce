/* Evaluates FEEL by the line: an expression a line on standard input, its value as JSON a line on
 * standard output, "refused" for a text that is no FEEL. */
#include <stdio.h>

#include "dmn/answer.h"

enum { LINE_MAX_BYTES = 65536 };

int main(void)
{
    static char line[LINE_MAX_BYTES];
    struct arena arena;
    arena_init(&arena, 256 << 20);
    while (fgets(line, sizeof line, stdin) != NULL) {
        struct buffer answer = {0};
        struct buffer reason = {0};
        const struct dmn_question question = {.decision = slice_trim(slice_from_cstr(line)),
                                              .input = SLICE("{}"),
                                              .now = {.days = 20000, .has_offset = true}};
        if (dmn_answer_feel(&arena, &question, &answer, &reason) == DMN_ANSWER_OK) {
            buffer_append_byte(&answer, '\0');
            const char *end = strstr(answer.data, ",\"diagnostics\":[");
            const char *begin = answer.data + strlen("{\"result\":");
            (void)printf("%.*s\n", (int)(end - begin), begin);
        } else {
            (void)puts("refused");
        }
        buffer_release(&answer);
        buffer_release(&reason);
        arena_reset(&arena);
    }
    arena_release(&arena);
    return 0;
}
