/*
 * status-others.h - a worker's runs beside the current one, as status tells
 * them after others_find() (lifecycle/others.h).
 */
#ifndef COMMANDS_STATUS_OTHERS_H
#define COMMANDS_STATUS_OTHERS_H

#include "cli/json.h"
#include "lifecycle/job.h"

/* Behind the state, as in ", draining (1)"; "": none.  The caller frees it. */
char *others_describe(const struct job *job);
/* A line each. */
void others_print(const struct job *job);
/* The members "draining" and "others". */
void others_print_json(struct json *json, const struct job *job);

#endif
