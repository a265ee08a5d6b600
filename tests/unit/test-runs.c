/* test-runs.c - the runs of a worker: which is current, which follows, which
 * are remembered. */
#include "unit-help.h"

#include "base/seal.h"
#include "record/history.h"
#include "record/runs.h"

static struct problem problem;
static struct workers workers;
static struct record record;

static void
make(void)
{
    char *base = scratch_make();

    record_name(&record, base, "s");
    free(base);
    ck_assert(record_make(&record, &problem));
    ck_assert(resolve_text("workers = ( { queue = \"old\"; }, "
        "{ queue = \"new\"; } );", "n", &workers, &problem));
    no_problem(0, &problem);
}

static void
clear(void)
{
    workers_clear(&workers);
    *strrchr(record.directory, '/') = '\0';
    *strrchr(record.directory, '/') = '\0';
    scratch_remove(text_copy(record.directory));
    record_clear(&record);
}

/* The record's directory with `below` behind it is the run's. */
static void
is_at(const struct record *run, const char *below)
{
    char *path = text_format("%s%s", record.directory, below);

    ck_assert_str_eq(run->directory, path);
    free(path);
}

static void
write_run(const struct record *at, enum run_state state, pid_t runner)
{
    static char none[] = "", id[] = "0123456789abcdef";
    const struct run run = {
        .state = state, .runner = { .pid = runner, .start = 1 }, .id = id,
        .boot = none, .socket = none, .pane = none, .revision = none,
        .celery = none, .phase = none,
    };

    ck_assert(record_write_run(at, &run, &problem));
}

/* A run in this state, which is current from now on. */
static void
begin(enum run_state state, struct record *at)
{
    ck_assert(runs_make(&record, at, &problem));
    write_run(at, state, 1);
    ck_assert(record_write(at, "worker", "settings\n", &problem));
    ck_assert(runs_set_current(&record, at, &problem));
}

static bool
has(const struct record *at, const char *name)
{
    char *path = text_format("%s/%s", at->directory, name);
    bool there = access(path, F_OK) == 0;

    free(path);
    return there;
}

START_TEST(a_run_has_a_directory_and_one_is_current)
{
    struct record first, second, current, worker;
    struct run run;

    make();
    runs_current(&record, &current);
    is_at(&current, "");
    record_clear(&current);
    begin(RUN_ENDED, &first);
    is_at(&first, "/runs/00000001");
    begin(RUN_RUNNING, &second);
    is_at(&second, "/runs/00000002");
    ck_assert(!runs_is_current(&record, &first));
    ck_assert(runs_is_current(&record, &second));
    runs_read(&record, &current, &run);
    is_at(&current, "/runs/00000002");
    ck_assert_int_eq(run.state, RUN_RUNNING);
    run_clear(&run);
    runs_worker(&second, &worker);
    is_at(&worker, "");
    record_clear(&worker);
    runs_worker(&record, &worker);
    is_at(&worker, "");
    record_clear(&worker);
    record_clear(&current);
    record_clear(&second);
    record_clear(&first);
    clear();
}
END_TEST

START_TEST(a_lost_name_is_that_of_the_last_that_was_begun)
{
    static const char *const texts[] = { "", "7\n", "../../x", "00000009" };
    struct record first, second, planned, current;

    make();
    begin(RUN_ENDED, &first);
    begin(RUN_RUNNING, &second);
    ck_assert(runs_plan(&record, &workers.worker[0], "/home/a", &problem));
    ck_assert(runs_planned(&record, &planned));
    is_at(&planned, "/runs/00000003");
    for (size_t i = 0; i < COUNT_OF(texts) - 1; i++) {
        ck_assert(record_write(&record, "current", texts[i], &problem));
        runs_current(&record, &current);
        is_at(&current, "/runs/00000002");
        record_clear(&current);
    }
    record_remove(&record, "current");
    runs_current(&record, &current);
    is_at(&current, "/runs/00000002");
    record_clear(&current);
    record_clear(&planned);
    record_clear(&second);
    record_clear(&first);
    clear();
}
END_TEST

