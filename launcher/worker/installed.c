/*
 * installed.c - finds the directory celery-VERSION.dist-info that pip leaves.
 */
#include "worker/installed.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/*
 * The rest of the first name in a directory that begins with `start` and ends
 * with `end`; NULL when there is none.
 */
static char *
find_name(const char *directory, const char *start, const char *end)
{
    DIR *stream = opendir(directory);
    struct dirent *entry;
    char *found = NULL;

    while (stream != NULL && found == NULL
        && (entry = readdir(stream)) != NULL) {
        size_t length = strlen(entry->d_name);

        if (text_starts(entry->d_name, start) && text_ends(entry->d_name, end)
            && length > strlen(start) + strlen(end))
            found = text_copy_part(entry->d_name + strlen(start),
                length - strlen(start) - strlen(end));
    }
    if (stream != NULL)
        closedir(stream);
    return found;
}

/* ENVIRONMENT of celery_cmd = "ENVIRONMENT/bin/celery", or NULL. */
static char *
environment_of_command(const struct layer *layer)
{
    const char *text = layer_text(layer, SETTING_CELERY_CMD), *reason;
    struct words words = {0};
    char *path = NULL;

    if (text == NULL || !words_add_shell(&words, text, &reason)
        || words.count == 0 || !text_ends(words.word[0], "/bin/celery"))
        goto done;
    words.word[0][strlen(words.word[0]) - strlen("/bin/celery")] = '\0';
    path = *words.word[0] == '/' ? text_copy(words.word[0])
        : text_format("%s/%s", layer_text(layer, SETTING_WORKER_DIR),
            words.word[0]);
done:
    words_clear(&words);
    return path;
}

char *
installed_celery(const struct layer *layer)
{
    char *environment = layer_path(layer, SETTING_VIRTUALENV);
    char *libraries, *python, *packages, *version = NULL;

    if (environment == NULL)
        environment = environment_of_command(layer);
    if (environment == NULL)
        return text_copy("");
    libraries = text_format("%s/lib", environment);
    python = find_name(libraries, "python3", "");
    if (python != NULL) {
        packages = text_format("%s/python3%s/site-packages", libraries,
            python);
        version = find_name(packages, "celery-", ".dist-info");
        free(packages);
    }
    free(python);
    free(libraries);
    free(environment);
    return version ? version : text_copy("");
}
