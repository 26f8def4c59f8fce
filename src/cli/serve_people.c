#include "cli/serve_people.h"

#include "auth/role.h"

/* The roles that a list names, a bit each; false: `reterr_name` is none. */
static bool roles_read(struct slice list, unsigned *ret_roles, struct slice *reterr_name)
{
    enum { ALL = (1U << ROLE_COUNT) - 1 };
    struct slice rest = list;
    struct slice name;
    unsigned roles = 0;

    while (slice_split(&rest, ',', &name)) {
        enum role role;
        name = slice_trim(name);
        if (slice_equal(name, SLICE("all"))) {
            roles |= ALL;
        } else if (role_from_name(name, &role)) {
            roles |= 1U << role;
        } else {
            *reterr_name = name;
            return false;
        }
    }
    *ret_roles = roles;
    return true;
}

int serve_people_start(struct api *api, struct cli *cli, const struct cli_arguments *arguments)
{
    const char *roles = cli_option_value(arguments, "second-factor");
    struct slice wrong;

    if (roles != NULL && !roles_read(slice_from_cstr(roles), &api->factor_roles, &wrong)) {
        return cli_fail(cli, CLI_USAGE,
                        "--second-factor: \"%.*s\" is no role; name some of those that posts give, "
                        "with commas between, or all",
                        "--second-factor：没有角色“%.*s”；请列出任职角色，以逗号分隔，或用 all",
                        (int)wrong.size, wrong.data);
    }
    return CLI_DONE;
}
