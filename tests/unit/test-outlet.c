/* test-outlet.c - the other end that is slow, or never comes back. */
#include "unit-help.h"

#include <pthread.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "runner/outlet.h"

/* Held: it takes nothing. */
static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER;
static unsigned long long taken, lost;
static char last;
static bool ended;

static void
take(void *data, const char *bytes, size_t count, unsigned long long missing)
{
    (void)data;
    pthread_mutex_lock(&held);
    taken += count;
    lost += missing;
    if (count > 0)
        last = bytes[count - 1];
    pthread_mutex_unlock(&held);
}

static int
rest(void *data)
{
    (void)data;
    return -1;
}

static void
end(void *data)
{
    (void)data;
    ended = true;
}

static const struct outlet_calls calls = { take, rest, end };

static struct outlet *
start(void)
{
    struct problem problem = {0};
    struct outlet *outlet = outlet_start(&calls, NULL, &problem);

    ck_assert(outlet != NULL);
    return outlet;
}

static void
put(struct outlet *outlet, unsigned times)
{
    static char part[4096];

    for (unsigned i = 0; i < times; i++) {
        part[sizeof part - 1] = i + 1 == times ? '!' : '.';
        outlet_put(outlet, part, sizeof part);
    }
}

START_TEST(all_comes_in_order_before_the_end)
{
    struct outlet *outlet = start();

    put(outlet, 100);
    ck_assert(outlet_end(outlet));
    ck_assert_uint_eq(taken + lost, 100 * 4096);
    ck_assert(ended && last == '!');
}
END_TEST

START_TEST(one_that_takes_nothing_holds_nobody_up_and_the_last_is_kept)
{
    struct outlet *outlet = start();

    pthread_mutex_lock(&held);
    put(outlet, 50000);         /* 200 MB, of which 4 MB find room */
    pthread_mutex_unlock(&held);
    ck_assert(outlet_end(outlet));
    ck_assert_uint_eq(taken + lost, 50000ull * 4096);
    ck_assert_uint_gt(lost, 0);
    ck_assert(last == '!');
}
END_TEST

START_TEST(one_that_never_comes_back_is_left_behind)
{
    struct outlet *outlet = start();

    pthread_mutex_lock(&held);
    put(outlet, 1);
    ck_assert(!outlet_end(outlet));
    ck_assert(!ended);
    pthread_mutex_unlock(&held);
    while (!ended)
        clock_sleep(10);
}
END_TEST

START_TEST(without_a_thread_there_is_none)
{
    struct problem problem = {0};
    rlim_t before = limit_to(RLIMIT_NPROC, 0);
    struct outlet *outlet;

    be_nobody(true);
    outlet = outlet_start(&calls, NULL, &problem);
    be_nobody(false);
    limit_to(RLIMIT_NPROC, before);
    ck_assert_ptr_null(outlet);
    ck_assert(ended);
    same_problem(0, &problem, STATUS_INTERNAL, "cannot start a thread to keep "
        "what the worker prints: Resource temporarily unavailable; check the "
        "limit of processes, ulimit -u");
}
END_TEST

UNIT_TESTS("outlet",
    without_a_thread_there_is_none,
    all_comes_in_order_before_the_end,
    one_that_takes_nothing_holds_nobody_up_and_the_last_is_kept,
    one_that_never_comes_back_is_left_behind)
