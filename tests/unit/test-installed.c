/* test-installed.c - which Celery is in a worker's virtual environment. */
#include "unit-help.h"

#include "worker/installed.h"

static struct problem problem;

#define PACKAGES "mkdir -p env/lib/python3.11/site-packages/"

START_TEST(the_version_is_what_pip_left)
{
    static const struct {
        const char *made, *said, *version;
    } rows[] = {
        { ":", "virtualenv = \"env\";", "" },
        { PACKAGES "celery", "virtualenv = \"env\";", "" },
        { PACKAGES "celery_beat-1.0.dist-info", "virtualenv = \"env\";",
            "" },
        { PACKAGES "celery-.dist-info", "virtualenv = \"env\";", "" },
        { PACKAGES "celery-5.5.2.dist-info", "virtualenv = \"env\";",
            "5.5.2" },
        { PACKAGES "celery-5.5.2.dist-info",
            "celery_cmd = \"env/bin/celery\";", "5.5.2" },
        { PACKAGES "celery-5.5.2.dist-info",
            "celery_cmd = \"nice env/bin/celery\";", "" },
        { PACKAGES "celery-5.5.2.dist-info",
            "celery_cmd = \"env/bin/celery\"; virtualenv = \"other\";", "" },
        { PACKAGES "celery-5.5.2.dist-info", "", "" },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *base = scratch_make(), *text, *line, *version;
        struct workers workers = {0};

        line = text_format("cd '%s' && %s", base, rows[i].made);
        ck_assert_int_eq(system(line), 0);
        text = text_format("workers = ( { queue = \"a\"; worker_dir = "
            "\"%s\"; %s } );", base, rows[i].said);
        resolve_text(text, "n", &workers, &problem);
        no_problem(i, &problem);
        version = installed_celery(&workers.worker[0].layer);
        same_text(i, version, rows[i].version);
        free(version);
        workers_clear(&workers);
        free(line);
        free(text);
        scratch_remove(base);
    }
}
END_TEST

UNIT_TESTS("installed",
    the_version_is_what_pip_left)
