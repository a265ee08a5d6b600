/*
 * table.c - the columns of the board.
 */
#include "top/table.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "top/cell.h"
#include "top/screen.h"

/* What names have in any case. */
enum { WORKER = 6, NODES = 5 };

/* A column that has its width; those of few columns are left out first. */
static const struct column {
    const char *head;
    int width, from;            /* columns of a terminal that has it */
    bool right;
    enum order order;
} columns[] = {
    { "STATE", 9, 0, false, ORDER_STATE },
    { "BUSY", 8, 0, true, ORDER_BUSY },
    { "TASKS/S", 7, 60, true, ORDER_RATE },
    { "FAILED", 6, 70, true, ORDER_FAILED },
    { "WAITING", 7, 60, true, ORDER_WAITING },
    { "MEM", 5, 75, true, ORDER_MEMORY },
    { "LONGEST", 7, 50, true, ORDER_LONGEST },
    { "COMMIT", 8, 90, false, ORDERS },
};

enum { COLUMNS = sizeof columns / sizeof *columns };

static bool
has_column(const struct column *column)
{
    return screen_columns() >= column->from;
}

/* Names get what they need of what is left, and remarks the rest. */
struct layout
table_layout(const struct view *view)
{
    int left = screen_columns() - 1, worker = WORKER, nodes = NODES;
    struct layout layout;

    for (int i = 0; i < COLUMNS; i++)
        if (has_column(&columns[i]))
            left -= columns[i].width + 1;
    for (size_t i = 0; i < view->count; i++) {
        int width = cell_width(row_worker(view->entry[i].row[0]));
        char *names = entry_nodes(&view->entry[i]);

        worker = width > worker ? width : worker;
        width = cell_width(names);
        nodes = width > nodes ? width : nodes;
        free(names);
    }
    /* Half each, unless one of them needs less. */
    layout.nodes = nodes <= left / 2 ? nodes : left - worker > left / 2
        ? left - worker : left / 2;
    if (layout.nodes > nodes)
        layout.nodes = nodes;
    layout.worker = left - layout.nodes < worker ? left - layout.nodes
        : worker;
    layout.note = left - layout.nodes - layout.worker - 1;
    return layout;
}

static enum look
look_of(enum row_state state)
{
    switch (state) {
    case ROW_RUNNING:
        return LOOK_GOOD;
    case ROW_STOPPED: case ROW_EMPTY:
        return LOOK_PLAIN;
    case ROW_DRAINING: case ROW_STARTING: case ROW_CONNECTING:
        return LOOK_WARN;
    default:
        return LOOK_BAD;
    }
}

static char *
state_text(const struct entry *entry)
{
    const struct report *report = &entry->row[0]->report;
    bool more = report->drifted || report->limited || report->runner_gone
        || report->draining > 0;

    /* The bottom line says what it is. */
    return text_format("%s%s", row_state_name(entry->state), more ? "+" : "");
}

/* What stands in a column. */
static char *
column_text(const struct column *column, const struct entry *entry)
{
    const struct sums *sums = &entry->sums;
    const char *revision = entry->row[0]->report.revision;
    char *busy, *text;

    switch (column->order) {
    case ORDER_STATE:
        return state_text(entry);
    case ORDER_BUSY:
        busy = cell_count(sums->busy);
        text = cell_count(sums->processes);
        text_append(&busy, "%s%s", sums->busy < 0 ? "" : "/",
            sums->busy < 0 ? "" : text);
        free(text);
        return busy;
    case ORDER_RATE:
        return cell_rate(sums->rate);
    case ORDER_FAILED:
        return cell_count(sums->failed);
    case ORDER_WAITING:
        return cell_count(sums->waiting);
    case ORDER_MEMORY:
        return cell_memory(sums->memory);
    case ORDER_LONGEST:
        return cell_span(sums->longest);
    default:
        return revision ? text_copy_part(revision, column->width)
            : text_copy("-");
    }
}

void
table_heads(int line, const struct layout *layout, enum order order)
{
    int at = 0;

    screen_put(line, 0, "", screen_columns(), false, LOOK_BAR, false);
    screen_put(line, at, "WORKER", layout->worker, false, LOOK_BAR,
        false);
    at += layout->worker + 1;
    screen_put(line, at, "NODES", layout->nodes, false, LOOK_BAR, false);
    at += layout->nodes + 1;
    for (int i = 0; i < COLUMNS; i++) {
        char *head;

        if (!has_column(&columns[i]))
            continue;
        head = text_format("%s%s", columns[i].order == order ? "*" : "",
            columns[i].head);
        screen_put(line, at, head, columns[i].width, columns[i].right,
            LOOK_BAR, false);
        at += columns[i].width + 1;
        free(head);
    }
    if (layout->note > 3)
        screen_put(line, at, "NOTE", layout->note, false, LOOK_BAR, false);
}

void
table_entry(int line, const struct entry *entry, const struct layout *layout,
    bool chosen)
{
    char *nodes = entry_nodes(entry), *note = entry_note(entry);
    int at = 0;

    if (chosen)
        screen_put(line, 0, "", screen_columns(), false, LOOK_PLAIN, true);
    screen_put(line, at, row_worker(entry->row[0]), layout->worker, false,
        LOOK_PLAIN, chosen);
    at += layout->worker + 1;
    screen_put(line, at, nodes, layout->nodes, false, LOOK_PLAIN, chosen);
    at += layout->nodes + 1;
    for (int i = 0; i < COLUMNS; i++) {
        char *text;

        if (!has_column(&columns[i]))
            continue;
        text = column_text(&columns[i], entry);
        screen_put(line, at, text, columns[i].width, columns[i].right,
            i == 0 ? look_of(entry->state) : LOOK_PLAIN, chosen);
        at += columns[i].width + 1;
        free(text);
    }
    if (layout->note > 3)
        screen_put(line, at, note, layout->note, false, LOOK_PLAIN, chosen);
    free(note);
    free(nodes);
}
