/*
 * health.h - how a worker does, as status prints it.
 */
#ifndef CLI_HEALTH_H
#define CLI_HEALTH_H

#include "cli/json.h"
#include "record/health.h"

/* Members of the worker's object; null where nothing is known. */
void health_print_json(struct json *json, const struct health *health,
    bool stuck);
/* A line each for what there is to say. */
void health_print(const struct health *health);

#endif
