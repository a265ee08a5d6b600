/*
 * broker.c - what the probe found of the two ends of a worker: where
 * its tasks come from, and where what it logs is seen.
 */
#include "doctor/doctor.h"

#include <stdlib.h>
#include <string.h>

#include "base/fields.h"

void
examine_output(struct doctor *doctor)
{
    const char *findings = doctor->probe.findings;
    char *file = fields_value(findings, "logfile");
    char *pid = fields_value(findings, "pidfile");
    char *logging = fields_value(findings, "logging");

    if (*file != '\0')
        doctor_warn(doctor, "Celery logs to %s, so its session stays empty; "
            "remove worker_logfile from the app, or --logfile from extra_args",
            file);
    if (*pid != '\0')
        doctor_warn(doctor, "Celery keeps the pidfile %s, and refuses to "
            "start beside another worker's; remove worker_pidfile from the "
            "app, or --pidfile from extra_args",
            pid);
    if (*logging != '\0')
        doctor_warn(doctor, "the app sets up its own logging (%s), so its "
            "session may stay empty; add a handler that prints to standard "
            "error",
            logging);
    free(logging);
    free(pid);
    free(file);
}

void
examine_broker(struct doctor *doctor)
{
    const char *findings = doctor->probe.findings;
    char *broker = fields_value(findings, "broker");
    char *silent = fields_value(findings, "broker-silent");
    char *refused = fields_value(findings, "broker-refused");
    char *denied = fields_value(findings, "broker-denied");
    char *failed = fields_value(findings, "failed");

    if (*failed != '\0')
        doctor_fail(doctor, STATUS_CONFIG, "Celery cannot use the broker: "
            "%s; correct broker", failed);
    else if (*denied != '\0')
        doctor_fail(doctor, STATUS_UNAVAILABLE, "the broker %s does not let "
            "it in: %s; correct broker, or the user and password there",
            broker, denied);
    else if (*refused != '\0')
        doctor_fail(doctor, STATUS_UNAVAILABLE, "the broker %s cannot be "
            "reached: %s; start it, or correct broker", broker, refused);
    else if (strstr(findings, "\nbroker-answers"))
        doctor_detail(doctor, "%s", broker);
    else
        doctor_fail(doctor, STATUS_UNAVAILABLE, "the broker %s does not "
            "answer within %ld s; start it, let this node reach it, or "
            "correct broker", broker, *silent ? atol(silent) : layer_number(
            &doctor->worker->layer, SETTING_START_TIMEOUT));
    free(failed);
    free(denied);
    free(refused);
    free(silent);
    free(broker);
}
