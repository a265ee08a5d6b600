/*
 * verdict.c - the sentence for each cause, and which of them count.
 */
#include "probe/verdict.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/fields.h"
#include "base/text.h"
#include "probe/cause.h"

/* Its last words, for the middle of a sentence; freed by the caller. */
static char *
last_words(const struct probe *probe)
{
    char *text = cause_text(probe);
    char *said = *text ? text_format("says \"%s\"", text)
        : text_copy("prints nothing");

    free(text);
    return said;
}

static void
explain_setup(const struct probe *probe, const char *said,
    struct problem *problem)
{
    if (probe->late)
        problem_add(problem, STATUS_UNAVAILABLE, "worker_setup_cmd is not "
            "done after %ld s and %s; correct it, or raise start_timeout",
            layer_number(&probe->worker->layer, SETTING_START_TIMEOUT), said);
    else if (probe->result == 0)
        problem_add(problem, STATUS_UNAVAILABLE, "worker_setup_cmd ends with "
            "status 0 before Celery begins; remove exit or exec from it");
    else
        problem_add(problem, STATUS_UNAVAILABLE, "worker_setup_cmd ends with "
            "status %d and %s; correct it", probe->result, said);
}

static void
explain_command(const char *text, struct problem *problem)
{
    if (text_starts(text, "cannot work in "))
        problem_add(problem, STATUS_UNAVAILABLE, "%s", text);
    else if (text_starts(text, "worker_setup_cmd "))
        problem_add(problem, STATUS_CONFIG, "%s", text);
    else
        problem_add(problem, STATUS_UNAVAILABLE, "Celery does not run: %s; "
            "correct celery_cmd or virtualenv, or install it there", text);
}

bool
verdict_explain(const struct probe *probe, struct problem *problem)
{
    const struct layer *layer = &probe->worker->layer;
    const char *app = layer_text(layer, SETTING_APP);
    char *text = cause_text(probe), *said = last_words(probe);
    char *option = cause_option(probe);
    bool good = false;

    switch (cause_of(probe)) {
    case CAUSE_LIMITS:
        problem_add(problem, probe->result, "%s", text);
        break;
    case CAUSE_SETUP:
        explain_setup(probe, said, problem);
        break;
    case CAUSE_COMMAND:
        explain_command(text, problem);
        break;
    case CAUSE_MODULE:
        problem_add(problem, STATUS_UNAVAILABLE, "celery_cmd does not pass "
            "PYTHONPATH on, so Celery cannot import celery_tmux; make it keep "
            "the environment");
        break;
    case CAUSE_APP:
        problem_add(problem, STATUS_UNAVAILABLE, "%s%s cannot be imported: "
            "Celery %s; correct its code, app or worker_dir, or install what "
            "it imports where celery_cmd finds it", app ? "app " : "the app",
            app ? app : "", said);
        break;
    case CAUSE_IMPORT:
        problem_add(problem, STATUS_UNAVAILABLE, "Celery lacks a module and "
            "%s; install it where celery_cmd finds it, or correct app, pool "
            "and include", said);
        break;
    case CAUSE_OPTION:
        problem_add(problem, STATUS_CONFIG, "this Celery has no option %s; "
            "remove it from extra_args and celery_cmd", option);
        break;
    case CAUSE_ROOT:
        problem_add(problem, STATUS_PERMISSION, "Celery refuses to run as "
            "root while the app accepts pickle; run it as another user, "
            "remove pickle from accept_content, or put C_FORCE_ROOT = \"1\" "
            "into environment");
        break;
    case CAUSE_LATE:
        problem_add(problem, STATUS_UNAVAILABLE, "%s is not imported after "
            "%ld s and Celery %s; find out what the import waits for, or "
            "raise start_timeout", app ? app : "the app",
            layer_number(layer, SETTING_START_TIMEOUT), said);
        break;
    case CAUSE_OTHER:
        /* It came as far as our module, and that had a fault. */
        if (probe->findings && text_starts(probe->findings, "version ")) {
            good = true;
            break;
        }
        problem_add(problem, STATUS_UNAVAILABLE, "Celery ends with status %d "
            "before it connects and %s; correct that", probe->result, said);
        break;
    case CAUSE_NONE:
    case CAUSE_OTHER_WORKER:
        good = true;
        break;
    }
    free(option);
    free(said);
    free(text);
    return good;
}

/*
 * A broker that is down keeps no worker from starting: it comes back.  But no
 * worker gets past one that does not let it in, or that no Celery can speak
 * with.
 */
static bool
check_broker(const struct probe *probe, struct problem *problem)
{
    char *broker = fields_value(probe->findings, "broker");
    char *denied = fields_value(probe->findings, "broker-denied");
    char *unusable = fields_value(probe->findings, "broker-unusable");

    if (*denied != '\0')
        problem_add(problem, STATUS_UNAVAILABLE, "the broker %s does not let "
            "it in: %s; correct broker, or the user and password there",
            broker, denied);
    else if (*unusable != '\0')
        problem_add(problem, STATUS_CONFIG, "Celery cannot use the broker: "
            "%s; correct broker", unusable);
    free(unusable);
    free(denied);
    free(broker);
    return problem->text == NULL;
}

/* Ours could not be started for want of memory or processes. */
static bool
is_short(const struct probe *probe)
{
    return strstr(probe->printed, strerror(ENOMEM)) != NULL
        || strstr(probe->printed, strerror(EAGAIN)) != NULL;
}

enum verdict
verdict_of(const struct probe *probe, struct problem *problem)
{
    long seconds = layer_number(&probe->worker->layer, SETTING_START_TIMEOUT);
    enum cause_kind cause;

    if (probe->problem.text != NULL) {
        problem_add(problem, STATUS_DONE, "%s", probe->problem.text);
        return VERDICT_NONE;
    }
    cause = cause_of(probe);
    if (probe->late && (cause == CAUSE_SETUP || cause == CAUSE_LATE)) {
        char *said = last_words(probe);

        problem_add(problem, STATUS_DONE, "%s was not done after %ld s and "
            "%s", cause == CAUSE_SETUP ? "worker_setup_cmd"
            : "the import of the app", seconds, said);
        free(said);
        return VERDICT_NONE;
    }
    if (cause == CAUSE_LIMITS && is_short(probe)) {
        verdict_explain(probe, problem);
        return VERDICT_NONE;
    }
    if (probe->result == 128 + SIGKILL && cause != CAUSE_NONE
        && cause != CAUSE_OTHER_WORKER) {
        problem_add(problem, STATUS_DONE, "it was killed, maybe for want of "
            "memory");
        return VERDICT_NONE;
    }
    return verdict_explain(probe, problem) && check_broker(probe, problem)
        ? VERDICT_STARTS : VERDICT_FAILS;
}
