/*
 * text.c - resolved workers as a configuration file of their own, so
 * that a record is read by what reads any configuration.
 */
#include "worker/worker.h"

#include <stdio.h>

#include "base/text.h"

/* `text` as a string of libconfig. */
static void
put_string(FILE *to, const char *text)
{
    putc('"', to);
    while (*text) {
        size_t plain = 0;

        while ((unsigned char)text[plain] >= ' ' && text[plain] != '"'
            && text[plain] != '\\')
            plain++;
        fwrite(text, 1, plain, to);
        text += plain;
        if (*text == '"' || *text == '\\')
            fprintf(to, "\\%c", *text++);
        else if (*text)
            fprintf(to, "\\x%02x", (unsigned char)*text++);
    }
    putc('"', to);
}

/* The lines between the braces of a group. */
static void
put_layer(FILE *to, const struct layer *layer)
{
    for (int id = 0; id < SETTING_COUNT; id++) {
        const struct words *value = &layer->value[id];

        if (value->count == 0)
            continue;
        fprintf(to, "    %s = ", settings[id].key);
        if (settings[id].type == TYPE_LIST
            || settings[id].type == TYPE_ENVIRONMENT) {
            fputs("( ", to);
            for (size_t i = 0; i < value->count; i++) {
                fputs(i ? ", " : "", to);
                put_string(to, value->word[i]);
            }
            fputs(" )", to);
        } else
            put_string(to, value->word[0]);
        fputs(";\n", to);
    }
}

char *
workers_to_text(const struct workers *workers, const struct layer *defaults)
{
    struct text_stream stream;
    FILE *to = text_open(&stream);

    if (defaults != NULL) {
        fputs("defaults = {\n", to);
        put_layer(to, defaults);
        fputs("};\n", to);
    }
    for (size_t i = 0; i < workers->count; i++) {
        fputs(i ? ",\n  {\n" : "workers = (\n  {\n", to);
        put_layer(to, &workers->worker[i].layer);
        fputs("  }", to);
    }
    if (workers->count > 0)
        fputs("\n);\n", to);
    return text_close(&stream);
}

char *
worker_to_text(const struct worker *worker)
{
    struct workers one = { (struct worker *)worker, 1 };

    return workers_to_text(&one, NULL);
}
