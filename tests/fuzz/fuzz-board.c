/*
 * fuzz-board.c - what the board hears of two nodes, in parts as long as the
 * first byte says: lines of the one and of the other in turn, kept, folded,
 * sorted and made to fit.
 */
#include "fuzz.h"

#include <locale.h>

#include "base/clock.h"
#include "top/cell.h"
#include "top/reader.h"
#include "top/ui.h"

/* In place of the main.c that is left out. */
bool
ui_is_ended(void)
{
    return false;
}

enum { LARGEST_PART = 4096 };

/* No number is larger (top/report.c). */
static const long long largest = 1000000000000;

struct hearing {
    struct board board;
    long long now;
    size_t lines;
};

static void
judge_numbers(const struct report *report)
{
    const long long numbers[] = {
        report->busy, report->processes, report->done, report->failed,
        report->waiting, report->healed, report->memory, report->draining,
        report->runner, report->main, report->last_status
    };

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        fuzz_expect(numbers[i] >= -1 && numbers[i] <= largest,
            "a number is known, or -1");
    fuzz_expect(report->worker != NULL && *report->worker, "it has a name");
    fuzz_expect(report->tasks <= 64 && report->runs.count <= 16, "few lists");
}

/* Nothing but letters, and as many columns as there are to be. */
static void
judge_cell(const char *text)
{
    static const int widths[] = { 1, 2, 5, 40 };

    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
        char *cell = cell_text(text, widths[i], i % 2);

        fuzz_expect(cell_width(cell) == widths[i], "a cell has its width");
        for (const unsigned char *c = (unsigned char *)cell; *c; c++)
            fuzz_expect(*c >= ' ' && *c != 0x7f && (*c != 0xc2
                || c[1] >= 0xa0), "a cell has no control character");
        free(cell);
    }
}

static void
take(char *line, void *data)
{
    struct hearing *hearing = data;
    struct node *node = &hearing->board.node[hearing->lines++ % 2];
    struct report report;

    hearing->now += 100;
    if (report_read(&report, line, strlen(line))) {
        judge_numbers(&report);
        report_clear(&report);
    }
    board_take(&hearing->board, node, line, strlen(line), hearing->now);
    board_note(node, line);
}

static void
show(struct hearing *hearing, enum order order, bool folded)
{
    struct ui ui = {
        .board = &hearing->board,
        .view = { .order = order, .folded = folded }
    };

    view_build(&ui.view, &hearing->board, hearing->now, 1764547200);
    for (ui.line = 0; ui.line < ui.view.count && ui.line < 4; ui.line++) {
        const struct entry *entry = ui_entry(&ui);
        struct words lines = {0};
        char *note = entry_note(entry);

        fuzz_expect(entry->count > 0 && entry->state < ROW_STATES, "a row");
        judge_cell(note);
        judge_cell(row_worker(entry->row[0]));
        ui_tasks(&ui, 1764547200, &lines);
        for (size_t i = 0; i < lines.count && i < 16; i++)
            judge_cell(lines.word[i]);
        words_clear(&lines);
        free(note);
    }
    view_clear(&ui.view);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *first = data;
    struct hearing hearing = { .now = clock_now() };
    struct words names = {0};
    struct reader reader;
    size_t part, dropped = 0, most = size / 65536;
    int ends[2];

    if (size == 0)
        return 0;
    setlocale(LC_CTYPE, *data % 2 ? "C.UTF-8" : "C");
    part = 1 + *data * (size_t)LARGEST_PART / 256;
    words_add_list(&names, "node1", "node2", NULL);
    board_make(&hearing.board, &names);
    fuzz_expect(pipe(ends) == 0, "a pipe");
    reader_open(&reader, ends[0]);
    for (data++, size--; size > 0; data += part, size -= part) {
        part = part < size ? part : size;
        fuzz_expect(write(ends[1], data, part) == (ssize_t)part, "room");
        dropped += reader_read(&reader, take, &hearing);
    }
    close(ends[1]);
    dropped += reader_read(&reader, take, &hearing);
    fuzz_expect(reader.descriptor < 0, "its end is seen");
    fuzz_expect(dropped <= most, "only long lines are dropped");
    for (int order = *first % 4; order < ORDERS; order += 4)
        show(&hearing, order, order % 2);
    reader_close(&reader);
    board_clear(&hearing.board);
    words_clear(&names);
    return 0;
}
