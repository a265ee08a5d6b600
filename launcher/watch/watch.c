/*
 * watch.c - what a worker prints on many nodes, in tiles.
 *
 * Each tile is a program (tile.c) in a tmux server of this call's own.  Who
 * watches changes nothing: a tile runs `logs -f` on its node, which neither
 * resizes the worker's pane nor types into it, as attaching would, and hands
 * on no escape sequence.
 */
#include "cli/command.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/text.h"
#include "hostlist/hostlist.h"
#include "system/proc.h"
#include "system/spawn.h"
#include "tmux/tiles.h"
#include "worker/inventory.h"

/* Tiles in a window. */
enum { PAGE = 30 };

/* pdsh would take anything else for something of its own notation. */
static bool
check_names(const struct words *names, struct problem *problem)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-+@:";

    for (size_t i = 0; i < names->count; i++)
        if (*names->word[i] == '-'
            || names->word[i][strspn(names->word[i], letters)] != '\0')
            return problem_add(problem, STATUS_USAGE, "%s is no name of a "
                "node that pdsh could reach; leave it out of the list",
                names->word[i]);
    return true;
}

static bool
find_nodes(const struct context *context, struct words *names,
    struct problem *problem)
{
    const struct options *options = &context->options;
    struct words found = {0};
    char *folded;
    bool good;

    if ((options->targets == NULL) == (options->worker == NULL))
        return problem_add(problem, STATUS_USAGE, "name the nodes, as in "
            "watch -w node[001-020], or with -W the worker whose nodes they "
            "are");
    if (options->targets != NULL && hostlist_names_user(options->targets))
        return problem_add(problem, STATUS_USAGE, "top and watch cannot "
            "name a user with -w; give the nodes their User in "
            "ssh_config(5)");
    good = options->targets != NULL
        ? hostlist_expand(options->targets, HOSTLIST_COMMAND, names, problem)
        : inventory_worker_nodes(&context->config, options->worker, &found,
            problem);
    /* These are sorted as text; node10 is to come behind node9. */
    folded = hostlist_fold(&found);
    if (good && *folded)
        good = hostlist_expand(folded, HOSTLIST_COMMAND, names, problem);
    free(folded);
    words_clear(&found);
    if (good && names->count == 0)
        good = problem_add(problem, STATUS_USAGE, "the configuration names no "
            "nodes for worker %s; give it hosts = \"...\", or name the nodes "
            "with -w", options->worker);
    return good && check_names(names, problem);
}

/* NULL: the only one there is. */
static bool
find_worker(const struct context *context, const char **worker,
    struct problem *problem)
{
    const struct options *options = &context->options;
    struct words all = {0};
    bool good = true;
    char *named;

    inventory_workers(&context->config, &all);
    *worker = options->arguments.count > 0 ? options->arguments.word[0]
        : options->worker;
    if (options->arguments.count > 1)
        good = problem_add(problem, STATUS_USAGE, "watch shows one worker; "
            "leave out %s", options->arguments.word[1]);
    else if (*worker == NULL && all.count > 1) {
        named = words_join(&all, ", ");
        good = problem_add(problem, STATUS_USAGE, "watch shows one worker; "
            "name one of %s", named);
        free(named);
    } else if (*worker != NULL && context->config.file != NULL) {
        named = inventory_configured_name(&context->config, *worker);
        good = inventory_has_worker(&context->config, named)
            || problem_add(problem, STATUS_USAGE, "there is no worker %s; "
                "celery-tmux-launch hosts --workers lists them", *worker);
        free(named);
    }
    words_clear(&all);
    return good;
}

static bool
check_pdsh(struct problem *problem)
{
    struct words words = {0};
    char *printed;
    int result;
    bool good;

    words_add_list(&words, "pdsh", "-V", NULL);
    good = spawn_run(&words, &printed, &result, problem)
        && (strstr(printed, "celery") != NULL || problem_add(problem,
            STATUS_UNAVAILABLE, "pdsh does not have our module, by which "
            "nodes are reached; install it, or set PDSH_MODULE_DIR; see "
            "pdsh-celery(7)"));
    words_clear(&words);
    free(printed);
    return good;
}

/* A WORKER that is "" is the only one. */
static bool
tile_words(const struct context *context, const char *socket,
    const char *worker, struct words *words, struct problem *problem)
{
    struct process self = proc_process(getpid());
    char *config = context->config.file;

    if (!spawn_self_words(words, "tile", NULL, problem))
        return false;
    if (config != NULL)
        words_addf(words, "--config=%s", config);
    words_add(words, "--");
    words_addf(words, "%d", (int)self.pid);
    words_addf(words, "%llu", self.start);
    words_add(words, socket);
    words_add(words, worker ? worker : "");
    return true;
}

static struct tmux_tiles
make_tiles(const char *socket)
{
    struct tmux_tiles tiles = {
        .socket = socket, .columns = 80, .lines = 24, .most = PAGE
    };
    struct winsize size;

    if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0
        && size.ws_row > 0) {
        tiles.columns = size.ws_col;
        tiles.lines = size.ws_row;
    }
    return tiles;
}

static void
show(const struct context *context, const char *worker,
    const struct words *names, struct problem *problem)
{
    char *ordinary = tmux_default_socket(), *slash = strrchr(ordinary, '/');
    char *socket = text_format("%.*s/celery-tmux-watch-%d",
        (int)(slash - ordinary), ordinary, (int)getpid());
    struct tmux_tiles tiles = make_tiles(socket);
    struct words program = {0};

    if (!tile_words(context, socket, worker, &program, problem)
        || !tmux_tiles_make(&tiles, &program, names, problem))
        tmux_tiles_end(&tiles);
    else if (!tmux_tiles_show(&tiles, problem) && problem->text == NULL)
        problem_add(problem, STATUS_UNAVAILABLE, "the tmux server that the "
            "tiles were in did not end by itself; call watch again");
    words_clear(&program);
    free(socket);
    free(ordinary);
}

static enum status
watch(struct context *context, struct problem *problem)
{
    struct words names = {0};
    const char *worker;

    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        problem_add(problem, STATUS_USAGE, "watch needs a terminal; call it "
            "with ssh -t, or use pdsh with logs");
    else if (context->options.config != NULL
        && strcmp(context->options.config, "-") == 0)
        problem_add(problem, STATUS_USAGE, "watch reads the configuration "
            "once for each node; put it into a file, and name that");
    else if (context_configure(context, problem)
        && find_nodes(context, &names, problem)
        && find_worker(context, &worker, problem) && check_pdsh(problem))
        show(context, worker, &names, problem);
    words_clear(&names);
    return problem->status;
}

const struct command command_watch = {
    .name = "watch", .usage = "[WORKER]",
    .help = "Show what a worker prints on many nodes, in tiles.",
    .needs = NEEDS_TERMINAL,
    .accepts = ACCEPT_ARGUMENTS | ACCEPT_TARGETS | ACCEPT_WORKER,
    .run = watch,
};
