/*
 * history.h - how a worker's last runs ended, as status prints it.
 */
#ifndef CLI_HISTORY_H
#define CLI_HISTORY_H

#include "cli/json.h"
#include "record/record.h"

/* The member last_run of the worker's object; null when there was none. */
void history_print_json(struct json *json, const struct record *record);
/* One line for each of the last runs, the newest first. */
void history_print(const struct record *record);

#endif
