/* test-tmux.c - the words that tmux is called with, and what it prints. */
#include "unit-help.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/clock.h"
#include "tmux/tmux.h"
#include "tmux/version.h"

START_TEST(a_session_is_made_by_one_call_in_these_words)
{
    static const struct tmux_session session = {
        "/s/a b", "celery-v,i", NULL, 0
    };
    struct words program = {0}, words = {0};
    const struct tmux_making making = { "10000", "/r;", &program };

    words_add_parts(&program, "/opt/launch run /r", " ");
    tmux_new_session_words(&session, &making, &words);
    same_line(0, &words, "tmux -S '/s/a b' new-session -d -s celery-v,i "
        "-x 200 -y 50 -c / cat - ';' "
        "set-option -t '=celery-v,i:' history-limit 10000 ';' "
        "set-option -t '=celery-v,i:' @celery-tmux '/r\\;' ';' "
        "set-option -t '=celery-v,i:' destroy-unattached off ';' "
        "new-window -k -t '=celery-v,i:^' -n worker -c / "
        "/opt/launch run /r ';' "
        "if-shell -F '#{||:#{m:[0-2].*,#{version}},#{||:#{m:3.[0-1],"
        "#{version}},#{m:3.[0-1][!0-9]*,#{version}}}}' "
        "'set-option -w -t '\\''=celery-v,i:'\\'' remain-on-exit on ; "
        "set-option -w -t '\\''=celery-v,i:'\\'' @celery-tmux-window 1 ; "
        "set-hook -t '\\''=celery-v,i:'\\'' pane-died \"run-shell -b "
        "'\\''test #{@celery-tmux-window}#{pane_dead_status} != 10 || "
        "tmux kill-pane -t #{pane_id} >/dev/null 2>&1 || :'\\''\"' "
        "'set-option -w -t '\\''=celery-v,i:'\\'' remain-on-exit failed'");
    words_clear(&words);
    words_clear(&program);
}
END_TEST

START_TEST(a_semicolon_at_the_end_of_a_word_is_escaped_for_tmux)
{
    static const struct {
        const char *word, *desired;
    } rows[] = {
        { "a", "a" }, { "a;", "a\\;" }, { ";", "\\;" }, { "a;;", "a;\\;" },
        { "a\\;", "a\\\\;" }, { "a;b", "a;b" }, { "", "" },
        { "#(touch x)", "#(touch x)" }, { "-x", "-x" },
    };
    static const struct tmux_session session = { "/s", "n", NULL, 0 };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct words program = {0}, words = {0};
        const struct tmux_making making = { "1", "/r", &program };
        size_t at = 0;

        words_add(&program, "PROGRAM");
        words_add(&program, rows[i].word);
        tmux_new_session_words(&session, &making, &words);
        while (strcmp(words.word[at], "PROGRAM") != 0)
            at++;
        same_text(i, words.word[at + 1], rows[i].desired);
        same_text(i, words.word[at + 2], ";");
        words_clear(&words);
        words_clear(&program);
    }
}
END_TEST

START_TEST(a_version_is_too_old_or_it_is_not)
{
    static const struct {
        const char *version;
        bool old;
    } rows[] = {
        { "tmux 1.8", true }, { "tmux 2.6", true }, { "tmux 2.6a", true },
        { "tmux next-2.6", true }, { "tmux 0.9", true },
        { "tmux 2.7", false }, { "tmux 2.7-rc", false },
        { "tmux 2.9a", false }, { "tmux 2.10", false },
        { "tmux 3.0", false }, { "tmux 3.8", false }, { "tmux 10.0", false },
        { "tmux next-3.8", false }, { "tmux master", false },
        { "tmux openbsd-2.1", false }, { "tmux", false }, { "", false },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++)
        ck_assert_msg(tmux_is_too_old(rows[i].version) == rows[i].old,
            "%s", rows[i].version);
}
END_TEST

START_TEST(the_last_lines_of_a_screen_are_kept)
{
    static const struct {
        const char *text;
        long lines;
        const char *desired;
    } rows[] = {
        { "", 5, "" }, { "\n\n\n", 5, "" }, { "  \n \r\n", 5, "" },
        { "a", 5, "a\n" }, { "a\n", 5, "a\n" }, { "a\nb\nc\n", 5,
          "a\nb\nc\n" },
        { "a\nb\nc\n", 3, "a\nb\nc\n" }, { "a\nb\nc\n", 2, "b\nc\n" },
        { "a\nb\nc\n", 1, "c\n" }, { "a\nb\nc\n\n\n\n", 2, "b\nc\n" },
        { "a\n\nc\n", 2, "\nc\n" }, { "\n\na\n", 5, "\n\na\n" },
        { "a  \n \nb   \n", 3, "a\n\nb\n" }, { "  a\n", 1, "  a\n" },
        /* tmux's own last words do not count. */
        { "a\nb\n\n\nPane is dead (status 2, Tue Nov 24)\n", 1, "b\n" },
        { "a\nPane is dead (signal 9)\n\n", 5, "a\n" },
        { "Pane is dead (status 1)", 5, "" },
        { "Pane is dead\na\n", 5, "Pane is dead\na\n" },
        { "a Pane is dead\n", 5, "a Pane is dead\n" },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *text = tmux_last_lines(rows[i].text, rows[i].lines);

        same_text(i, text, rows[i].desired);
        free(text);
    }
}
END_TEST

