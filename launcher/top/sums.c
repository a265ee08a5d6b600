/*
 * sums.c - adds up rows.
 */
#include "top/sums.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* `*sum` is -1 as long as nothing is known. */
static void
add(long long *sum, long long number)
{
    if (number >= 0)
        *sum = (*sum < 0 ? 0 : *sum) + number;
}

static int
compare_queues(const void *one, const void *other)
{
    const struct report *a = *(const struct report *const *)one;
    const struct report *b = *(const struct report *const *)other;

    return strcmp(a->queue ? a->queue : "", b->queue ? b->queue : "");
}

static long long
sum_of_queues(const struct report **report, size_t count)
{
    long long sum = -1, most = -1;

    if (count > 0)
        qsort(report, count, sizeof *report, compare_queues);
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && compare_queues(&report[i - 1], &report[i]) != 0) {
            add(&sum, most);
            most = -1;
        }
        if (report[i]->waiting > most)
            most = report[i]->waiting;
    }
    add(&sum, most);
    return sum;
}

void
sums_find(struct sums *sums, struct row *const *row, size_t count,
    long long now, long long wall)
{
    const struct report **waiting = text_allocate(count + 1, sizeof *waiting);
    size_t queues = 0;

    *sums = (struct sums){ -1, -1, -1, -1, -1, -1, -1 };
    for (size_t i = 0; i < count; i++) {
        const struct report *report = &row[i]->report;
        long long oldest = report_oldest(report);
        enum row_state state = row[i]->state;
        double rate = row_rate(row[i], now);

        if (report->worker == NULL || state <= ROW_SILENT
            || state == ROW_CONNECTING)
            continue;
        add(&sums->busy, report->busy);
        add(&sums->processes, report->processes);
        add(&sums->failed, report->failed);
        add(&sums->memory, report->memory);
        if (rate >= 0)
            sums->rate = (sums->rate < 0 ? 0 : sums->rate) + rate;
        if (oldest > 0 && wall - oldest > sums->longest)
            sums->longest = wall > oldest ? wall - oldest : 0;
        if (report->waiting >= 0)
            waiting[queues++] = report;
    }
    sums->waiting = sum_of_queues(waiting, queues);
    free(waiting);
}
