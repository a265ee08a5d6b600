/*
 * doctor.c - the table of examinations, and how what they find is told.
 */
#include "doctor/doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mask.h"
#include "base/plain.h"
#include "base/text.h"
#include "cli/json.h"

const struct examination examinations[] = {
    { "tmux", "tmux is new enough", true, false, examine_tmux },
    { "logind", "workers outlive the login that started them", true, false,
        examine_logind },
    { "pdsh", "pdsh needs nothing", true, false, examine_pdsh },
    { "caller", "your shell sets no variable that only a worker should have",
        true, false, examine_caller },
    { "directories", "its directories and files are in order", false, false,
        examine_directories },
    { "session", "its session can be made", false, false, examine_session },
    { "node-name", "its Celery node name is unique", false, false,
        examine_node_name },
    { "extra-args", "extra_args has no conflicting option", false, false,
        examine_extra_args },
    { "limits", "its limits can be set", false, true, examine_limits },
    { "setup", "worker_setup_cmd succeeds, or is not set", false, true,
        examine_setup },
    { "celery", "Celery runs and is new enough", false, true,
        examine_celery },
    { "app", "its app can be imported", false, true, examine_app },
    { "options", "Celery has every option that is set", false, true,
        examine_options },
    { "root", "Celery agrees to run as this user", false, true, examine_root },
    { "environment", "no environment variable overrides a setting", false,
        true, examine_environment },
    { "output", "its session shows what it logs", false, true,
        examine_output },
    { "broker", "its broker answers", false, true, examine_broker },
    { NULL, NULL, false, false, NULL }
};

/* Made fit for a line: secrets masked, and one line. */
static char *
clean(const char *text)
{
    char *masked = mask_text(text), *plain = plain_text(masked);

    for (char *c = plain; *c; c++)
        if (*c == '\n' || *c == '\t')
            *c = ' ';
    free(masked);
    return plain;
}

void
doctor_print(struct doctor *doctor, const char *level, const char *name,
    const char *text)
{
    const char *worker = doctor->worker ? doctor->worker->name : NULL;
    char *line = clean(text);
    struct json json = {0};

    if (doctor->json) {
        json_text(&json, "level", level);
        json_text(&json, "item", name);
        json_text(&json, "worker", worker);
        json_text(&json, "text", line);
        json_end(&json);
        putc('\n', plain_out);
    } else if (strcmp(level, "error") == 0)
        fprintf(plain_out, "%s: %s%s%s\n", level, worker ? worker : "",
            worker ? ": " : "", line);
    else
        words_addf(strcmp(level, "ok") == 0 ? &doctor->well : &doctor->warned,
            "%s: %s%s%s\n", level, worker ? worker : "", worker ? ": " : "",
            line);
    fflush(plain_out);
    free(line);
}

void
doctor_conclude(struct doctor *doctor)
{
    for (size_t i = 0; i < doctor->warned.count; i++)
        fputs(doctor->warned.word[i], plain_out);
    for (size_t i = 0; i < doctor->well.count; i++)
        fputs(doctor->well.word[i], plain_out);
    words_clear(&doctor->warned);
    words_clear(&doctor->well);
}

void
doctor_detail(struct doctor *doctor, const char *format, ...)
{
    va_list arguments;

    free(doctor->detail);
    va_start(arguments, format);
    doctor->detail = text_format_list(format, arguments);
    va_end(arguments);
}

static void doctor_say(struct doctor *doctor, const char *level,
    const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));

static void
doctor_say(struct doctor *doctor, const char *level, const char *format,
    va_list arguments)
{
    char *text = text_format_list(format, arguments);

    doctor->said = true;
    doctor_print(doctor, level, doctor->examination->name, text);
    free(text);
}

void
doctor_warn(struct doctor *doctor, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    doctor_say(doctor, "warning", format, arguments);
    va_end(arguments);
    doctor->warnings++;
}

void
doctor_fail(struct doctor *doctor, enum status status, const char *format,
    ...)
{
    va_list arguments;

    va_start(arguments, format);
    doctor_say(doctor, "error", format, arguments);
    va_end(arguments);
    doctor->errors++;
    doctor->status = status_worse(doctor->status, status);
}

void
doctor_tell(struct doctor *doctor, bool error, struct problem *problem)
{
    struct words sentences = {0};

    if (problem->text != NULL)
        words_add_parts(&sentences, problem->text, "\n");
    for (size_t i = 0; i < sentences.count; i++)
        if (error)
            doctor_fail(doctor, problem->status, "%s", sentences.word[i]);
        else
            doctor_warn(doctor, "%s", sentences.word[i]);
    words_clear(&sentences);
    problem_clear(problem);
}

static bool
tells_all(const struct doctor *doctor)
{
    return doctor->json || doctor->verbose;
}

static void
say_good(struct doctor *doctor)
{
    const char *good = doctor->examination->good;
    char *text = doctor->detail ? text_format("%s (%s)", good, doctor->detail)
        : text_copy(good);

    doctor_print(doctor, "ok", doctor->examination->name, text);
    free(text);
}

static void
examine(struct doctor *doctor)
{
    doctor->said = false;
    doctor->examination->examine(doctor);
    if (!doctor->said && tells_all(doctor))
        say_good(doctor);
    free(doctor->detail);
    doctor->detail = NULL;
}

/* The line for all that was examined of a worker or the node. */
static void
sum_up(struct doctor *doctor, const char *good)
{
    char *text = text_format("%s%s", good, doctor->warnings == 0 ? ""
        : doctor->warnings == 1 ? "; see its warning" : "; see its warnings");

    if (doctor->errors == 0 && !doctor->blocked && !tells_all(doctor))
        doctor_print(doctor, "ok", "summary", text);
    free(text);
    doctor->errors = doctor->warnings = 0;
}

static void
examine_worker(struct doctor *doctor)
{
    bool probed = false;

    doctor->blocked = false;
    for (size_t i = 0; examinations[i].name; i++) {
        doctor->examination = &examinations[i];
        if (examinations[i].of_node)
            continue;
        if (examinations[i].probes && !doctor->blocked && !probed) {
            doctor_probe(doctor);
            probed = true;
        }
        if (!examinations[i].probes || !doctor->blocked)
            examine(doctor);
    }
    sum_up(doctor, "would start");
}

enum status
doctor_examine(struct doctor *doctor)
{
    const struct workers *workers = &doctor->context->workers;

    for (size_t i = 0; examinations[i].name; i++) {
        doctor->examination = &examinations[i];
        if (examinations[i].of_node)
            examine(doctor);
    }
    sum_up(doctor, "this node can run workers");
    for (size_t i = 0; i < workers->count; i++) {
        doctor->worker = &workers->worker[i];
        examine_worker(doctor);
    }
    doctor->worker = NULL;
    probe_clear(&doctor->probe);
    words_clear(&doctor->unknown);
    free(doctor->probed);
    return doctor->status;
}
