/*
 * limits.c - can the worker's limits be set, here and in the tmux
 * server, whose child the worker will be?
 */
#include "doctor/doctor.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lifecycle/job.h"
#include "probe/cause.h"
#include "probe/verdict.h"

/* May we go above a hard limit?  Tried, and taken back. */
static bool
try_hard_limit(void)
{
    struct rlimit limit, more;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return false;
    more = limit;
    more.rlim_max++;
    return setrlimit(RLIMIT_NOFILE, &more) == 0
        && setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

/* A server that is there already may have been started with less. */
static void
examine_server_limits(struct doctor *doctor)
{
    const struct layer *layer = &doctor->worker->layer;
    const struct job job = { .worker = doctor->worker };
    char *socket = job_new_socket(&job);
    long files = layer_number(layer, SETTING_NOFILE);
    const char *nice = layer_text(layer, SETTING_NICE);
    pid_t server = files > 0 || nice ? tmux_server(socket) : 0;
    struct rlimit limit;

    if (server > 0 && files > 0
        && prlimit(server, RLIMIT_NOFILE, NULL, &limit) == 0
        && (rlim_t)files > limit.rlim_max && !try_hard_limit())
        doctor_fail(doctor, STATUS_PERMISSION, "the tmux server on %s was "
            "started with a hard limit of %lu open files, less than nofile; "
            "lower nofile, or set tmux_socket, so that the worker gets a "
            "server of its own",
            socket, (unsigned long)limit.rlim_max);
    if (server > 0 && nice != NULL && geteuid() != 0
        && layer_number(layer, SETTING_NICE)
            < getpriority(PRIO_PROCESS, server))
        doctor_fail(doctor, STATUS_PERMISSION, "the tmux server on %s was "
            "started with nice %d, more than the setting nice; raise nice, or "
            "set tmux_socket, so that the worker gets a server of its own",
            socket, getpriority(PRIO_PROCESS, server));
    free(socket);
}

void
examine_limits(struct doctor *doctor)
{
    if (cause_of(&doctor->probe) == CAUSE_LIMITS) {
        struct problem problem = {0};

        doctor->blocked = true;
        verdict_explain(&doctor->probe, &problem);
        doctor_tell(doctor, true, &problem);
        return;
    }
    examine_server_limits(doctor);
}
