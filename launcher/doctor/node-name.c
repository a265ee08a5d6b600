/*
 * node-name.c - would two nodes have a worker of the same Celery node name?
 * On one node that is an error when workers are resolved (worker/worker.c).
 */
#include "doctor/doctor.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "worker/inventory.h"

void
examine_node_name(struct doctor *doctor)
{
    const char *name = layer_text(&doctor->worker->layer, SETTING_HOSTNAME);
    struct problem ignored = {0};
    struct words nodes = {0};
    char *configured;

    /* Celery puts the host's name in for these, and behind a bare @. */
    if (strstr(name, "%h") || strstr(name, "%n") || text_ends(name, "@"))
        return;
    configured = inventory_configured_name(&doctor->context->config,
        doctor->worker->name);
    inventory_worker_nodes(&doctor->context->config, configured, &nodes,
        &ignored);
    if (nodes.count != 1)
        doctor_warn(doctor, "hostname \"%s\" is the same on every node, and "
            "Celery takes workers with one name for the same; use %%h in it, "
            "as in %s@%%h, or name one node in hosts", name, configured);
    free(configured);
    words_clear(&nodes);
    problem_clear(&ignored);
}
