/*
 * session.c - can the worker's session be made on its tmux server?
 */
#include "doctor/doctor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.h"
#include "lifecycle/session.h"

/* The directory of the socket, which start makes if it alone is missing. */
static bool
examine_place(struct doctor *doctor, const char *socket)
{
    const char *slash = strrchr(socket, '/');
    char *directory = text_copy_part(socket, slash ? slash - socket : 0);
    char *above = text_copy(directory);
    struct problem problem = {0};
    bool exists;

    if (access(directory, F_OK) != 0 && errno == ENOENT
        && (slash = strrchr(directory, '/')) != NULL)
        above[slash > directory ? slash - directory : 1] = '\0';
    if (strlen(socket) >= sizeof ((struct sockaddr_un *)0)->sun_path)
        doctor_fail(doctor, STATUS_CONFIG, "the path of tmux's socket %s is "
            "too long; set tmux_socket or TMUX_TMPDIR to a shorter one",
            socket);
    else if (!tmux_gate(socket, &exists, &problem))
        doctor_tell(doctor, true, &problem);
    else if (*above && access(above, W_OK | X_OK) != 0)
        doctor_fail(doctor, STATUS_PERMISSION, "tmux cannot create its socket "
            "in %s: %s; set tmux_socket to a path in a directory of yours",
            directory, strerror(errno));
    free(above);
    free(directory);
    return !doctor->said;
}

static void
examine_server_session(struct doctor *doctor, struct job *job)
{
    const struct worker *worker = doctor->worker;
    struct tmux_view view;
    enum session_use use;

    if (!session_look(job, &job->run, &view, &use))
        doctor_tell(doctor, true, &job->problem);
    else if (use == SESSION_UNMANAGED)
        doctor_fail(doctor, STATUS_UNAVAILABLE, "there is a session %s that "
            "this program did not start; look at it with tmux -S %s attach "
            "-t =%s, and set session to another name", worker->session,
            job->socket, worker->session);
    tmux_view_clear(&view);
}

void
examine_session(struct doctor *doctor)
{
    struct job job;

    job_make(&job, doctor->worker);
    job_refresh(&job);
    if (!job.alive && examine_place(doctor, job.socket))
        examine_server_session(doctor, &job);
    job_clear(&job);
}
