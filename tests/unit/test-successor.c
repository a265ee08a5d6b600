/* test-successor.c - the worker that follows a run which goes on draining. */
#include "unit-help.h"

#include <errno.h>

#include "base/seal.h"
#include "record/successor.h"

static struct problem problem;
static struct workers workers;
static struct record record;

static void
make(void)
{
    record.directory = scratch_make();
    ck_assert(record_make(&record, &problem));
    ck_assert(resolve_text("workers = ( { queue = \"old\"; }, "
        "{ queue = \"new\"; } );", "n", &workers, &problem));
    no_problem(0, &problem);
}

static void
clear(void)
{
    workers_clear(&workers);
    scratch_remove(text_copy(record.directory));
    record_clear(&record);
}

/* What is to run stands in `desired`, and is the worker `worker`. */
static void
is_read_from(const char *desired, const struct worker *worker)
{
    const char *file = NULL;
    char *text = successor_read(&record, &file);
    char *resolved = worker ? worker_to_text(worker) : NULL;

    ck_assert_str_eq(file, desired);
    same_text(0, text, resolved);
    free(resolved);
    free(text);
}

START_TEST(the_successor_is_what_is_to_run_until_it_is_removed)
{
    char *old;

    make();
    ck_assert(!successor_exists(&record));
    is_read_from("worker", NULL);
    ck_assert_int_eq(errno, ENOENT);

    old = worker_to_text(&workers.worker[0]);
    ck_assert(record_keep(&record, "worker", old, &problem));
    is_read_from("worker", &workers.worker[0]);

    ck_assert(successor_write(&record, &workers.worker[1], &problem));
    ck_assert(successor_exists(&record));
    is_read_from("next", &workers.worker[1]);

    successor_remove(&record);
    successor_remove(&record);
    ck_assert(!successor_exists(&record));
    is_read_from("worker", &workers.worker[0]);
    free(old);
    clear();
}
END_TEST

START_TEST(a_damaged_successor_does_not_bring_the_old_worker_back)
{
    char *damaged = seal_text("next\n");

    *damaged = 'N';
    make();
    ck_assert(record_keep(&record, "worker", "worker\n", &problem));
    ck_assert(record_write(&record, "next", damaged, &problem));
    ck_assert(!successor_exists(&record));
    is_read_from("next", NULL);
    ck_assert_int_eq(errno, EBADMSG);
    free(damaged);
    clear();
}
END_TEST

UNIT_TESTS("successor",
    the_successor_is_what_is_to_run_until_it_is_removed,
    a_damaged_successor_does_not_bring_the_old_worker_back)
