/*
 * call.c - makes the words of calls.
 */
#include "top/call.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "hostlist/hostlist.h"
#include "system/spawn.h"

/* More of them would not fit into a command line. */
enum { MOST_NODES = 10000 };

bool
call_is_local(const struct call *call)
{
    return call->hosts == NULL && call->worker == NULL;
}

/* Both programs are built and installed together. */
static bool
find_launcher(struct call *call, struct problem *problem)
{
    struct words self = {0};
    char *slash;

    if (!spawn_self_words(&self, NULL, NULL, problem))
        return false;
    slash = strrchr(self.word[0], '/');
    call->launcher = text_format("%.*s/celery-tmux-launch",
        (int)(slash - self.word[0]), self.word[0]);
    words_clear(&self);
    if (access(call->launcher, X_OK) != 0) {
        free(call->launcher);
        call->launcher = text_copy("celery-tmux-launch");
    }
    return true;
}

/* As celery-tmux-launch hosts has them, which also says what is wrong. */
static bool
find_names(struct call *call, struct problem *problem)
{
    struct words words = {0}, lines = {0};
    char *printed;
    int status = 0;
    bool good;

    if (call->hosts != NULL && hostlist_names_user(call->hosts))
        return problem_add(problem, STATUS_USAGE, "top and watch cannot "
            "name a user with -w; give the nodes their User in "
            "ssh_config(5)");
    words_add(&words, call->launcher);
    if (call->config != NULL)
        words_addf(&words, "--config=%s", call->config);
    words_add(&words, "hosts");
    if (call->worker != NULL)
        words_addf(&words, "--worker=%s", call->worker);
    else
        words_add_list(&words, "--", call->hosts, NULL);
    good = spawn_run(&words, &printed, &status, problem);
    words_clear(&words);
    words_add_parts(&lines, printed, "\n");
    if (lines.count > MOST_NODES + 1)
        good = problem_add(problem, STATUS_USAGE, "these are %zu nodes, and "
            "top shows up to %d; name fewer", lines.count - 1, MOST_NODES);
    for (size_t i = 0; good && i < lines.count; i++) {
        const char *line = lines.word[i];

        if (*line == '\0')
            continue;
        if (status == 0 && words_contain(&call->names, line))
            continue;
        if (status == 0)
            words_add(&call->names, line);
        else
            problem_add(problem, status, "%s", text_starts(line,
                "celery-tmux-launch: ") ? strchr(line, ' ') + 1 : line);
    }
    words_clear(&lines);
    free(printed);
    if (good && status == 0 && call->names.count == 0)
        problem_add(problem, status = STATUS_USAGE, "the configuration names "
            "no nodes for worker %s; give it hosts = \"...\", or name the "
            "nodes with -w", call->worker ? call->worker : "");
    return good && status == 0;
}

static void
name_ourselves(struct words *names)
{
    char name[256] = "";

    if (gethostname(name, sizeof name - 1) != 0 || *name == '\0')
        strcpy(name, "localhost");
    words_add(names, name);
}

bool
call_prepare(struct call *call, struct problem *problem)
{
    if (!find_launcher(call, problem))
        return false;
    if (!call_is_local(call))
        return find_names(call, problem);
    name_ourselves(&call->names);
    return true;
}

void
call_words(const struct call *call, const char *nodes, const char *option,
    const char *command, struct words *words)
{
    if (call_is_local(call))
        words_add(words, call->launcher);
    else {
        words_add_list(words, "pdsh", "-R", "celery", NULL);
        if (option != NULL)
            words_add_parts(words, option, " ");
        words_add_list(words, "-w", nodes, "celery-tmux-launch", NULL);
    }
    if (call->config != NULL)
        words_addf(words, "--config=%s", call->config);
    words_add(words, command);
}

void
call_clear(struct call *call)
{
    words_clear(&call->chosen);
    words_clear(&call->names);
    free(call->launcher);
    *call = (struct call){0};
}
