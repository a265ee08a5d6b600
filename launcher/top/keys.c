/*
 * keys.c - what keys do.
 */
#include "top/ui.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "top/screen.h"

enum { CONTROL_L = 12 };

static void
say(struct ui *ui, const char *message)
{
    free(ui->message);
    ui->message = text_copy(message);
}

/* Move by so many entries, and stay with the one that is chosen then. */
static void
move_by(struct ui *ui, long step)
{
    const struct view *view = &ui->view;
    long line = (long)ui->line + step;

    if (ui->page != PAGE_BOARD) {
        line = (long)ui->first + step;
        ui->first = line < 0 ? 0 : line;
        return;
    }
    if (view->count == 0)
        return;
    line = line < 0 ? 0 : line >= (long)view->count ? (long)view->count - 1
        : line;
    ui->line = line;
    ui->chosen = view->entry[line].row[0];
}

/* True when the key was one of these. */
static bool
move(struct ui *ui, int key)
{
    long page = ui->height > 1 ? (long)ui->height - 1 : 1, most = 1 << 30;

    switch (key) {
    case KEY_IS_UP: case 'p':
        move_by(ui, -1);
        return true;
    case KEY_IS_DOWN: case 'j': case 'n':
        move_by(ui, 1);
        return true;
    case KEY_IS_PAGE_UP:
        move_by(ui, -page);
        return true;
    case KEY_IS_PAGE_DOWN:
        move_by(ui, page);
        return true;
    case KEY_IS_FIRST:
        move_by(ui, -most);
        return true;
    case KEY_IS_LAST:
        move_by(ui, most);
        return true;
    default:
        return false;
    }
}

static void
set_filter(struct ui *ui, char *filter)
{
    free(ui->view.filter);
    ui->view.filter = filter;
}

static void
filter_key(struct ui *ui, int key)
{
    const char *filter = ui->view.filter ? ui->view.filter : "";
    size_t length = strlen(filter);

    if (key == KEY_IS_ENTER)
        ui->prompt = PROMPT_NONE;
    else if (key == KEY_IS_ESCAPE) {
        ui->prompt = PROMPT_NONE;
        set_filter(ui, NULL);
    } else if (key == KEY_IS_ERASE) {
        /* A letter may have several bytes. */
        while (length > 0 && ((unsigned char)filter[--length] & 0xc0) == 0x80)
            continue;
        set_filter(ui, text_copy_part(filter, length));
    } else if (key >= ' ' && key < 256 && length < 100)
        set_filter(ui, text_format("%s%c", filter, key));
}

/* What y does is what was asked: other rows may have come by then. */
static void
ask(struct ui *ui, const struct action *action, const struct words *words)
{
    const struct entry *entry = ui_entry(ui);
    char *nodes = entry_nodes(entry);

    free(ui->question);
    ui->question = text_format("%s %s on %s?  y does it, any other key does "
        "not", action->command, row_worker(entry->row[0]), nodes);
    words_clear(&ui->asked);
    words_add_all(&ui->asked, words);
    ui->chosen = entry->row[0];
    ui->action = action;
    ui->prompt = PROMPT_ASK;
    free(nodes);
}

static void
begin_action(struct ui *ui, const struct action *action)
{
    const struct entry *entry = ui_entry(ui);
    struct words words = {0};

    if (entry == NULL || entry->row[0]->report.worker == NULL)
        say(ui, "there is no worker; choose another line");
    else if (!action_words(action, ui->call, entry, &words))
        say(ui, "these are several nodes; unfold them with Space and choose "
            "one");
    else if (action->meaning == NULL)
        action_run(action, &words, ui->streams);
    else
        ask(ui, action, &words);
    words_clear(&words);
}

static void
next_order(struct ui *ui)
{
    char *text;

    ui->view.order = (ui->view.order + 1) % ORDERS;
    ui->view.backwards = false;
    text = text_format("ordered by %s", order_name(ui->view.order));
    say(ui, text);
    free(text);
}

static void
fold(struct ui *ui)
{
    ui->view.folded = !ui->view.folded;
    words_clear(&ui->view.unfolded);
    say(ui, ui->view.folded ? "workers that are alike are folded"
        : "unfolded: a line a worker and node");
}

static void
turn_page(struct ui *ui, int page)
{
    const struct entry *entry = ui_entry(ui);

    if (entry != NULL && ui->page == PAGE_BOARD)
        ui->chosen = entry->row[0];
    ui->page = page;
    ui->first = 0;
}

static void
board_key(struct ui *ui, int key)
{
    const struct action *action = action_find(key);

    if (action != NULL)
        begin_action(ui, action);
    else if (key == 'q')
        ui->quits = true;
    else if (key == '?' || key == 'h')
        turn_page(ui, PAGE_HELP);
    else if (key == KEY_IS_ENTER && ui_entry(ui) != NULL)
        turn_page(ui, PAGE_TASKS);
    else if (key == '/')
        ui->prompt = PROMPT_FILTER;
    else if (key == KEY_IS_ESCAPE)
        set_filter(ui, NULL);
    else if (key == 'o')
        next_order(ui);
    else if (key == 'O')
        ui->view.backwards = !ui->view.backwards;
    else if (key == 'f')
        fold(ui);
    else if (key == ' ' && ui_entry(ui) != NULL) {
        ui->chosen = ui_entry(ui)->row[0];
        view_toggle(&ui->view, ui->chosen);
    } else
        move(ui, key);
}

static void
page_key(struct ui *ui, int key)
{
    const struct action *action = ui->page == PAGE_TASKS ? action_find(key)
        : NULL;

    if (action != NULL)
        begin_action(ui, action);
    else if (!move(ui, key) && (key == 'q' || key == KEY_IS_ESCAPE
        || key == KEY_IS_ENTER || key == '?'))
        turn_page(ui, PAGE_BOARD);
}

void
ui_key(struct ui *ui, int key)
{
    free(ui->message);
    ui->message = NULL;
    if (key == KEY_IS_RESIZE)
        return;
    if (key == CONTROL_L)
        screen_redraw();
    else if (ui->prompt == PROMPT_FILTER)
        filter_key(ui, key);
    else if (ui->prompt == PROMPT_ASK) {
        ui->prompt = PROMPT_NONE;
        if (key == 'y')
            action_run(ui->action, &ui->asked, ui->streams);
    } else if (ui->page == PAGE_BOARD)
        board_key(ui, key);
    else
        page_key(ui, key);
}

void
ui_clear(struct ui *ui)
{
    view_clear(&ui->view);
    words_clear(&ui->asked);
    free(ui->question);
    free(ui->message);
    ui->question = ui->message = NULL;
}
