/*
 * connection.c - by our own means for our command, by pdsh's for every other.
 */
#include "connection.h"

#include <signal.h>
#include <stdlib.h>

#include "base/problem.h"
#include "base/text.h"
#include "pdsh-plugin.h"
#include "remote.h"
#include "report.h"
#include "ship.h"
#include "ssh-words.h"

struct connection {
    struct pipecmd *passed;     /* NULL: it is a command of ours */
    struct ship *ship;          /* NULL: the node has the program */
    pid_t pid;
    char *host;
    int rank;
};

static const char *
ssh_program(void)
{
    const char *named = getenv("PDSH_CELERY_RSH");

    return named && *named ? named : "ssh";
}

static int
pass_through(const struct destination *to, const char *line,
    struct words *words, int *error, struct connection *connection)
{
    const char **argv = pdsh_remote_argv();

    if (pdsh_personality() == PERSONALITY_PDCP || argv == NULL
        || *argv == NULL)
        words_add(words, line);
    else
        while (*argv != NULL)
            words_add(words, *argv++);
    connection->passed = pipecmd(ssh_program(), (const char **)words->word,
        to->host, to->user, to->rank);
    if (connection->passed == NULL)
        return -1;
    *error = pipecmd_stderrfd(connection->passed);
    return pipecmd_stdoutfd(connection->passed);
}

static int
run_ours(const struct fan_out *fan_out, const struct destination *to,
    const struct words *ssh, int *error, struct connection *connection)
{
    const struct plan *plan = &fan_out->plan;
    char *program = text_quote(fan_out->command.word[0]);
    char *node = text_quote(to->host);
    char *arguments = text_format("--node=%s %s", node, plan->line);
    struct words words = {0};
    int output = -1;
    bool good;

    words_add(&words, ssh_program());
    for (size_t i = 0; i < ssh->count; i++) {
        char *word = ssh_words_fill(ssh->word[i], to->host, to->user,
            to->rank);

        words_add(&words, word);
        free(word);
    }
    if (plan->script != NULL) {
        connection->ship = ship_start(&words, arguments, plan, to->host,
            &output, error);
        good = connection->ship != NULL;
    } else {
        words_addf(&words, "%s %s", program, arguments);
        good = remote_start(&words, plan->config, &connection->pid, &output,
            error);
    }
    if (!good) {
        err("%p: %S: cannot start %s: %m\n", to->host, ssh_program());
        report_end(to->rank, STATUS_INTERNAL);
        output = -1;
    }
    words_clear(&words);
    free(arguments);
    free(program);
    free(node);
    return output;
}

int
connection_open(const struct fan_out *fan_out, const struct destination *to,
    const char *line, int *error, struct connection **result)
{
    bool ours = fan_out->command.count > 0;
    struct connection *connection;
    struct words words = {0};
    int output;

    /* ssh would take it for an option. */
    if (*to->host == '-') {
        err("%p: %S: no host's name begins with -\n", to->host);
        if (ours && report_begin(to->rank, to->host))
            report_end(to->rank, STATUS_USAGE);
        return -1;
    }
    if (ours && !report_begin(to->rank, to->host))
        return -1;
    connection = text_allocate(1, sizeof *connection);
    ssh_words_target(&fan_out->ssh, to->other_user, &words);
    output = ours ? run_ours(fan_out, to, &words, error, connection)
        : pass_through(to, line, &words, error, connection);
    words_clear(&words);
    if (output < 0)
        free(connection);
    else {
        connection->host = text_copy(to->host);
        connection->rank = to->rank;
        *result = connection;
    }
    return output;
}

int
connection_end(struct connection *connection)
{
    if (connection->passed != NULL)
        return pipecmd_signal(connection->passed, SIGTERM);
    report_give_up(connection->rank);
    if (connection->ship != NULL)
        return ship_signal(connection->ship, SIGTERM);
    return kill(connection->pid, SIGTERM);
}

int
connection_wait(struct connection *connection)
{
    int status = 0;

    if (connection->passed != NULL) {
        if (pipecmd_wait(connection->passed, &status) < 0)
            err("%p: %S: wait on ssh cmd: %m\n", connection->host);
        pipecmd_destroy(connection->passed);
        status = (status >> 8) & 0xff;
    } else {
        status = connection->ship != NULL ? ship_wait(connection->ship)
            : remote_wait(connection->pid);
        report_end(connection->rank, status);
    }
    free(connection->host);
    free(connection);
    return status;
}