/* What is to run is the worker `worker`, and stands in `below`. */
static void
is_next(const char *below, const struct worker *worker)
{
    char *resolved = worker_to_text(worker), *text;
    struct record run;

    runs_next(&record, &run);
    is_at(&run, below);
    text = record_read(&run, "worker");
    same_text(0, text, resolved);
    free(text);
    free(resolved);
    record_clear(&run);
}

START_TEST(a_current_run_that_is_lost_is_broken)
{
    struct record first, at;
    struct run run;

    make();
    runs_read(&record, NULL, &run);
    ck_assert(!run.broken);
    run_clear(&run);
    begin(RUN_NONE, &first);
    runs_read(&record, NULL, &run);
    ck_assert(!run.broken);
    run_clear(&run);
    record_remove(&first, "run");
    runs_read(&record, &at, &run);
    ck_assert(run.broken);
    is_at(&at, "/runs/00000001");
    run_clear(&run);
    record_clear(&at);
    record_clear(&first);
    clear();
}
END_TEST

START_TEST(what_is_planned_follows_until_it_is_not_any_more)
{
    struct record first, run;
    char *old;

    make();
    begin(RUN_RUNNING, &first);
    old = worker_to_text(&workers.worker[0]);
    ck_assert(record_keep(&first, "worker", old, &problem));
    ck_assert(!runs_is_planned(&record));
    is_next("/runs/00000001", &workers.worker[0]);
    ck_assert(runs_plan(&record, &workers.worker[0], "/home/a", &problem));
    ck_assert(runs_plan(&record, &workers.worker[1], "/home/a", &problem));
    ck_assert(runs_is_planned(&record));
    is_next("/runs/00000002", &workers.worker[1]);
    ck_assert(runs_is_current(&record, &first));
    ck_assert(runs_planned(&record, &run));
    runs_unplan(&record);
    runs_unplan(&record);
    ck_assert(!has(&run, "worker") && !has(&run, "home"));
    is_next("/runs/00000001", &workers.worker[0]);
    record_clear(&run);
    free(old);
    record_clear(&first);
    clear();
}
END_TEST

START_TEST(a_return_is_planned_until_another_plan_is_made)
{
    struct record first;

    make();
    begin(RUN_ENDED, &first);
    ck_assert(!runs_is_return(&record));
    ck_assert(runs_plan_return(&record, &workers.worker[0], "/home/a",
        &problem));
    ck_assert(runs_is_return(&record) && runs_is_planned(&record));
    is_next("/runs/00000002", &workers.worker[0]);
    ck_assert(runs_plan(&record, &workers.worker[1], "/home/a", &problem));
    ck_assert(!runs_is_return(&record));
    is_next("/runs/00000002", &workers.worker[1]);
    ck_assert(runs_plan_return(&record, &workers.worker[0], "/home/a",
        &problem));
    runs_unplan(&record);
    ck_assert(!runs_is_return(&record));
    record_clear(&first);
    clear();
}
END_TEST

START_TEST(a_damaged_plan_does_not_bring_the_old_worker_back)
{
    char *damaged = seal_text("state planned\n");
    struct record first, run;

    *damaged = 'S';
    make();
    begin(RUN_RUNNING, &first);
    ck_assert(runs_plan(&record, &workers.worker[1], "/home/a", &problem));
    ck_assert(runs_planned(&record, &run));
    ck_assert(record_write(&run, "run", damaged, &problem));
    is_next("/runs/00000002", &workers.worker[1]);
    ck_assert(runs_plan(&record, &workers.worker[0], "/home/a", &problem));
    is_next("/runs/00000002", &workers.worker[0]);
    /* With modules it may be one that runs: another plan leaves it alone. */
    ck_assert(record_write(&run, "run", damaged, &problem));
    ck_assert(record_write(&run, "python/celery_tmux.py", "", &problem));
    ck_assert(runs_plan(&record, &workers.worker[1], "/home/a", &problem));
    is_next("/runs/00000003", &workers.worker[1]);
    record_clear(&run);
    record_clear(&first);
    free(damaged);
    clear();
}
END_TEST

