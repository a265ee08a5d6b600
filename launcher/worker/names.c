/*
 * names.c - names of sessions and nodes.
 */
#include "worker/names.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

char *
name_session(const char *text)
{
    char *name = text_copy(text);

    for (char *c = name; *c; c++)
        if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z')
            || (*c >= '0' && *c <= '9') || strchr("_,@+=-", *c))
            || (c == name && strchr("@=-+,", *c)))
            *c = '_';
    return name;
}

char *
name_session_of_queue(const char *queue)
{
    char *text = text_format("celery-%s", queue);
    char *name = name_session(text);

    free(text);
    return name;
}

char *
name_node(const char *name)
{
    char *text = text_format("%s@%%h", name);

    for (char *c = text; c < text + strlen(name); c++)
        if (strchr(", %@\t", *c))
            *c = '_';
    return text;
}

char *
name_numbered_node(const char *hostname, unsigned instance)
{
    size_t length = strcspn(hostname, "@");

    return text_format("%.*s+%u%s", (int)length, hostname, instance,
        hostname + length);
}
