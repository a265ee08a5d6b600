/*
 * main.c - celery-tmux-top: the workers of this node, or of a cluster, live.
 *
 * A program of its own, since what runs on the nodes needs neither ncurses nor
 * anything that reads JSON.
 */
#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/plain.h"
#include "base/text.h"
#include "top/screen.h"
#include "top/ui.h"

/*
 * Milliseconds: news are drawn that often at most, and ages and the clock that
 * often at least.
 */
enum { NEWS = 200, TICK = 500 };
/* Nodes that are lost one by one have a stream each, with two descriptors. */
enum { FILES = 4096 };

/* How long frames took, in microseconds, and of the processor, for -v. */
struct figures {
    unsigned long long frames, sum, longest, processor;
};

static volatile sig_atomic_t ended;

static void
end(int number)
{
    ended = number;
}

bool
ui_is_ended(void)
{
    return ended;
}

static void
hear_signals(void)
{
    static const int numbers[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP };
    struct sigaction action = { .sa_handler = end };

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        sigaction(numbers[i], &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static unsigned long long
microseconds(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return now.tv_sec * 1000000ull + now.tv_nsec / 1000;
}

static void
draw(struct ui *ui, struct figures *figures)
{
    unsigned long long begin = microseconds(CLOCK_MONOTONIC), took;
    unsigned long long before = microseconds(CLOCK_PROCESS_CPUTIME_ID);

    ui_draw(ui, clock_now(), time(NULL));
    took = microseconds(CLOCK_MONOTONIC) - begin;
    figures->frames++;
    figures->sum += took;
    figures->processor += microseconds(CLOCK_PROCESS_CPUTIME_ID) - before;
    if (took > figures->longest)
        figures->longest = took;
}

/* Wait for keys and lines; false when the terminal has gone. */
static bool
wait_for_news(struct ui *ui, int milliseconds, bool *news)
{
    struct pollfd *polled = text_allocate(1, sizeof *polled);
    size_t count = 1;
    bool there;

    polled[0] = (struct pollfd){ screen_descriptor(), POLLIN, 0 };
    streams_poll(ui->streams, &polled, &count);
    if (poll(polled, count, milliseconds) > 0)
        for (size_t i = 1; i < count; i++)
            *news |= polled[i].revents != 0;
    there = !(polled[0].revents & (POLLHUP | POLLERR | POLLNVAL));
    free(polled);
    return there;
}

static int
least(long long one, long long other)
{
    return one < other ? one : other;
}

static void
run_board(struct ui *ui, struct figures *figures, struct problem *problem)
{
    long long drawn = 0;
    bool news = true, there = true;
    int key;

    while (there && !ended && !ui->quits
        && !streams_failed(ui->streams, problem)) {
        long long next = streams_retry(ui->streams, clock_now());
        int wait = clock_left(drawn + (news ? NEWS : TICK));

        if (wait == 0) {
            draw(ui, figures);
            drawn = clock_now();
            news = false;
            wait = TICK;
        }
        if (next > 0)
            wait = least(wait, clock_left(next) + 1);
        there = wait_for_news(ui, wait, &news);
        streams_read(ui->streams, clock_now());
        while (!ui->quits && (key = screen_key()) != 0) {
            ui_key(ui, key);
            hear_signals();
            drawn = 0;
        }
    }
}

static void
tell_figures(const struct figures *figures, const struct board *board)
{
    unsigned long long frames = figures->frames ? figures->frames : 1;

    fprintf(plain_err, "celery-tmux-top: %llu frames, %llu us each, %llu us of "
        "them of the processor, the longest %llu us; %llu lines, %llu not "
        "understood\n", figures->frames, figures->sum / frames,
        figures->processor / frames, figures->longest, board->lines,
        board->unread);
}

static void
show(struct call *call, bool verbose, struct problem *problem)
{
    struct figures figures = {0};
    struct streams streams = {0};
    struct board board = {0};
    struct ui ui = {
        .call = call, .board = &board, .streams = &streams,
        .view.folded = true
    };

    if (!call_prepare(call, problem))
        return;
    board_make(&board, &call->names);
    if (streams_open(&streams, call, &board, problem)) {
        hear_signals();
        if (screen_open(problem)) {
            run_board(&ui, &figures, problem);
            screen_close();
            if (verbose)
                tell_figures(&figures, &board);
        }
    }
    streams_close(&streams);
    ui_clear(&ui);
    board_clear(&board);
}

static void
usage(FILE *stream)
{
    fputs("Usage: celery-tmux-top [OPTION]... [WORKER]...\n\n"
        "Show Celery workers, live.  celery-tmux-launch top calls it.\n\n"
        "Options:\n"
        "  -w HOSTS     of these nodes, as pdsh lists them\n"
        "  -W WORKER    of the nodes of this worker\n"
        "  -c FILE      use this configuration\n"
        "  -q QUEUE     only the workers of exactly this queue\n"
        "  -a           every worker with a record, configured or not\n"
        "  -v           print how long frames took, at the end\n"
        "  -h           print this help\n"
        "  -V           print the version\n", stream);
}

/* False when there is nothing more to do. */
static bool
read_options(int count, char **word, struct call *call, bool *verbose,
    struct problem *problem)
{
    int letter;

    opterr = 0;
    while ((letter = getopt(count, word, ":w:W:c:q:avhV")) != -1)
        switch (letter) {
        case 'w': call->hosts = optarg; break;
        case 'W': call->worker = optarg; break;
        case 'c': call->config = optarg; break;
        case 'q': words_addf(&call->chosen, "--queue=%s", optarg); break;
        case 'a': words_add(&call->chosen, "--all"); break;
        case 'v': *verbose = true; break;
        case 'h': usage(plain_out); return false;
        case 'V': fputs("celery-tmux-top " VERSION "\n", plain_out);
            return false;
        default:
            return problem_add(problem, STATUS_USAGE, letter == ':'
                ? "-%c needs a value" : "there is no option -%c; "
                "celery-tmux-top -h lists them", optopt);
        }
    if (call->hosts != NULL && call->worker != NULL)
        return problem_add(problem, STATUS_USAGE, "-W gives the nodes of a "
            "worker; leave out -w, or -W");
    if (word[optind] != NULL)
        words_add(&call->chosen, "--");
    while (word[optind] != NULL)
        words_add(&call->chosen, word[optind++]);
    return true;
}

/* What it may have closed, blocked, or allowed less of than we want. */
static void
take_from_caller(void)
{
    struct rlimit limit;
    sigset_t none;

    file_open_standard();
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < FILES) {
        limit.rlim_cur = limit.rlim_max < FILES ? limit.rlim_max : FILES;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int
main(int count, char **word)
{
    struct problem problem = {0};
    struct call call = {0};
    bool verbose = false;
    enum status status;

    take_from_caller();
    setlocale(LC_ALL, "");
    if (read_options(count, word, &call, &verbose, &problem))
        show(&call, verbose, &problem);
    if (!plain_end())
        problem_add(&problem, STATUS_INTERNAL, "cannot write to standard "
            "output: %s; make room, or write somewhere else",
            strerror(errno));
    problem_print(&problem);
    status = problem.status;
    problem_clear(&problem);
    call_clear(&call);
    return status;
}
