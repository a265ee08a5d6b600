/*
 * view.c - filters, folds and sorts.
 */
#include "top/view.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "hostlist/hostlist.h"
#include "top/sums.h"

static const char *const order_names[ORDERS] = {
    "state", "worker", "node", "busy", "tasks/s", "failed", "waiting",
    "memory", "longest"
};

/* qsort(3) hands nothing on. */
static const struct view *sorted;

const char *
order_name(enum order order)
{
    return order_names[order];
}

const char *
row_worker(const struct row *row)
{
    return row->report.worker ? row->report.worker : "-";
}

static int
compare_texts(const char *one, const char *other)
{
    return strcmp(one ? one : "", other ? other : "");
}

static int
compare_numbers(long long one, long long other)
{
    return one < other ? -1 : one > other;
}

/* 0 for rows that may be one entry. */
static int
compare_alike(const struct row *one, const struct row *other)
{
    const struct report *a = &one->report, *b = &other->report;
    int result = strcmp(row_worker(one), row_worker(other));

    if (result == 0)
        result = compare_numbers(one->state, other->state);
    if (result == 0)
        result = compare_numbers(a->drifted | a->limited << 1
            | a->runner_gone << 2, b->drifted | b->limited << 1
            | b->runner_gone << 2);
    if (result == 0)
        result = compare_texts(a->revision, b->revision);
    if (result == 0 && one->state <= ROW_SILENT)
        result = compare_texts(one->node->said, other->node->said);
    return result;
}

static int
compare_rows(const void *one, const void *other)
{
    const struct row *a = *(struct row *const *)one;
    const struct row *b = *(struct row *const *)other;
    int result = compare_alike(a, b);

    if (result == 0)
        result = compare_numbers(a->node->number, b->node->number);
    return result ? result : compare_texts(a->report.session,
        b->report.session);
}

/* Where more means less to worry about, or the other way round. */
static int
compare_by(const struct entry *a, const struct entry *b, enum order order)
{
    switch (order) {
    case ORDER_WORKER:
        return strcmp(row_worker(a->row[0]), row_worker(b->row[0]));
    case ORDER_NODE:
        return compare_numbers(a->row[0]->node->number,
            b->row[0]->node->number);
    case ORDER_BUSY:
        return compare_numbers(b->sums.busy, a->sums.busy);
    case ORDER_RATE:
        return b->sums.rate < a->sums.rate ? -1 : b->sums.rate > a->sums.rate;
    case ORDER_FAILED:
        return compare_numbers(b->sums.failed, a->sums.failed);
    case ORDER_WAITING:
        return compare_numbers(b->sums.waiting, a->sums.waiting);
    case ORDER_MEMORY:
        return compare_numbers(b->sums.memory, a->sums.memory);
    case ORDER_LONGEST:
        return compare_numbers(b->sums.longest, a->sums.longest);
    default:
        return compare_numbers(a->state, b->state);
    }
}

static int
compare_entries(const void *one, const void *other)
{
    const struct entry *a = one, *b = other;
    int result = compare_by(a, b, sorted->order);

    if (sorted->backwards)
        result = -result;
    if (result == 0)
        result = compare_by(a, b, ORDER_WORKER);
    return result ? result : compare_by(a, b, ORDER_NODE);
}

static bool
has_part(const char *text, const char *part)
{
    return text != NULL && strcasestr(text, part) != NULL;
}

static bool
is_wanted(const struct row *row, const char *filter)
{
    const struct report *report = &row->report;

    return filter == NULL || *filter == '\0'
        || has_part(report->worker, filter) || has_part(report->queue, filter)
        || has_part(row->node->name, filter)
        || has_part(row_state_name(row->state), filter)
        || has_part(report->revision, filter)
        || has_part(report->trouble, filter)
        || (report->drifted && has_part("drifted", filter));
}

/* All rows, those that are filtered out behind the others. */
static size_t
gather(struct view *view, struct board *board, long long now)
{
    size_t count = 0, wanted = 0, index;
    struct row *row;

    for (size_t i = 0; i < board->count; i++) {
        index = 0;
        while ((row = node_row(&board->node[i], &index)) != NULL) {
            view->row = text_reallocate(view->row, count + 1,
                sizeof *view->row);
            row->state = row_state(row, now);
            view->row[count++] = row;
        }
    }
    for (size_t i = 0; i < count; i++)
        if (is_wanted(view->row[i], view->filter)) {
            row = view->row[i];
            view->row[i] = view->row[wanted];
            view->row[wanted++] = row;
        }
    view->rows = wanted;
    return count;
}

