/*
 * drift.c - compares two resolved workers, setting by setting.
 */
#include "lifecycle/drift.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mask.h"
#include "base/text.h"
#include "sync/revision.h"
#include "worker/installed.h"

static void
drift_add(struct drift *drift, const char *key, const char *from,
    const char *to)
{
    words_add(&drift->keys, key);
    words_add(&drift->from, from);
    words_add(&drift->to, to);
}

/* A setting's value for people. */
static char *
value_text(enum setting_id id, const struct words *value)
{
    struct words masked = {0};
    char *joined = words_join(value, " "), *text;

    if (settings[id].type == TYPE_ENVIRONMENT) {
        mask_words(value, &masked);
        text = words_join(&masked, " ");
        words_clear(&masked);
    } else
        text = mask_text(joined);
    free(joined);
    return text;
}

static void
compare_layers(const struct layer *old, const struct layer *new,
    struct drift *drift)
{
    for (int id = 0; id < SETTING_COUNT; id++) {
        char *from, *to;

        if (words_equal(&old->value[id], &new->value[id]))
            continue;
        if (settings[id].live) {
            drift->live = true;
            continue;
        }
        from = value_text(id, &old->value[id]);
        to = value_text(id, &new->value[id]);
        drift_add(drift, settings[id].key, from, to);
        free(to);
        free(from);
    }
}

/*
 * The text of a record is read again only when it is not the same.  An empty
 * or a foreign one would settle as some other worker: nothing is known then.
 */
static void
compare_texts(const struct job *job, const struct node *node,
    const char *text, struct drift *drift)
{
    struct configuration config = {0};
    struct workers workers = {0};
    struct problem ignored = {0};
    struct layer none = {0};

    if (configuration_read_text(&config, job->at.directory, text,
            &ignored) && config.worker_count == 1
        && workers_resolve(&config, &none, node, &workers, &ignored)
        && workers_have_session(&workers, record_session(&job->record)))
        compare_layers(&workers.worker[0].layer, &job->worker->layer, drift);
    workers_clear(&workers);
    configuration_clear(&config);
    problem_clear(&ignored);
}

void
drift_find(const struct job *job, const struct node *node,
    struct drift *drift)
{
    char *old = record_read(&job->at, "worker");
    int error = errno;
    char *new = worker_to_text(job->worker);
    char *revision = revision_read(layer_text(&job->worker->layer,
        SETTING_GIT_SYNC_DIR));
    char *celery = installed_celery(&job->worker->layer);

    if (old == NULL && error != ENOENT && error != EBADMSG)
        drift->unread = error;
    if (old != NULL && strcmp(old, new) != 0)
        compare_texts(job, node, old, drift);
    if (*revision && *job->run.revision
        && strcmp(revision, job->run.revision) != 0)
        drift_add(drift, "revision", job->run.revision, revision);
    if (*celery && *job->run.celery && strcmp(celery, job->run.celery) != 0)
        drift_add(drift, "celery", job->run.celery, celery);
    free(celery);
    free(revision);
    free(new);
    free(old);
}

bool
drift_has_setting(const struct drift *drift)
{
    size_t others = words_contain(&drift->keys, "revision");

    others += words_contain(&drift->keys, "celery");
    return drift->keys.count > others;
}

void
drift_clear(struct drift *drift)
{
    words_clear(&drift->keys);
    words_clear(&drift->from);
    words_clear(&drift->to);
    *drift = (struct drift){0};
}
