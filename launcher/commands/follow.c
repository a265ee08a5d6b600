/*
 * follow.c - status --json --follow: a line a worker, and one more for each
 * change.
 *
 * It looks twice a second, at files and processes alone.  A look without a
 * change prints an empty line, which a reader of JSON skips: so silence means
 * that nobody looks any more, or that the way to the reader is cut.
 */
#include "commands/status.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/plain.h"
#include "base/text.h"
#include "lifecycle/others.h"

/*
 * Milliseconds from look to look; and looks until that is renewed which costs
 * more, and until records are looked for that were not there.
 */
enum { LOOK = 500, RENEW = 10 };

/* What was said of one worker last. */
struct said {
    char *line, *sentence;      /* NULL: nothing */
    char *run;                  /* which the details are of */
    struct details details;
};

/* Print what is new; the text stays, or goes. */
static bool
say_news(char **said, char *text, void (*say)(const char *))
{
    bool news = text != NULL && (*said == NULL || strcmp(*said, text) != 0);

    if (news)
        say(text);
    free(*said);
    *said = text;
    return news;
}

static void
say_line(const char *line)
{
    fputs(line, plain_out);
}

static void
say_sentence(const char *text)
{
    struct problem problem = {0};

    problem_add(&problem, STATUS_DONE, "%s", text);
    problem_print(&problem);
    problem_clear(&problem);
}

/* Details are renewed when it is their turn, or there is another run. */
static bool
follow_worker(const struct context *context, struct job *job,
    struct said *said, bool renew)
{
    struct problem problem = {0};
    struct text_stream stream;
    struct state state;
    bool exists, news = false;

    if (record_exists(&job->record, &exists, &problem)) {
        job_refresh(job);
        others_find(job);
        state = status_state(job, &problem);
        if (renew || said->run == NULL || strcmp(said->run, job->run.id) != 0)
            status_details(job, &context->node, &said->details);
        free(said->run);
        said->run = text_copy(job->run.id);
        status_print_json(text_open(&stream), job, &state, &said->details);
        news = say_news(&said->line, text_close(&stream), say_line);
        health_clear(&state.health);
    }
    say_news(&said->sentence, problem.text ? text_copy(problem.text) : NULL,
        say_sentence);
    problem_clear(&problem);
    return news;
}

/* With --all, what has come to the records since. */
static void
find_more(struct context *context)
{
    struct problem ignored = {0};

    context_add_recorded(context, &ignored);
    problem_clear(&ignored);
}

static void
said_clear(struct said *said)
{
    status_details_clear(&said->details);
    free(said->line);
    free(said->sentence);
    free(said->run);
}

enum status
status_follow(struct context *context, struct problem *problem)
{
    struct said *said = NULL;
    size_t known = 0;
    struct jobs jobs;

    if (!context->options.json) {
        problem_add(problem, STATUS_USAGE, "status follows with --json alone; "
            "add it, or use top");
        return STATUS_USAGE;
    }
    for (unsigned turn = 0; turn == 0 || plain_wait(LOOK); turn++) {
        bool renew = turn % RENEW == 0, news = false;

        if (renew && turn > 0)
            find_more(context);
        jobs_make(&jobs, context);
        if (jobs.count > known) {
            said = text_reallocate(said, jobs.count, sizeof *said);
            memset(said + known, 0, (jobs.count - known) * sizeof *said);
            known = jobs.count;
        }
        for (size_t i = 0; i < jobs.count; i++)
            news |= follow_worker(context, &jobs.job[i], &said[i], renew);
        if (!news)
            putc('\n', plain_out);
        jobs_clear(&jobs);
    }
    for (size_t i = 0; i < known; i++)
        said_clear(&said[i]);
    free(said);
    return STATUS_DONE;
}

