/*
 * draw.c - the board: two lines of sums, heads, a line an entry, and what
 * there is to say of the chosen one.
 */
#include "top/ui.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "top/cell.h"
#include "top/screen.h"
#include "top/table.h"

/* Lines above the entries, and below; and of a question. */
enum { HEAD = 3, FOOT = 2, QUESTION = 6 };

/* "20 nodes, 1 lost; 40 workers: 1 dead, 39 running" */
static char *
count_line(const struct ui *ui)
{
    const struct view *view = &ui->view;
    size_t workers = 0, nodes = ui->board->count;
    char *line, *states = text_copy("");

    for (int i = 0; i < ROW_STATES; i++)
        if (view->workers[i] > 0) {
            text_append(&states, "%s %zu %s", *states ? "," : "",
                view->workers[i], row_state_name(i));
            workers += view->workers[i];
        }
    line = nodes == 1 ? text_copy(ui->board->node[0].name)
        : text_format("%zu nodes", nodes);
    for (int i = 0; i < ROW_STATES; i++)
        if (i != ROW_RUNNING && view->nodes[i] > 0)
            text_append(&line, ", %zu %s", view->nodes[i],
                row_state_name(i));
    text_append(&line, "; %zu worker%s%s%s", workers, workers == 1 ? "" : "s",
        *states ? ":" : "", states);
    free(states);
    return line;
}

static char *
sum_line(const struct ui *ui)
{
    const struct sums *sums = &ui->view.sums;
    char *busy = cell_count(sums->busy), *all = cell_count(sums->processes);
    char *rate = cell_rate(sums->rate), *failed = cell_count(sums->failed);
    char *waiting = cell_count(sums->waiting);
    char *memory = cell_memory(sums->memory), *line;

    line = text_format("%s/%s busy, %s tasks/s, %s failed, %s waiting, %s",
        busy, all, rate, failed, waiting, memory);
    if (ui->view.filter && *ui->view.filter)
        text_append(&line, "; only /%s", ui->view.filter);
    if (ui->board->unread > 0)
        text_append(&line, "; %llu lines not understood", ui->board->unread);
    free(memory);
    free(waiting);
    free(failed);
    free(rate);
    free(all);
    free(busy);
    return line;
}

static void
draw_clock(long long wall)
{
    time_t seconds = wall;
    char text[16] = "";
    struct tm local;

    if (localtime_r(&seconds, &local) != NULL)
        strftime(text, sizeof text, " %H:%M:%S", &local);
    screen_put(0, screen_columns() - 9, text, 9, true, LOOK_BOLD, false);
}

static void
draw_foot(const struct ui *ui)
{
    const struct entry *entry = ui_entry(ui);
    int last = screen_lines() - 1;
    char *text = NULL, *nodes, *note;

    if (ui->prompt == PROMPT_FILTER)
        text = text_format("/%s_   Enter keeps it, Esc shows all again",
            ui->view.filter ? ui->view.filter : "");
    else if (ui->message != NULL)
        text = text_copy(ui->message);
    screen_put(last, 0, text ? text : "q quit  ? help  / filter  o order  "
        "f fold  Enter tasks  l log  a attach  r s k", screen_columns(),
        false, text ? LOOK_BOLD : LOOK_PLAIN, false);
    free(text);
    if (entry == NULL || ui->page != PAGE_BOARD)
        return;
    nodes = entry_nodes(entry);
    note = entry_note(entry);
    text = text_format("%s on %s: %s%s%s", row_worker(entry->row[0]), nodes,
        row_state_name(entry->state), *note ? ", " : "", note);
    screen_put(last - 1, 0, text, screen_columns(), false, LOOK_BOLD, false);
    free(text);
    free(note);
    free(nodes);
}

/* What would be done, over the lines at the bottom. */
static void
draw_question(const struct ui *ui)
{
    int top = screen_lines() - QUESTION, width = screen_columns();
    char *line = words_to_shell(&ui->asked);
    struct words lines = {0};

    top = top < 0 ? 0 : top;
    cell_lines(ui->question, width, &lines);
    cell_lines(ui->action->meaning, width, &lines);
    cell_lines(line, width, &lines);
    for (int i = 0; i < QUESTION; i++)
        screen_put(top + i, 0, (size_t)i < lines.count ? lines.word[i] : "",
            width, false, i == 0 ? LOOK_BAR : LOOK_BOLD, false);
    free(line);
    words_clear(&lines);
}

static void
draw_board(struct ui *ui)
{
    const struct view *view = &ui->view;
    struct layout layout = table_layout(view);

    table_heads(HEAD - 1, &layout, view->order);
    for (size_t i = 0; i < ui->height && ui->first + i < view->count; i++)
        table_entry(HEAD + i, &view->entry[ui->first + i], &layout,
            ui->first + i == ui->line);
}

static void
draw_page(struct ui *ui, long long wall)
{
    struct words lines = {0};
    size_t most;

    if (ui->page == PAGE_HELP)
        ui_help(&lines);
    else
        ui_tasks(ui, wall, &lines);
    most = lines.count > ui->height ? lines.count - ui->height : 0;
    if (ui->first > most)
        ui->first = most;
    screen_put(HEAD - 1, 0, ui->page == PAGE_HELP ? "KEYS" : "WORKER",
        screen_columns(), false, LOOK_BAR, false);
    for (size_t i = 0; i < ui->height && ui->first + i < lines.count; i++)
        screen_put(HEAD + i, 0, lines.word[ui->first + i], screen_columns(),
            false, LOOK_PLAIN, false);
    words_clear(&lines);
}

/* The chosen row may have another place by now, or none. */
static void
find_chosen(struct ui *ui)
{
    const struct view *view = &ui->view;
    size_t last = view->count > 0 ? view->count - 1 : 0;

    if (ui->line > last || ui->chosen == NULL)
        ui->line = ui->chosen == NULL ? 0 : last;
    for (size_t i = 0; ui->chosen != NULL && i < view->count; i++)
        for (size_t j = 0; j < view->entry[i].count; j++)
            if (view->entry[i].row[j] == ui->chosen)
                ui->line = i;
    if (ui->page != PAGE_BOARD)
        return;
    if (ui->first > ui->line)
        ui->first = ui->line;
    if (ui->height > 0 && ui->line >= ui->first + ui->height)
        ui->first = ui->line - ui->height + 1;
    if (view->count <= ui->height)
        ui->first = 0;
}

const struct entry *
ui_entry(const struct ui *ui)
{
    return ui->line < ui->view.count ? &ui->view.entry[ui->line] : NULL;
}

void
ui_draw(struct ui *ui, long long now, long long wall)
{
    int height = screen_lines() - HEAD - FOOT;
    char *counts, *sums;

    ui->height = height > 0 ? height : 0;
    view_build(&ui->view, ui->board, now, wall);
    find_chosen(ui);
    screen_begin();
    counts = count_line(ui);
    sums = sum_line(ui);
    screen_put(0, 0, counts, screen_columns() - 9, false, LOOK_BOLD, false);
    screen_put(1, 0, sums, screen_columns(), false, LOOK_PLAIN, false);
    draw_clock(wall);
    if (ui->page == PAGE_BOARD)
        draw_board(ui);
    else
        draw_page(ui, wall);
    draw_foot(ui);
    if (ui->prompt == PROMPT_ASK)
        draw_question(ui);
    screen_end();
    free(sums);
    free(counts);
}
