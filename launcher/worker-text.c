/*
 * worker-text.c - a settled worker as a configuration file of its own, so
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

char *
worker_to_text(const struct worker *worker)
{
    char *text = text_copy("workers = (\n  {\n");

    for (int id = 0; id < SETTING_COUNT; id++) {
        const struct words *value = &worker->layer.value[id];

        if (value->count == 0)
            continue;
        text_append(&text, "    %s = ", settings[id].key);
        if (settings[id].type == TYPE_LIST
            || settings[id].type == TYPE_ENVIRONMENT) {
            text_append(&text, "( ");
            for (size_t i = 0; i < value->count; i++) {
                text_append(&text, "%s", i ? ", " : "");
                append_string(&text, value->word[i]);
            }
            text_append(&text, " )");
        } else
            append_string(&text, value->word[0]);
        text_append(&text, ";\n");
    }
    text_append(&text, "  }\n);\n");
    return text;
}
