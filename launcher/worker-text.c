/*
 * worker-text.c - settled workers as a configuration file of their own, so
 * that a record is read by what reads any configuration.
 */
#include "worker.h"

#include "text.h"

/* `text` as a string of libconfig. */
static void
append_string(char **to, const char *text)
{
    text_append(to, "\"");
    for (; *text; text++)
        if (*text == '"' || *text == '\\')
            text_append(to, "\\%c", *text);
        else if ((unsigned char)*text < ' ')
            text_append(to, "\\x%02x", (unsigned char)*text);
        else
            text_append(to, "%c", *text);
    text_append(to, "\"");
}

/* What stands between the braces of a group. */
static void
append_layer(char **to, const struct layer *layer)
{
    for (int id = 0; id < SETTING_COUNT; id++) {
        const struct words *value = &layer->value[id];

        if (value->count == 0)
            continue;
        text_append(to, "    %s = ", settings[id].key);
        if (settings[id].type == TYPE_LIST
            || settings[id].type == TYPE_ENVIRONMENT) {
            text_append(to, "( ");
            for (size_t i = 0; i < value->count; i++) {
                text_append(to, "%s", i ? ", " : "");
                append_string(to, value->word[i]);
            }
            text_append(to, " )");
        } else
            append_string(to, value->word[0]);
        text_append(to, ";\n");
    }
}

char *
workers_to_text(const struct workers *workers, const struct layer *defaults)
{
    char *text = text_copy("");

    if (defaults != NULL) {
        text_append(&text, "defaults = {\n");
        append_layer(&text, defaults);
        text_append(&text, "};\n");
    }
    for (size_t i = 0; i < workers->count; i++) {
        text_append(&text, i ? ",\n  {\n" : "workers = (\n  {\n");
        append_layer(&text, &workers->worker[i].layer);
        text_append(&text, "  }");
    }
    if (workers->count > 0)
        text_append(&text, "\n);\n");
    return text;
}

char *
worker_to_text(const struct worker *worker)
{
    struct workers one = { (struct worker *)worker, 1 };

    return workers_to_text(&one, NULL);
}
