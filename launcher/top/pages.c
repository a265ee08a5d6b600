/*
 * pages.c - what the board makes room for: one worker, and the keys.
 */
#include "top/ui.h"

#include <stdlib.h>
#include <time.h>

#include "base/text.h"
#include "top/cell.h"

/* A task of a row, to sort them. */
struct running {
    const struct row *row;
    const struct report_task *task;
};

static int
compare_running(const void *one, const void *other)
{
    const struct running *a = one, *b = other;

    return a->task->began < b->task->began ? -1
        : a->task->began > b->task->began;
}

static char *
moment(long long seconds)
{
    time_t time = seconds;
    char text[32] = "-";
    struct tm local;

    if (seconds > 0 && localtime_r(&time, &local) != NULL)
        strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &local);
    return text_copy(text);
}

static void
add_tasks(const struct entry *entry, long long wall, struct words *lines)
{
    struct running *running = text_allocate(1, sizeof *running);
    long long more = 0;
    size_t count = 0;

    for (size_t i = 0; i < entry->count; i++) {
        const struct report *report = &entry->row[i]->report;

        running = text_reallocate(running, count + report->tasks + 1,
            sizeof *running);
        for (size_t j = 0; j < report->tasks; j++)
            running[count++] = (struct running){
                entry->row[i], &report->task[j]
            };
        if (report->busy > (long long)report->tasks)
            more += report->busy - report->tasks;
    }
    qsort(running, count, sizeof *running, compare_running);
    words_add(lines, "");
    words_add(lines, count > 0 ? "   FOR  TASK" : "No task is known to run.");
    for (size_t i = 0; i < count; i++) {
        long long began = running[i].task->began;
        char *span = cell_span(began <= 0 ? -1 : wall > began ? wall - began
            : 0);

        words_addf(lines, "%6s  %s%s%s", span, running[i].task->name,
            entry->count > 1 ? " on " : "", entry->count > 1
            ? running[i].row->node->name : "");
        free(span);
    }
    if (more > 0)
        words_addf(lines, "        and %lld more", more);
    free(running);
}

static void
add_number(struct words *lines, const char *name, long long number)
{
    char *count = number < 0 ? text_copy("-") : text_format("%lld", number);

    words_addf(lines, "%-14s %s", name, count);
    free(count);
}

static void
add_one(const struct row *row, struct words *lines)
{
    const struct report *report = &row->report;
    char *since = moment(report->since), *last = moment(report->last_task);
    char *ended = moment(report->last_ended);

    words_addf(lines, "queue          %s", report->queue ? report->queue : "-");
    words_addf(lines, "session        %s", report->session ? report->session
        : "-");
    words_addf(lines, "commit         %s", report->revision
        ? report->revision : "-");
    words_addf(lines, "since          %s", since);
    words_addf(lines, "last task      %s", last);
    add_number(lines, "done", report->done);
    add_number(lines, "failed", report->failed);
    add_number(lines, "healed", report->healed);
    add_number(lines, "runner", report->runner);
    add_number(lines, "MainProcess", report->main);
    if (report->last_ended > 0)
        words_addf(lines, "last run       ended %s with status %lld", ended,
            report->last_status);
    words_add_all(lines, &report->runs);
    free(ended);
    free(last);
    free(since);
}

void
ui_tasks(const struct ui *ui, long long wall, struct words *lines)
{
    const struct entry *entry = ui_entry(ui);
    char *nodes, *note;

    if (entry == NULL)
        return;
    nodes = entry_nodes(entry);
    note = entry_note(entry);
    words_addf(lines, "%s on %s: %s%s%s", row_worker(entry->row[0]), nodes,
        row_state_name(entry->state), *note ? ", " : "", note);
    if (entry->row[0]->report.worker != NULL) {
        words_add(lines, "");
        if (entry->count == 1)
            add_one(entry->row[0], lines);
        else
            words_add(lines, "Esc and Space unfold it, to see one node.");
        add_tasks(entry, wall, lines);
    }
    free(note);
    free(nodes);
}

void
ui_help(struct words *lines)
{
    static const char *const help[] = {
        "Up Down PgUp PgDn Home End   choose a worker (j and n are Down, too)",
        "Enter       what is known of it, and the tasks that run; Esc: back",
        "f           fold workers that are alike on several nodes, or unfold",
        "Space       the same for the chosen worker alone",
        "/           show only what has a text in its names, state or commit",
        "o O         order by the next column; the other way round",
        "l           its log, until ^C",
        "a           attach to its session, read-only; C-b d comes back",
        "r s k       restart, stop, kill: asks, and says what it would do",
        "^L          draw the screen anew",
        "q           quit",
        "",
        "BUSY is processes at work and all; TASKS/S those of the last ten",
        "seconds that ended; WAITING messages in its queue, which a worker",
        "that is free asks for; MEM all its processes; LONGEST the age of the",
        "oldest task.  - is not known.  A + behind the state: the bottom line",
        "says more.  silent: the connection stands, but nothing comes; lost:",
        "it has ended, and is tried again.",
    };

    for (size_t i = 0; i < sizeof help / sizeof *help; i++)
        words_add(lines, help[i]);
}
