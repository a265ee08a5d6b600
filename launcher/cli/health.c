/*
 * health.c - how a worker does, for people and for programs.
 */
#include "cli/health.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/plain.h"

static void
health_print_tasks(struct json *json, const struct health *health)
{
    json_list(json, "tasks");
    for (size_t i = 0; i < health->tasks.count; i++) {
        char *name;
        long long began = strtoll(health->tasks.word[i], &name, 10);
        char *text = clock_text(began);

        json_item(json);
        json_text(json, "name", name + strspn(name, " "));
        json_text(json, "began", began > 0 ? text : NULL);
        json_end(json);
        free(text);
    }
    json_list_end(json);
}

void
health_print_json(struct json *json, const struct health *health, bool stuck)
{
    const struct { const char *key; long long number; } rows[] = {
        { "busy", health->busy }, { "processes", health->pool },
        { "done", health->done }, { "failed", health->failed },
        { "waiting", health->waiting }, { "healed", health->healed },
    };
    char *trouble = health_describe(health);
    char *last = clock_text(health->last);

    json_switch(json, "stuck", stuck);
    json_text(json, "trouble", trouble);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (health->known && rows[i].number >= 0)
            json_number(json, rows[i].key, rows[i].number);
        else
            json_text(json, rows[i].key, NULL);
    json_text(json, "last_task", health->last > 0 ? last : NULL);
    if (health->known)
        health_print_tasks(json, health);
    else
        json_text(json, "tasks", NULL);
    free(last);
    free(trouble);
}

static void
health_print_line(const char *before, char *line)
{
    if (line != NULL && *line)
        fprintf(plain_out, "    %s%s\n", before, line);
    free(line);
}

void
health_print(const struct health *health)
{
    health_print_line("", health_describe_work(health));
    health_print_line("", health_describe(health));
    health_print_line("running: ", health_describe_tasks(health));
}