static bool
is_folded(const struct view *view, const struct row *row)
{
    return view->folded && !words_contain(&view->unfolded, row_worker(row));
}

static void
make_entries(struct view *view, long long now, long long wall)
{
    view->count = 0;
    view->entry = text_reallocate(view->entry, view->rows + 1,
        sizeof *view->entry);
    for (size_t i = 0; i < view->rows; i++) {
        struct row **row = &view->row[i];
        struct entry *last = view->count > 0
            ? &view->entry[view->count - 1] : NULL;

        if (last != NULL && is_folded(view, *row)
            && compare_alike(last->row[0], *row) == 0)
            last->count++;
        else
            /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): never is */
            view->entry[view->count++] = (struct entry){
                row, 1, (*row)->state, {0}
            };
    }
    for (size_t i = 0; i < view->count; i++)
        sums_find(&view->entry[i].sums, view->entry[i].row,
            view->entry[i].count, now, wall);
}

static void
count_states(struct view *view, struct board *board, size_t all,
    long long now)
{
    memset(view->workers, 0, sizeof view->workers);
    memset(view->nodes, 0, sizeof view->nodes);
    for (size_t i = 0; i < all; i++)
        if (view->row[i]->report.worker != NULL)
            view->workers[view->row[i]->state]++;
    for (size_t i = 0; i < board->count; i++) {
        enum row_state state = row_state(&board->node[i].none, now);

        view->nodes[state == ROW_EMPTY ? ROW_RUNNING : state]++;
    }
}

void
view_build(struct view *view, struct board *board, long long now,
    long long wall)
{
    size_t all = gather(view, board, now);

    count_states(view, board, all, now);
    sums_find(&view->sums, view->row, all, now, wall);
    sorted = view;
    if (view->rows > 0)
        qsort(view->row, view->rows, sizeof *view->row, compare_rows);
    make_entries(view, now, wall);
    if (view->count > 0)
        qsort(view->entry, view->count, sizeof *view->entry, compare_entries);
}

void
view_toggle(struct view *view, const struct row *row)
{
    struct words others = {0};

    for (size_t i = 0; i < view->unfolded.count; i++)
        if (strcmp(view->unfolded.word[i], row_worker(row)) != 0)
            words_add(&others, view->unfolded.word[i]);
    if (others.count == view->unfolded.count)
        words_add(&others, row_worker(row));
    words_clear(&view->unfolded);
    view->unfolded = others;
}

char *
entry_nodes(const struct entry *entry)
{
    struct words names = {0};
    char *folded;

    if (entry->count == 1)
        return text_copy(entry->row[0]->node->name);
    for (size_t i = 0; i < entry->count; i++)
        words_add(&names, entry->row[i]->node->name);
    folded = hostlist_fold(&names);
    words_clear(&names);
    return folded;
}

char *
entry_note(const struct entry *entry)
{
    const struct row *row = entry->row[0];
    const struct report *report = &row->report;
    char *note = text_copy("");
    long long draining = 0;

    for (size_t i = 0; i < entry->count; i++)
        if (entry->row[i]->report.draining > 0)
            draining += entry->row[i]->report.draining;
    if (entry->state <= ROW_SILENT || report->worker == NULL)
        text_append(&note, ", %s", row->node->said ? row->node->said : "");
    else if (report->trouble != NULL)
        text_append(&note, ", %s", report->trouble);
    if (draining > 0)
        text_append(&note, ", %lld draining", draining);
    if (report->runner_gone)
        text_append(&note, ", runner gone");
    if (report->limited)
        text_append(&note, ", restart limit reached");
    if (report->drifted)
        text_append(&note, ", drifted");
    memmove(note, note + (*note ? 2 : 0), strlen(note + (*note ? 2 : 0)) + 1);
    return note;
}

void
view_clear(struct view *view)
{
    words_clear(&view->unfolded);
    free(view->filter);
    free(view->row);
    free(view->entry);
    *view = (struct view){0};
}
