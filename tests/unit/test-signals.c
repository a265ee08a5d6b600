/* test-signals.c - signals that are taken over for a while. */
#include "unit.h"

#include "system/signals.h"

static volatile sig_atomic_t caught, earlier;

static void
note(int number)
{
    caught = number;
}

static void
note_earlier(int number)
{
    earlier = number;
}

START_TEST(a_handler_has_them_until_they_are_given_back)
{
    struct signals signals = { .number = { SIGTERM, SIGUSR1 } };

    signal(SIGTERM, note_earlier);
    signals_catch(&signals, note);
    raise(SIGTERM);
    ck_assert_int_eq(caught, SIGTERM);
    raise(SIGUSR1);
    ck_assert_int_eq(caught, SIGUSR1);
    ck_assert_int_eq(earlier, 0);
    signals_restore(&signals);
    raise(SIGTERM);
    ck_assert_int_eq(earlier, SIGTERM);
    ck_assert_int_eq(caught, SIGUSR1);
    ck_assert(signal(SIGUSR1, SIG_IGN) == SIG_DFL);
}
END_TEST

START_TEST(what_is_ignored_stays_ignored)
{
    struct signals signals = { .number = { SIGINT, SIGTERM, SIGHUP } };

    signal(SIGHUP, SIG_IGN);
    signals_catch(&signals, note);
    raise(SIGHUP);
    ck_assert_int_eq(caught, 0);
    raise(SIGINT);
    ck_assert_int_eq(caught, SIGINT);
    signals_restore(&signals);
    ck_assert(signal(SIGHUP, SIG_DFL) == SIG_IGN);
}
END_TEST

/* As many as there is room for, without a 0 behind them. */
START_TEST(what_is_held_comes_where_the_mask_lets_it_in)
{
    struct signals signals = {
        .number = { SIGINT, SIGTERM, SIGHUP, SIGCHLD }
    };
    sigset_t other, now;

    sigemptyset(&other);
    sigaddset(&other, SIGUSR2);
    sigprocmask(SIG_BLOCK, &other, NULL);
    signals_hold(&signals);
    raise(SIGCHLD);
    raise(SIGTERM);
    signals_catch(&signals, note);
    ck_assert_int_eq(caught, 0);
    sigsuspend(&signals.mask);
    ck_assert_int_ne(caught, 0);
    signals_restore(&signals);
    sigprocmask(SIG_BLOCK, NULL, &now);
    for (int i = 0; i < 4; i++)
        ck_assert(!sigismember(&now, signals.number[i]));
    ck_assert(sigismember(&now, SIGUSR2));
}
END_TEST

UNIT_TESTS("signals",
    a_handler_has_them_until_they_are_given_back,
    what_is_ignored_stays_ignored,
    what_is_held_comes_where_the_mask_lets_it_in)