/* Killed between the two, who begins it leaves it to the next. */
START_TEST(what_was_begun_and_never_current_is_still_planned)
{
    struct record first, run;

    make();
    begin(RUN_ENDED, &first);
    ck_assert(runs_plan(&record, &workers.worker[1], "/home/a", &problem));
    ck_assert(runs_planned(&record, &run));
    write_run(&run, RUN_STARTING, 0);
    runs_prune(&record);
    is_next("/runs/00000002", &workers.worker[1]);
    /* Its runner may be about to enter itself. */
    ck_assert(runs_plan(&record, &workers.worker[0], "/home/a", &problem));
    is_next("/runs/00000003", &workers.worker[0]);
    runs_prune(&record);
    ck_assert(!has(&run, "worker"));
    runs_unplan(&record);
    ck_assert(!runs_is_planned(&record));
    record_clear(&run);
    /* With a runner it is a run. */
    ck_assert(runs_make(&record, &run, &problem));
    write_run(&run, RUN_STARTING, 1);
    ck_assert(!runs_is_planned(&record));
    record_clear(&run);
    record_clear(&first);
    clear();
}
END_TEST

START_TEST(a_plan_that_comes_back_behind_a_later_run_is_none)
{
    struct record first, run, later;

    make();
    begin(RUN_ENDED, &first);
    ck_assert(runs_plan(&record, &workers.worker[1], "/home/a", &problem));
    ck_assert(runs_planned(&record, &run));
    begin(RUN_RUNNING, &later);
    ck_assert(!runs_is_planned(&record));
    record_clear(&later);
    record_clear(&run);
    record_clear(&first);
    clear();
}
END_TEST

START_TEST(of_a_run_that_is_over_only_its_end_is_kept)
{
    static char by[] = "stop", screen[] = "";
    const struct history_run how = { .by = by, .screen = screen };
    struct record over, killed, drains, never, current;

    make();
    begin(RUN_ENDED, &over);
    ck_assert(history_write(&over, &how, &problem));
    begin(RUN_RUNNING, &killed);
    begin(RUN_DRAINING, &drains);
    begin(RUN_STARTING, &never);
    write_run(&never, RUN_STARTING, 0);
    begin(RUN_ENDED, &current);
    ck_assert(runs_plan(&record, &workers.worker[0], "/home/a", &problem));
    runs_prune(&record);
    ck_assert(has(&over, "end") && !has(&over, "worker")
        && !has(&over, "run") && !has(&over, "python"));
    /* Nobody has swept it. */
    ck_assert(has(&killed, "worker"));
    ck_assert(has(&drains, "worker"));
    ck_assert(!has(&never, ""));
    ck_assert(has(&current, "worker"));
    ck_assert(runs_is_planned(&record));
    record_clear(&over);
    record_clear(&killed);
    record_clear(&drains);
    record_clear(&never);
    record_clear(&current);
    clear();
}
END_TEST

START_TEST(the_record_of_an_earlier_version_is_its_run)
{
    struct record at, new;
    struct words all = {0};

    make();
    write_run(&record, RUN_RUNNING, 1);
    ck_assert(record_write(&record, "worker", "settings\n", &problem));
    runs_current(&record, &at);
    is_at(&at, "");
    begin(RUN_STARTING, &new);
    runs_list(&record, &all);
    ck_assert_uint_eq(all.count, 2);
    ck_assert_str_eq(all.word[1], record.directory);
    runs_prune(&record);
    ck_assert(has(&record, "worker"));
    write_run(&record, RUN_ENDED, 1);
    runs_prune(&record);
    ck_assert(!has(&record, "worker") && !has(&record, "run")
        && has(&record, "current"));
    words_clear(&all);
    record_clear(&new);
    record_clear(&at);
    clear();
}
END_TEST

