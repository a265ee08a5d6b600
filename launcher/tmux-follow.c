/*
 * tmux-follow.c - copies a session's output as it appears.
 *
 * A client in control mode is told of everything that a pane prints, in
 * order, and may ask for what was there before: the answer stands at its
 * place in the stream, so nothing is missing and nothing comes twice.  Any
 * number of people can follow, and the pane's own size is not touched.
 */
#include "tmux.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process.h"
#include "text.h"

/* Write what tmux escaped: \ooo is a byte, as is everything else. */
static void
print_escaped(const char *text)
{
    for (; *text && *text != '\n'; text++)
        if (*text == '\\' && text[1] >= '0' && text[1] <= '3'
            && text[2] && text[3]) {
            putchar((text[1] - '0') * 64 + (text[2] - '0') * 8
                + (text[3] - '0'));
            text += 3;
        } else
            putchar(*text);
    fflush(stdout);
}

/*
 * Read control mode.  Blocks %begin ... %end are answers: the first is of
 * the attach, the second the lines asked for.
 */
static void
copy(FILE *stream, long lines)
{
    char *line = NULL, *before = NULL;
    size_t room = 0;
    int blocks = 0;
    bool inside = false;

    while (getline(&line, &room, stream) >= 0) {
        if (!inside && text_starts(line, "%output ")) {
            char *text = strchr(line + strlen("%output "), ' ');

            if (text != NULL && blocks >= 2)
                print_escaped(text + 1);
        } else if (!inside && text_starts(line, "%begin ")) {
            inside = true;
            blocks++;
        } else if (inside && (text_starts(line, "%end ")
            || text_starts(line, "%error "))) {
            inside = false;
            if (before != NULL) {
                tmux_keep_last(before, lines);
                fputs(before, stdout);
                fflush(stdout);
            }
            free(before);
            before = NULL;
        } else if (!inside && text_starts(line, "%exit"))
            break;
        else if (inside && blocks == 2)
            text_append(&before, "%s", line);
    }
    free(before);
    free(line);
}

static void
follow_words(const struct tmux_session *session, struct words *words)
{
    words_add(words, "tmux");
    words_add(words, "-S");
    words_add(words, session->socket);
    words_add(words, "-C");
    words_add(words, "attach-session");
    words_add(words, "-f");
    words_add(words, "ignore-size");
    words_add(words, "-t");
    words_addf(words, "=%s:", session->name);
}

bool
tmux_follow(const struct tmux_session *session, long lines, bool *exists,
    struct problem *problem)
{
    int question[2] = { -1, -1 }, answer[2] = { -1, -1 };
    struct process_setup setup = {0};
    struct words words = {0};
    int status = 0;
    FILE *stream;
    pid_t pid;
    bool good;

    *exists = false;
    if (pipe2(question, O_CLOEXEC) != 0 || pipe2(answer, O_CLOEXEC) != 0)
        return problem_set(problem, STATUS_INTERNAL, "cannot make a pipe; "
            "raise the limit of open files");
    follow_words(session, &words);
    unsetenv("TMUX");
    setup.input = question[0];
    setup.output = setup.error = answer[1];
    good = process_start(&words, &setup, &pid, problem);
    words_clear(&words);
    close(question[0]);
    close(answer[1]);
    stream = fdopen(answer[0], "r");
    if (good && stream != NULL) {
        dprintf(question[1], "capture-pane -p -J -S -%ld -t '=%s:'\n", lines,
            session->name);
        copy(stream, lines);
        close(question[1]);
        waitpid(pid, &status, 0);
        *exists = process_result(status) == 0;
    } else
        close(question[1]);
    if (stream != NULL)
        fclose(stream);
    return good;
}
