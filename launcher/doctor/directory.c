/*
 * directory.c - the directories and files that a worker's settings
 * name.
 *
 * One that worker_setup_cmd may still make is no more than a warning.
 */
#include "doctor/doctor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "base/trust.h"
#include "config/envfile.h"
#include "record/record.h"

static bool
has_setup(const struct doctor *doctor)
{
    return layer_text(&doctor->worker->layer, SETTING_WORKER_SETUP_CMD)
        != NULL;
}

/* The errno that keeps us from working in the directory; 0: none. */
static int
error_of(const char *path)
{
    struct stat status;

    if (stat(path, &status) != 0)
        return errno;
    if (!S_ISDIR(status.st_mode))
        return ENOTDIR;
    return access(path, X_OK) != 0 ? errno : 0;
}

/* Every run begins there. */
static void
need_home(struct doctor *doctor)
{
    const char *home = doctor->context->node.home;
    int error = error_of(home);

    if (error == 0)
        return;
    doctor->blocked = true;
    doctor_fail(doctor, error == EACCES ? STATUS_PERMISSION
        : STATUS_UNAVAILABLE, "home directory %s: %s; create it, or set HOME "
        "to one that exists", home, strerror(error));
}

/* Without worker_dir there is no start. */
static void
need_worker_dir(struct doctor *doctor)
{
    const char *path = layer_text(&doctor->worker->layer,
        SETTING_WORKER_DIR);
    int error = error_of(path);

    if (error == 0)
        return;
    doctor->blocked = true;
    if (has_setup(doctor))
        doctor_warn(doctor, "worker_dir %s: %s; create it, correct the "
            "setting, or try check --setup if worker_setup_cmd creates it",
            path, strerror(error));
    else
        doctor_fail(doctor, error == EACCES ? STATUS_PERMISSION
            : STATUS_UNAVAILABLE, "worker_dir %s: %s; %s it or correct the "
            "setting", path, strerror(error), error == EACCES
            ? "give this user access to" : "create");
}

/* Without it the worker may come upon another Celery. */
static void
want_virtualenv(struct doctor *doctor)
{
    char *path = layer_path(&doctor->worker->layer, SETTING_VIRTUALENV);
    char *inside = text_format("%s/bin", path ? path : "");
    int error = path ? error_of(inside) : 0;

    if (error != 0)
        doctor_warn(doctor, "virtualenv %s: %s, so Celery is looked for "
            "elsewhere; create it with python3 -m venv, or correct the "
            "setting",
            inside, strerror(error));
    free(inside);
    free(path);
}

static void
want_repository(struct doctor *doctor)
{
    char *path = layer_path(&doctor->worker->layer, SETTING_GIT_SYNC_DIR);
    char *inside = text_format("%s/.git", path ? path : "");

    if (path != NULL && access(inside, F_OK) != 0)
        doctor_warn(doctor, "git_sync_dir %s is not a clone of a repository: "
            "%s; clone it there, or leave the setting out", path,
            strerror(errno));
    free(inside);
    free(path);
}

/* A file that Celery makes or changes must lie where it can. */
static void
need_place(struct doctor *doctor, enum setting_id id)
{
    char *path = layer_path(&doctor->worker->layer, id);
    char *slash = path ? strrchr(path, '/') : NULL;
    const char *key = settings[id].key;
    int error = 0;

    if (slash != NULL && slash > path) {
        *slash = '\0';
        error = access(path, W_OK | X_OK) != 0 ? errno : 0;
    }
    if (error != 0 && has_setup(doctor) && !doctor->setup)
        doctor_warn(doctor, "%s cannot be written in %s: %s; create the "
            "directory, set %s to another path, or try check --setup if "
            "worker_setup_cmd creates it", key, path, strerror(error), key);
    else if (error != 0)
        doctor_fail(doctor, error == ENOENT ? STATUS_UNAVAILABLE
            : STATUS_PERMISSION, "%s cannot be written in %s: %s; create "
            "the directory, or set %s to another path", key, path,
            strerror(error), key);
    free(path);
}

void
need_places(struct doctor *doctor)
{
    need_place(doctor, SETTING_STATEDB);
    if (layer_is_on(&doctor->worker->layer, SETTING_BEAT))
        need_place(doctor, SETTING_SCHEDULE_FILENAME);
}

/* Its directory may be missing, but then it must be possible to make it. */
static void
need_record(struct doctor *doctor)
{
    struct problem problem = {0};
    struct record record;
    char *slash;

    record_name(&record, layer_text(&doctor->worker->layer,
        SETTING_STATE_DIR), doctor->worker->session);
    while (access(record.directory, F_OK) != 0 && errno == ENOENT
        && (slash = strrchr(record.directory, '/')) > record.directory)
        *slash = '\0';
    if (access(record.directory, W_OK | X_OK) != 0)
        doctor_fail(doctor, STATUS_PERMISSION, "cannot write in %s: %s; set "
            "state_dir to a directory of yours", record.directory,
            strerror(errno));
    else if (!trust_path(record.directory, &problem))
        doctor_tell(doctor, true, &problem);
    record_clear(&record);
}

void
examine_directories(struct doctor *doctor)
{
    struct problem problem = {0};
    struct words variables = {0};
    char *shell = layer_path(&doctor->worker->layer, SETTING_SHELL);
    char *file = NULL;

    need_home(doctor);
    /* The probe comes upon what the setup command is about to make. */
    if (!doctor->setup || !has_setup(doctor)) {
        need_worker_dir(doctor);
        want_virtualenv(doctor);
        need_places(doctor);
    }
    want_repository(doctor);
    need_record(doctor);
    if (shell != NULL && has_setup(doctor) && access(shell, X_OK) != 0)
        doctor_fail(doctor, STATUS_UNAVAILABLE, "shell %s: %s; install it "
            "or correct the setting", shell, strerror(errno));
    if (!envfile_read_for(&doctor->worker->layer, &file, &variables,
        &problem)) {
        doctor->blocked = true;
        doctor_tell(doctor, true, &problem);
    }
    words_clear(&variables);
    free(shell);
    free(file);
}