START_TEST(a_run_without_a_place_has_a_sentence)
{
    struct record lost = { .directory = text_copy("/none") }, run;

    ck_assert(!runs_make(&lost, &run, &problem));
    same_problem(0, &problem, STATUS_UNAVAILABLE, "cannot create the directory "
        "/none/runs/00000001: No such file or directory; make room there, or "
        "set state_dir to another directory");
    record_clear(&run);
    record_clear(&lost);
}
END_TEST

/* Its runner looks for the file `next`, and what follows may stand there. */
START_TEST(a_runner_of_an_earlier_version_finds_what_is_planned)
{
    struct record planned;
    char *text;

    make();
    write_run(&record, RUN_DRAINING, 1);
    ck_assert(runs_plan(&record, &workers.worker[0], "/home/a", &problem));
    ck_assert(has(&record, "next"));
    runs_unplan(&record);
    ck_assert(!has(&record, "next"));
    ck_assert(record_keep(&record, "home", "/home/a", &problem));
    ck_assert(record_keep(&record, "next", "settings\n", &problem));
    runs_take_over_plan(&record);
    ck_assert(runs_planned(&record, &planned));
    text = record_read(&planned, "worker");
    ck_assert_str_eq(text, "settings\n");
    free(text);
    text = record_read(&planned, "home");
    ck_assert_str_eq(text, "/home/a");
    free(text);
    record_clear(&planned);

    /* What was said since is not written over; nothing else is one. */
    ck_assert(record_keep(&record, "next", "older\n", &problem));
    runs_take_over_plan(&record);
    ck_assert(runs_planned(&record, &planned));
    text = record_read(&planned, "worker");
    ck_assert_str_eq(text, "settings\n");
    free(text);
    record_clear(&planned);
    runs_unplan(&record);
    runs_take_over_plan(&record);
    ck_assert(record_keep(&record, "next", "", &problem));
    runs_take_over_plan(&record);
    ck_assert(!runs_is_planned(&record));
    clear();
}
END_TEST

/* A call that was killed before its runner came leaves passwords there. */
START_TEST(a_run_that_nobody_began_is_forgotten_with_the_others)
{
    struct record current, cut;
    char *token = NULL;

    make();
    begin(RUN_ENDED, &current);
    ck_assert(runs_make(&record, &cut, &problem));
    write_run(&cut, RUN_STARTING, 0);
    ck_assert(record_write(&cut, "worker", "settings\n", &problem));
    record_forget(&record);
    ck_assert(has(&cut, "worker"));
    ck_assert(record_write_desired(&record, false, "stop", &token, &problem));
    record_forget(&record);
    ck_assert(!has(&cut, "worker") && !has(&current, "worker"));
    free(token);
    record_clear(&cut);
    record_clear(&current);
    clear();
}
END_TEST

UNIT_TESTS("runs",
    a_run_without_a_place_has_a_sentence,
    a_run_has_a_directory_and_one_is_current,
    a_lost_name_is_that_of_the_last_that_was_begun,
    a_current_run_that_is_lost_is_broken,
    what_is_planned_follows_until_it_is_not_any_more,
    a_return_is_planned_until_another_plan_is_made,
    a_damaged_plan_does_not_bring_the_old_worker_back,
    what_was_begun_and_never_current_is_still_planned,
    a_plan_that_comes_back_behind_a_later_run_is_none,
    of_a_run_that_is_over_only_its_end_is_kept,
    the_record_of_an_earlier_version_is_its_run,
    a_runner_of_an_earlier_version_finds_what_is_planned,
    a_run_that_nobody_began_is_forgotten_with_the_others)
