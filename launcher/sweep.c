/*
 * sweep.c - a worker's tasks may leave anything behind: children that ignore
 * signals, daemons, processes that fork while one looks.  Descendants are
 * found by their parents, and what lost its parents, because no subreaper
 * lived, by the cookie in its environment.
 */
#include "sweep.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "process.h"
#include "text.h"

static void
find(pid_t ancestor, const char *id, struct tree *tree)
{
    char *word;

    if (ancestor > 0)
        tree_descendants(ancestor, tree);
    if (id == NULL || *id == '\0')
        return;
    word = text_format("CELERY_TMUX_ID=%s", id);
    tree_with_environment(word, tree);
    free(word);
}

/* KILL all but the spared; how many there were.  `hits` has each once. */
static size_t
hit(const struct tree *tree, pid_t spared, struct tree *hits)
{
    size_t count = 0;

    for (size_t i = 0; i < tree->count; i++) {
        struct process process = tree->process[i];

        if (process.pid == spared || process.pid == getpid())
            continue;
        count++;
        process_signal(process, SIGKILL);
        tree_add_once(hits, process);
    }
    return count;
}

bool
sweep(pid_t ancestor, const char *id, pid_t spared, long long deadline,
    struct tree *hits, struct tree *left)
{
    int clean = 0;

    while (clean < 2) {
        struct tree tree = {0};
        size_t count;

        find(ancestor, id, &tree);
        count = hit(&tree, spared, hits);
        clean = count == 0 ? clean + 1 : 0;
        if (count > 0 && clock_left(deadline) == 0) {
            for (size_t i = 0; i < tree.count; i++)
                if (tree.process[i].pid != spared
                    && tree_is_alive(tree.process[i]))
                    tree_add(left, tree.process[i]);
            tree_clear(&tree);
            return left->count == 0;
        }
        tree_clear(&tree);
        if (count > 0)
            clock_sleep(2);
    }
    return true;
}
