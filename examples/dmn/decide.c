/* Answers a question a line: JSON objects of inputs on standard input, answers on standard output.
 *
 *     cc -o decide decide.c $(pkg-config --cflags --libs headroom-dmn)
 *     ./decide facility.dmn Terms < borrowers.jsonl */
#include <headroom/dmn.h>

#include <stdio.h>

int main(int argc, char **argv)
{
    struct hr_dmn_model *model = NULL;
    struct hr_dmn_text reason = HR_DMN_TEXT_NONE;
    char line[65536];
    int status = 0;

    if (argc != 3) {
        fprintf(stderr, "usage: decide MODEL DECISION\n");
        return 2;
    }
    if (hr_dmn_model_open(&model, &reason, argv[1]) != HR_DMN_OK) {
        fprintf(stderr, "%s\n", reason.data);
        hr_dmn_text_release(&reason);
        return 1;
    }
    while (fgets(line, sizeof line, stdin) != NULL) {
        struct hr_dmn_question question = {.decision = argv[2], .input = line};
        struct hr_dmn_text answer = HR_DMN_TEXT_NONE;
        if (hr_dmn_evaluate(model, &answer, &reason, &question) == HR_DMN_OK) {
            puts(answer.data);
        } else {
            fprintf(stderr, "%s\n", reason.data);
            status = 1;
        }
        hr_dmn_text_release(&answer);
        hr_dmn_text_release(&reason);
    }
    hr_dmn_model_free(model);
    return status;
}
