/*
 * layer.h - what one place says about a worker: the built-in defaults,
 * the group `defaults`, a worker, an entry of `nodes`, the command line.
 *
 * A layer owns its values.  All zeroes is a layer that says nothing.
 */
#ifndef CONFIG_LAYER_H
#define CONFIG_LAYER_H

#include "config/setting.h"

struct layer {
    struct words value[SETTING_COUNT];
    char *place[SETTING_COUNT];     /* "file:12"; NULL: not said */
};

/*
 * Read `written` for the setting; see setting_read().  Saying a setting
 * twice in one layer is an error, except that an `again` (command line) adds
 * to a list or replaces a scalar.
 */
bool layer_set(struct layer *layer, enum setting_id id,
    const struct words *written, const char *place, enum status status,
    bool again, struct problem *problem);

/* The place of a value that nobody wrote. */
#define LAYER_NOT_SAID "default"
/* The status of a mistake at a place: an option's is one of usage. */
enum status layer_status_at(const char *place);

/* Fill an empty layer with the built-in defaults. */
void layer_standard(struct layer *layer);

/*
 * Put `over` on top of `layer`.  A later value replaces an earlier one; ""
 * brings the built-in default back; variables of an environment are replaced
 * one by one.
 */
void layer_merge(struct layer *layer, const struct layer *over);

/* A scalar's text, or NULL when it has no value. */
const char *layer_text(const struct layer *layer, enum setting_id id);
/*
 * The path that it has in a resolved worker, where worker_dir is the place of
 * one that is relative; freed by the caller.
 */
char *layer_path(const struct layer *layer, enum setting_id id);
bool layer_is_on(const struct layer *layer, enum setting_id id);
/* A whole number's value, 0 when it has none. */
long layer_number(const struct layer *layer, enum setting_id id);
/* The same of bytes. */
long long layer_size(const struct layer *layer, enum setting_id id);
void layer_replace(struct layer *layer, enum setting_id id, const char *text);

void layer_clear(struct layer *layer);

#endif
