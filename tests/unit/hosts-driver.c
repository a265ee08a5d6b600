/*
 * hosts-driver.c - expand or fold host lists without the rest of the program,
 * for tests and measurements.
 *
 *     hosts-driver each           a list a line in; its names, joined with
 *                                 commas, or "error: ..." a line out
 *     hosts-driver expand LIST    a name a line
 *     hosts-driver fold LIST      one line
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hostlist/hostlist.h"

static bool
print_name(const char *name, void *data)
{
    (void)data;
    puts(name);
    return true;
}

/* Answer one line of standard input. */
static void
answer(char *list)
{
    struct words names = {0};
    struct problem problem = {0};
    char *joined;

    list[strcspn(list, "\n")] = '\0';
    if (hostlist_expand(list, HOSTLIST_COMMAND, &names, &problem)) {
        joined = words_join(&names, ",");
        puts(joined);
        free(joined);
    } else {
        printf("error: %s\n", problem.text);
    }
    problem_clear(&problem);
    words_clear(&names);
}

static int
fold(const char *list)
{
    struct words names = {0};
    struct problem problem = {0};
    char *folded;

    if (!hostlist_expand(list, HOSTLIST_COMMAND, &names, &problem)) {
        problem_print(&problem);
        return problem.status;
    }
    folded = hostlist_fold(&names);
    puts(folded);
    free(folded);
    words_clear(&names);
    return EXIT_SUCCESS;
}

int
main(int count, char **word)
{
    struct problem problem = {0};
    char *line = NULL;
    size_t size = 0;

    if (count == 2 && strcmp(word[1], "each") == 0) {
        while (getline(&line, &size, stdin) >= 0)
            answer(line);
        free(line);
        return EXIT_SUCCESS;
    }
    if (count == 3 && strcmp(word[1], "fold") == 0)
        return fold(word[2]);
    if (count != 3 || strcmp(word[1], "expand") != 0)
        return STATUS_USAGE;
    if (!hostlist_each(word[2], HOSTLIST_COMMAND, print_name, NULL, &problem))
        problem_print(&problem);
    return (int)problem.status;
}
