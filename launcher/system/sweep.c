/*
 * sweep.c - a worker's tasks may leave anything behind: children that
 * ignore signals, daemons, processes that fork while one looks.  Descendants
 * are found by their parents, and what lost its parents, because no subreaper
 * lived, by the cookie in its environment or because it was noted down.
 */
#include "system/sweep.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "system/process.h"

/*
 * Milliseconds: how long others' processes are waited for, which often end
 * when the other end of their pipe does, and the pauses between two scans.
 */
enum { OTHERS = 500, SHORTEST = 2, LONGEST = 100 };

enum { MOST_HITS = 1000 };

/* The findings of one scan. */
struct round {
    bool whole;                 /* all of /proc could be looked at */
    int error;                  /* why not */
    bool fresh;                 /* something was hit or missed for once */
    size_t hit;                 /* processes that KILL was sent to */
    size_t missed;              /* that had ended since they were seen */
    size_t others;              /* that it could not be sent to */
};

bool
sweep_find(const struct sweep *sweep, struct process_list *list)
{
    char *word = sweep->id == NULL || *sweep->id == '\0' ? NULL
        : text_format("CELERY_TMUX_ID=%s", sweep->id);
    const struct proc_search search = {
        .roots = sweep->known, .ancestor = sweep->ancestor, .word = word,
        .since = sweep->since
    };
    bool whole = proc_search(&search, list);
    int error = errno;

    free(word);
    errno = error;
    return whole;
}

static bool
is_spared(const struct sweep *sweep, struct process process)
{
    return process.pid == sweep->spared || process.pid == getpid();
}

/*
 * One that ends before KILL comes may have left a child that nobody has seen;
 * a zombie that stays has no more to leave than the first time.
 */
static void
hit(const struct sweep *sweep, const struct process_list *list,
    struct process_list *hits, struct process_list *dead, struct round *round)
{
    for (size_t i = 0; i < list->count; i++) {
        struct process process = list->process[i];

        if (is_spared(sweep, process))
            continue;
        if (process_signal(process, SIGKILL)) {
            round->hit++;
            if (hits == NULL || hits->count >= MOST_HITS
                || process_list_add_once(hits, process))
                round->fresh = true;
        } else if (errno != ESRCH)
            round->others++;
        else if (process_list_add_once(dead, process)) {
            round->missed++;
            round->fresh = true;
        }
    }
}

static void
collect(const struct sweep *sweep, const struct process_list *list,
    struct process_list *left)
{
    for (size_t i = 0; i < list->count; i++)
        if (!is_spared(sweep, list->process[i])
            && !proc_is_dead(list->process[i]))
            process_list_add_once(left, list->process[i]);
}

bool
sweep(const struct sweep *sweep, long long deadline, struct process_list *hits,
    struct process_list *left)
{
    long long patience = clock_now() + OTHERS;
    int clean = 0, pause = SHORTEST;
    struct process_list ignored = {0}, dead = {0};

    left = left == NULL ? &ignored : left;
    for (;;) {
        struct round round = {0};
        struct process_list list = {0};
        bool stop;

        round.whole = sweep_find(sweep, &list);
        round.error = errno;
        hit(sweep, &list, hits, &dead, &round);
        clean = round.whole && round.hit + round.missed + round.others == 0
            ? clean + 1 : 0;
        stop = clean == 2 || (clean == 0 && (clock_left(deadline) == 0
            || (round.hit + round.missed == 0 && clock_left(patience) == 0)));
        if (stop && clean == 0)
            collect(sweep, &list, left);
        process_list_clear(&list);
        if (stop) {
            stop = clean == 2 || (round.whole && left->count == 0);
            process_list_clear(&ignored);
            process_list_clear(&dead);
            errno = round.error;
            return stop;
        }
        if (clean == 0)
            clock_sleep(pause);
        pause = round.fresh ? SHORTEST : pause * 2 < LONGEST ? pause * 2
            : LONGEST;
    }
}

static bool
is_among(const struct process_list *list, pid_t pid)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->process[i].pid == pid)
            return true;
    return false;
}

/* One that was hit or reaped may have left us a child of its own. */
static bool
hit_children(const struct process_list *spared)
{
    struct process_list children = {0};
    bool any = false;

    /* Where the kernel has no list of them, what is no child is hit too. */
    if (!proc_own_children(&children))
        proc_descendants(getpid(), &children);
    for (size_t i = 0; i < children.count; i++) {
        struct process child = children.process[i];

        if (!is_among(spared, child.pid))
            any = process_signal(child, SIGKILL)
                || waitpid(child.pid, NULL, WNOHANG) > 0 || any;
    }
    process_list_clear(&children);
    return any;
}

void
sweep_adopted(const struct process_list *spared, long long deadline)
{
    int pause = SHORTEST;

    while (hit_children(spared) && clock_left(deadline) > 0) {
        clock_sleep(pause);
        pause = pause * 2 < LONGEST ? pause * 2 : LONGEST;
    }
}

const char *
sweep_why_left(const struct process_list *left)
{
    for (size_t i = 0; i < left->count; i++)
        if (!process_signal(left->process[i], 0) && errno != ESRCH)
            return "it belongs to another user; end it as root";
    return "it survives KILL because it is waiting for a device or file "
        "system; mend that, or reboot";
}
