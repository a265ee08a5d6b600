/*
 * status-others.c - a worker's other runs, for people and for programs.
 */
#include "commands/status-others.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/plain.h"
#include "base/text.h"
#include "lifecycle/others.h"

char *
others_describe(const struct job *job)
{
    size_t draining = others_draining(job), rest = 0;
    char *text = text_copy("");

    for (size_t i = 0; i < job->others.count; i++)
        rest += job->others.job[i].alive;
    rest -= draining < rest ? draining : rest;
    if (rest > 0)
        text_append(&text, ", starting (%zu)", rest);
    if (draining > 0)
        text_append(&text, ", draining (%zu)", draining);
    return text;
}

static const char *
number_of(const struct job *run)
{
    return strrchr(run->at.directory, '/') + 1;
}

void
others_print(const struct job *job)
{
    for (size_t i = 0; i < job->others.count; i++) {
        const struct job *other = &job->others.job[i];
        char *since = clock_local(other->run.since);

        fprintf(plain_out, "    run %s: %s since %s, runner %d, MainProcess "
            "%d%s\n", number_of(other), other->unknown ? "unknown"
            : run_state_name(other->run.state), since,
            (int)other->run.runner.pid, (int)other->run.main.pid,
            other->lost ? " (runner gone)" : "");
        free(since);
    }
}

void
others_print_json(struct json *json, const struct job *job)
{
    json_number(json, "draining", others_draining(job));
    json_object(json, "others");
    for (size_t i = 0; i < job->others.count; i++) {
        const struct job *other = &job->others.job[i];
        char *since = clock_text(other->run.since);

        json_object(json, number_of(other));
        json_text(json, "state", other->unknown ? "unknown"
            : run_state_name(other->run.state));
        json_text(json, "since", since);
        json_number(json, "pid", other->run.runner.pid);
        json_number(json, "mainprocess", other->run.main.pid);
        json_switch(json, "runner_gone", other->lost);
        json_end(json);
        free(since);
    }
    json_end(json);
}