static void
keep_lines(size_t size)
{
    enum { LENGTH = 1000 };
    char *text = text_allocate(size + 1, 1), *last;

    memset(text, 'a', size);
    for (size_t i = LENGTH - 1; i < size; i += LENGTH)
        text[i] = '\n';
    last = tmux_last_lines(text, size);
    ck_assert_uint_eq(strlen(last), size);
    free(last);
    free(text);
}

START_TEST(a_long_screen_is_gone_through_once)
{
    grows_evenly(keep_lines);
}
END_TEST

START_TEST(the_default_server_is_the_users_own)
{
    char *found, *desired;

    setenv("TMUX", "/elsewhere/socket,1,0", 1);
    for (int i = 0; i < 3; i++) {
        static const char *const bases[] = { NULL, "", "/x" };

        unsetenv("TMUX_TMPDIR");
        if (bases[i])
            setenv("TMUX_TMPDIR", bases[i], 1);
        found = tmux_default_socket();
        desired = text_format("%s/tmux-%u/default", i == 2 ? "/x" : "/tmp",
            (unsigned)geteuid());
        same_text((size_t)i, found, desired);
        free(found);
        free(desired);
    }
}
END_TEST

/* Make a socket at `path`; what it listens with is closed at once. */
static void
make_socket(const char *path)
{
    struct sockaddr_un name = { .sun_family = AF_UNIX };
    int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);

    snprintf(name.sun_path, sizeof name.sun_path, "%s", path);
    ck_assert_int_eq(bind(descriptor, (struct sockaddr *)&name,
        sizeof name), 0);
    close(descriptor);
}

START_TEST(only_a_socket_of_ours_in_a_directory_of_ours_passes)
{
    /* What lies in the directory, of which mode, and what is asked for. */
    static const struct {
        mode_t mode;
        const char *asked;
        bool good, exists;
        const char *reason;
    } rows[] = {
        { 0700, "socket", true, true, NULL },
        { 0755, "socket", true, true, NULL },
        { 0700, "none", true, false, NULL },
        { 0700, "none/socket", true, false, NULL },
        { 0700, "link", true, true, NULL },
        { 0700, "file", false, false, "it is not a socket" },
        { 0700, ".", false, false, "it is not a socket" },
        { 0700, "nowhere", false, false, "broken symbolic link" },
        { 0770, "socket", false, false, "chmod g-w" },
        { 0777, "socket", false, false, "chmod go-w" },
        { 01777, "socket", false, false, "others can create files in" },
        { 01777, "none", false, false, "others can create files in" },
        { 01777, "none/socket", true, false, NULL },
    };
    char *base = scratch_make(), *path = text_format("%s/socket", base);

    make_socket(path);
    free(path);
    path = text_format("ln -s socket '%s/link'; ln -s no '%s/nowhere'; "
        ": >'%s/file'", base, base, base);
    ck_assert_int_eq(system(path), 0);
    free(path);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct problem problem = {0};
        bool exists = true;

        path = text_format("%s/%s", base, rows[i].asked);
        ck_assert_int_eq(chmod(base, rows[i].mode), 0);
        ck_assert_msg(tmux_gate(path, &exists, &problem) == rows[i].good,
            "row %zu", i);
        ck_assert_msg(exists == rows[i].exists, "row %zu", i);
        if (rows[i].reason != NULL) {
            ck_assert_msg(strstr(problem.text, rows[i].reason) != NULL,
                "row %zu: %s", i, problem.text);
            ck_assert_ptr_nonnull(strstr(problem.text, "set tmux_socket"));
            ck_assert_int_eq(problem.status, STATUS_PERMISSION);
        }
        problem_clear(&problem);
        free(path);
    }
    chmod(base, 0700);
    scratch_remove(base);
}
END_TEST

