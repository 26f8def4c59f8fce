/* Fields of forms that hold personal data: a name has one class in a pack, wherever it stands. */
#include "pack/pack.h"

static int name_order(const void *a, const void *b)
{
    const struct pack_personal *left = a;
    const struct pack_personal *right = b;

    return slice_compare(left->name, right->name);
}

/* The class of a field; false when it has none, or is wrong, which is reported. */
static bool class_read(struct pack *pack, const struct pack_json *form,
                       const struct json_value *field, struct pack_personal *ret_personal)
{
    const struct json_value *name = json_member(field, SLICE("name"));
    const struct json_value *class = json_member(field, SLICE("personal"));

    if (class == NULL || name == NULL || name->type != JSON_STRING) {
        return false;
    }
    if (class->type != JSON_STRING || !personal_from_name(class->text, &ret_personal->class)) {
        pack_report(pack, true, form->path, 0, name->text,
                    "no class of personal data is called so");
        return false;
    }
    ret_personal->name = name->text;
    return true;
}

static const struct json_value *fields_of(const struct pack_json *form)
{
    const struct json_value *fields = json_member(form->value, SLICE("fields"));

    return fields == NULL || fields->type != JSON_ARRAY ? NULL : fields;
}

void pack_personal_read(struct pack *pack)
{
    size_t count = 0;
    size_t kept = 0;

    for (uint32_t i = 0; i < pack->form_count; i++) {
        const struct json_value *fields = fields_of(&pack->forms[i]);
        count += fields == NULL ? 0 : fields->count;
    }
    struct pack_personal *list = arena_take_array(&pack->arena, count + 1, sizeof *list);
    if (list == NULL) {
        pack->failed = true;
        return;
    }
    for (uint32_t i = 0; i < pack->form_count; i++) {
        const struct json_value *fields = fields_of(&pack->forms[i]);
        for (const struct json_value *at = fields == NULL ? NULL : fields->first; at != NULL;
             at = at->next) {
            kept += class_read(pack, &pack->forms[i], at, &list[kept]);
        }
    }
    qsort(list, kept, sizeof *list, name_order);
    for (size_t i = 1; i < kept; i++) {
        if (slice_equal(list[i - 1].name, list[i].name) && list[i - 1].class != list[i].class) {
            pack_report(pack, true, SLICE("forms"), 0, list[i].name,
                        "fields of this name have two classes of personal data");
        }
    }
    pack->personal = list;
    pack->personal_count = kept;
}

bool pack_personal_find(const struct pack *pack, struct slice name, enum personal *ret_class)
{
    const struct pack_personal wanted = {.name = name};
    const struct pack_personal *found =
        pack->personal_count == 0
            ? NULL
            : bsearch(&wanted, pack->personal, pack->personal_count, sizeof wanted, name_order);

    if (found != NULL) {
        *ret_class = found->class;
    }
    return found != NULL;
}
