/*
 * board.c - takes lines of nodes, and knows which nodes say nothing.
 */
#include "top/board.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/*
 * Milliseconds: a stream says something twice a second, so after that long
 * its node is silent; until a lost one is tried again, at first and at most,
 * and how far these times lie apart; over which tasks a second are counted,
 * and from when on.
 */
enum { SILENT = 1500, RETRY = 5000, SELDOM = 60000, TOGETHER = 5000,
    WINDOW = 10000, SHORTEST = 2000 };
/* Rows that a node can have, and bytes of what it complains. */
enum { ROWS = 2000, NOTE = 1000 };

static const char *const state_names[ROW_STATES] = {
    [ROW_LOST] = "lost", [ROW_SILENT] = "silent", [ROW_DEAD] = "dead",
    [ROW_STUCK] = "stuck", [ROW_BROKEN] = "broken",
    [ROW_UNKNOWN] = "unknown", [ROW_DRAINING] = "draining",
    [ROW_STARTING] = "starting", [ROW_RUNNING] = "running",
    [ROW_STOPPED] = "stopped", [ROW_EMPTY] = "none",
    [ROW_CONNECTING] = "connecting",
};

void
board_make(struct board *board, const struct words *names)
{
    board->count = names->count;
    board->node = text_allocate(names->count + 1, sizeof *board->node);
    for (size_t i = 0; i < names->count; i++) {
        struct node *node = &board->node[i];

        *node = (struct node){ .name = text_copy(names->word[i]),
            .number = i, .patience = RETRY };
        node->none.node = node;
    }
}

struct node *
board_find(struct board *board, pid_t stream, const char *label)
{
    size_t length = strlen(label);
    struct node *found = NULL;

    for (size_t i = 0; i < board->count; i++) {
        struct node *node = &board->node[i];

        if (node->stream != stream || strncmp(node->name, label, length) != 0)
            continue;
        if (node->name[length] == '\0')
            return node;
        if (found == NULL && node->name[length] == '.')
            found = node;
    }
    return found;
}

static struct row *
find_row(struct node *node, const struct report *report)
{
    const char *session = report->session ? report->session : "";

    for (size_t i = 0; i < node->rows; i++) {
        const struct report *other = &node->row[i]->report;

        if (strcmp(other->worker, report->worker) == 0
            && strcmp(other->session ? other->session : "", session) == 0)
            return node->row[i];
    }
    return NULL;
}

static struct row *
add_row(struct node *node)
{
    struct row *row;

    if (node->rows >= ROWS)
        return NULL;
    row = text_allocate(1, sizeof *row);
    *row = (struct row){ .node = node };
    node->row = text_reallocate(node->row, node->rows + 1, sizeof row);
    node->row[node->rows++] = row;
    return row;
}

/* Another run counts from 0 again. */
static void
rate_add(struct rate *rate, long long done, long long now)
{
    size_t most = sizeof rate->sample / sizeof *rate->sample, old = 0;

    if (rate->count > 0 && done < rate->sample[rate->count - 1].done)
        rate->count = 0;
    /* Of those beyond the window the last one is where it begins. */
    while (old + 1 < rate->count && rate->sample[old + 1].when < now - WINDOW)
        old++;
    if (old == 0 && rate->count == most)
        old = 1;
    memmove(rate->sample, rate->sample + old, (rate->count - old)
        * sizeof *rate->sample);
    rate->count -= old;
    rate->sample[rate->count].when = now;
    rate->sample[rate->count++].done = done;
}

double
row_rate(const struct row *row, long long now)
{
    const struct rate *rate = &row->rate;
    size_t first = 0;
    long long span;

    if (rate->count == 0 || row->report.done < 0)
        return -1;
    while (first + 1 < rate->count
        && rate->sample[first + 1].when < now - WINDOW)
        first++;
    span = now - rate->sample[first].when;
    if (span < SHORTEST)
        return -1;
    return 1000.0 * (rate->sample[rate->count - 1].done
        - rate->sample[first].done) / span;
}

/* A round without news: what was not said again is not there any more. */
static void
forget_rows(struct node *node)
{
    for (size_t i = 0; i < node->rows; i++)
        node->row[i]->gone = !node->row[i]->said;
}

void
board_take(struct board *board, struct node *node, const char *text,
    size_t size, long long now)
{
    struct report report;
    struct row *row;

    board->heard = true;
    board->lines++;
    /* Why it could not be reached before is no news of what is now. */
    if (node->link != LINK_UP) {
        free(node->said);
        node->said = NULL;
    }
    node->link = LINK_UP;
    node->heard = now;
    node->patience = RETRY;
    if (size == 0) {
        forget_rows(node);
        return;
    }
    if (!report_read(&report, text, size)) {
        board->unread++;
        return;
    }
    row = find_row(node, &report);
    if (row == NULL)
        row = add_row(node);
    if (row == NULL) {
        board->unread++;
        report_clear(&report);
        return;
    }
    report_clear(&row->report);
    row->report = report;
    row->gone = false;
    row->said = true;
    if (report.done >= 0)
        rate_add(&row->rate, report.done + (report.failed > 0
            ? report.failed : 0), now);
}

void
board_note(struct node *node, const char *text)
{
    free(node->said);
    node->said = text_copy_part(text, strcspn(text, "\n"));
    if (strlen(node->said) > NOTE)
        node->said[NOTE] = '\0';
}

void
board_lose(struct node *node, long long now)
{
    node->link = LINK_LOST;
    node->stream = 0;
    /* Those that are lost one after another are tried together. */
    node->retry_at = (now + node->patience + TOGETHER - 1) / TOGETHER
        * TOGETHER;
    node->patience = node->patience < SELDOM / 2 ? 2 * node->patience
        : SELDOM;
}

void
board_retry(struct node *node)
{
    for (size_t i = 0; i < node->rows; i++)
        node->row[i]->said = false;
}

void
board_clear(struct board *board)
{
    for (size_t i = 0; i < board->count; i++) {
        struct node *node = &board->node[i];

        for (size_t j = 0; j < node->rows; j++) {
            report_clear(&node->row[j]->report);
            free(node->row[j]);
        }
        free(node->row);
        free(node->name);
        free(node->said);
    }
    free(board->node);
    *board = (struct board){0};
}

struct row *
node_row(struct node *node, size_t *index)
{
    bool some = false;

    for (; *index < node->rows; ++*index)
        if (!node->row[*index]->gone)
            return node->row[(*index)++];
    for (size_t i = 0; i < node->rows; i++)
        some |= !node->row[i]->gone;
    return some || (*index)++ > node->rows ? NULL : &node->none;
}

enum row_state
row_state(const struct row *row, long long now)
{
    const struct node *node = row->node;
    const char *name = row->report.state;

    if (node->link == LINK_NEW)
        return ROW_CONNECTING;
    if (node->link == LINK_LOST)
        return ROW_LOST;
    if (now - node->heard > SILENT)
        return ROW_SILENT;
    if (row->report.worker == NULL)
        return ROW_EMPTY;
    if (row->report.stuck)
        return ROW_STUCK;
    for (int state = ROW_DEAD; name != NULL && state <= ROW_STOPPED; state++)
        if (strcmp(state_names[state], name) == 0)
            return state;
    return ROW_UNKNOWN;
}

const char *
row_state_name(enum row_state state)
{
    return state_names[state];
}