START_TEST(without_a_server_there_is_no_session)
{
    char *base = scratch_make(), *socket = text_format("%s/none", base);
    struct tmux_session session = { socket, "celery-x", NULL, 0 };
    struct problem problem = {0};
    struct tmux_view view;
    char *text;

    ck_assert(tmux_look(&session, &view, &problem));
    ck_assert_uint_eq(view.count, 0);
    ck_assert(tmux_kill_session(&session, &problem));
    ck_assert(tmux_capture(&session, 5, &text, &problem));
    ck_assert_ptr_null(text);
    no_problem(0, &problem);
    ck_assert_int_ne(access(socket, F_OK), 0);
    free(socket);
    scratch_remove(base);
}
END_TEST

/* A tmux that says this and ends so; the PATH before, freed by the caller. */
static char *
stand_in(const char *base, const char *says, int result)
{
    char *text = text_format("#!/bin/sh\necho '%s'\nexit %d\n", says,
        result);
    char *before = text_copy(getenv("PATH"));

    free(scratch_file(base, "tmux", text, 0700));
    setenv("PATH", base, 1);
    free(text);
    return before;
}

/* In the C library's place: there are none left. */
int
socketpair(int domain, int type, int protocol, int ends[2])
{
    (void)domain, (void)type, (void)protocol, (void)ends;
    errno = EMFILE;
    return -1;
}

START_TEST(a_tmux_that_does_not_work_is_told)
{
    char *base = scratch_make(), *socket = text_format("%s/socket", base);
    char *path = stand_in(base, "no terminfo", 3), *version;
    struct tmux_session session = { socket, "celery-x", NULL, 0 };
    struct problem problem = {0};
    bool exists;

    ck_assert(!tmux_version(&version, &problem));
    same_problem(0, &problem, STATUS_UNAVAILABLE, "tmux -V says \"no "
        "terminfo\" and ends with status 3; install a tmux that works");
    free(version);
    make_socket(socket);
    free(stand_in(base, "$1 %2 3", 0));
    ck_assert(!tmux_follow(&session, 1, false, &exists, &problem));
    same_problem(1, &problem, STATUS_INTERNAL, "cannot make a pipe; raise the "
        "limit of open files");
    setenv("PATH", path, 1);
    free(path);
    free(socket);
    scratch_remove(base);
}
END_TEST

START_TEST(a_time_of_day_is_written_for_people)
{
    static const struct {
        long long seconds;
        const char *desired;
    } rows[] = {
        { 0, "1970-01-01T00:00:00Z" },
        { 1, "1970-01-01T00:00:01Z" },
        { 951827696, "2000-02-29T12:34:56Z" },
        { 1795497275, "2026-11-24T05:14:35Z" },
        { 2147483648, "2038-01-19T03:14:08Z" },
        { 253402300799, "9999-12-31T23:59:59Z" },
        { -1, "1969-12-31T23:59:59Z" },
    };

    setenv("TZ", "Europe/Berlin", 1);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *text = clock_text(rows[i].seconds);

        same_text(i, text, rows[i].desired);
        free(text);
    }
}
END_TEST

START_TEST(a_local_time_has_its_zone)
{
    static const struct {
        const char *zone;
        long long seconds;
        const char *desired;
    } rows[] = {
        { "CET-1CEST,M3.5.0,M10.5.0", 1795497275,
          "2026-11-24T06:14:35+01:00" },
        { "CET-1CEST,M3.5.0,M10.5.0", 1784523600,
          "2026-07-20T07:00:00+02:00" },
        { "UTC0", 0, "1970-01-01T00:00:00+00:00" },
        { "NST3:30", 0, "1969-12-31T20:30:00-03:30" },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *text;

        setenv("TZ", rows[i].zone, 1);
        text = clock_local(rows[i].seconds);
        same_text(i, text, rows[i].desired);
        free(text);
    }
}
END_TEST

START_TEST(time_only_moves_forward_and_what_is_left_fits_poll)
{
    long long before = clock_now();

    clock_sleep(20);
    ck_assert_int_ge(clock_now() - before, 20);
    ck_assert_int_eq(clock_left(before), 0);
    ck_assert_int_gt(clock_left(clock_now() + 60000), 50000);
    ck_assert_int_eq(clock_left(clock_now() + (1LL << 40)), 2147483647);
}
END_TEST

UNIT_TESTS("tmux",
    a_session_is_made_by_one_call_in_these_words,
    a_semicolon_at_the_end_of_a_word_is_escaped_for_tmux,
    a_version_is_too_old_or_it_is_not,
    the_last_lines_of_a_screen_are_kept,
    a_long_screen_is_gone_through_once,
    the_default_server_is_the_users_own,
    only_a_socket_of_ours_in_a_directory_of_ours_passes,
    without_a_server_there_is_no_session,
    a_tmux_that_does_not_work_is_told,
    a_time_of_day_is_written_for_people,
    a_local_time_has_its_zone,
    time_only_moves_forward_and_what_is_left_fits_poll)
