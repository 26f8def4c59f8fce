/* Any bytes as a test file of the DMN kit, run on a small model that is always the same: refused,
 * or each case counted once, with a line a result. */
#include "dmn/tck.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char model_text[] =
    "<definitions xmlns='https://www.omg.org/spec/DMN/20230324/MODEL/' id='m' name='M' "
    "namespace='urn:m'><inputData id='i' name='x'><variable name='x'/></inputData>"
    "<inputData id='j' name='d'><variable name='d' typeRef='date'/></inputData>"
    "<decision id='e' name='Y'><variable name='Y'/>"
    "<informationRequirement><requiredInput href='#i'/></informationRequirement>"
    "<informationRequirement><requiredInput href='#j'/></informationRequirement>"
    "<literalExpression><text>{x: x, d: d}</text></literalExpression></decision>"
    "<decisionService id='s' name='S'><variable name='S'/><outputDecision href='#e'/>"
    "<inputData href='#i'/></decisionService>"
    "<businessKnowledgeModel id='k' name='K'><variable name='K'/><encapsulatedLogic>"
    "<formalParameter name='x'/><literalExpression><text>x</text></literalExpression>"
    "</encapsulatedLogic></businessKnowledgeModel></definitions>";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct dmn_model *model;
    const struct slice text = slice_of((const char *)data, size);
    const struct feel_moment now = {.days = 20000, .has_offset = true};
    struct xml_error error = {0};
    struct dmn_tck_counts counts = {0};
    struct buffer report = {0};
    struct slice name;
    struct arena arena;
    if (model == NULL) {
        model = dmn_model_new();
        check(model != NULL && dmn_model_add(model, &error, slice_from_cstr(model_text)) &&
              dmn_model_compile(model));
    }
    if (size > 50000) {
        return 0;
    }
    if (!dmn_tck_run(model, SLICE("file"), text, &now, &report, &counts, &error)) {
        check(report.size == 0 && counts.passed == 0 && counts.failed == 0 &&
              error.message != NULL);
    }
    arena_init(&arena, 16 << 20);
    check(!dmn_tck_model_name(&arena, text, &name) || name.data != NULL || name.size == 0);
    arena_release(&arena);
    buffer_release(&report);
    return 0;
}
