/*
 * test-hostlist-oracle.c - pdsh itself says what 2,000 lists mean: made by a
 * small grammar, and every other one broken by a random change.  Where we
 * refuse what pdsh takes, the list must show one of the few reasons that
 * hostlist.h has for it.  Skipped where pdsh is not installed.
 */
#include "unit.h"

#include <fcntl.h>
#include <regex.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "hostlist/hostlist.h"

#define LISTS 2000
/* pdsh needs long for many names, and prints about 1 kB of them. */
#define NAMES 100
/* One test of Check's each, and this many pdsh at a time. */
#define BATCH 250
#define AT_ONCE 4

extern char **environ;

static unsigned seed;

static unsigned
random_below(unsigned limit)
{
    seed = seed * 1103515245u + 12345u;
    return (seed >> 16) % limit;
}

#define CHOOSE(array) ((array)[random_below(COUNT_OF(array))])

/* ---- lists ---------------------------------------------------------------*/

static void
add_range(char **list)
{
    static const unsigned lows[] = { 0, 1, 7, 8, 9, 10, 98, 99, 998, 1000 };
    unsigned low = CHOOSE(lows), high = low + random_below(4);
    int width = random_below(2) ? 0 : (int)random_below(5);

    text_append(list, "%0*u", width, low);
    if (random_below(3))
        text_append(list, "-%0*u", random_below(3) ? width
            : (int)random_below(5), high);
}

static void
add_bracket(char **list)
{
    text_append(list, "[");
    for (unsigned more = 1 + random_below(2); more > 0; more--) {
        add_range(list);
        text_append(list, more > 1 ? "," : "");
    }
    text_append(list, "]");
}

static void
add_name(char **list, bool two_brackets)
{
    static const char *const before[] = {
        "a", "a", "b", "b", "node", "a0", "a00", "x-1-", "", "10.0.0.", "%s",
        "fe80::", "\u00e9",
    };
    static const char *const behind[] = {
        "", "", "", "", "b", ".example.com", "-ib0", "!", "*",
    };
    const char *first = CHOOSE(before);

    text_append(list, "%s", first);
    if (random_below(4) == 0)
        text_append(list, "%u", random_below(12));
    else if (*first == '\0' || random_below(4))
        add_bracket(list);
    else
        text_append(list, "c");
    if (two_brackets && random_below(3) == 0)
        text_append(list, "-"), add_bracket(list);
    text_append(list, "%s", CHOOSE(behind));
}

/* One part of a list that may have exclusions, or else second brackets. */
static void
add_part(char **list, bool exclusions)
{
    static const char *const users[] = {
        "", "", "", "", "", "u@", "exec:", "exec:u@", "@",
    };
    static const char *const expressions[] = {
        "/1/", "/[0-8]$/", "-/9/", "-/^a0/", "/a|b/", "-/[.]/", "/.",
    };
    static const char *const words[] = { " ", "\t", "  " };

    if (exclusions && random_below(6) == 0) {
        text_append(list, "%s", CHOOSE(expressions));
        return;
    }
    if (exclusions && random_below(2))
        text_append(list, random_below(4) ? "-" : "- ");
    else
        text_append(list, "%s%s", random_below(8) ? "" : " ", CHOOSE(users));
    add_name(list, !exclusions);
    while (random_below(5) == 0) {
        text_append(list, "%s", CHOOSE(words));
        add_name(list, !exclusions);
    }
}

static char *
make_list(void)
{
    bool exclusions = random_below(2);
    char *list = NULL;

    add_name(&list, !exclusions);
    for (unsigned more = random_below(5); more > 0; more--) {
        text_append(&list, random_below(8) ? "," : ",,");
        add_part(&list, exclusions);
    }
    if (random_below(10) == 0)
        text_append(&list, ",");
    return list;
}

/* Add, drop or change one to three characters. */
static void
break_list(char **list)
{
    static const char letters[] = "[]-,/@: +x01[]-";

    for (unsigned more = 1 + random_below(3); more > 0; more--) {
        size_t length = strlen(*list), at = random_below((unsigned)length + 1);
        char letter = letters[random_below(COUNT_OF(letters) - 1)];
        bool drop = at < length && random_below(3);
        char *changed = text_format("%.*s%s%s", (int)at, *list,
            random_below(4) ? (char[]){ letter, '\0' } : "",
            *list + at + drop);

        free(*list);
        *list = changed;
    }
}

/* ---- what is known to differ ---------------------------------------------*/

/* pdsh takes these and does not mean it: we refuse them. */
static const char *const not_meant[] = {
    "\\[[^]]*[^]0-9,-]",                /* a sign, blank, letter in [ ] */
    "\\[([^]]*,)?[0-9]+-[],]",          /* a range without an end */
    "(^|,)-[ \t]*(,|$)",                /* an exclusion of nothing */
    "(^|,)-[^,]*[@:]",                  /* with a user or type */
    "[@ \t:][-/^]",                     /* a sign where pdsh sees none */
    "(^|,)-[ \t]*-",
    "[@:][ \t]*(,|$)",                  /* a user without a host */
    "[@:][^,]*:",                       /* with a colon in it */
    "(^|,)[^,]*@[^,]*@",                /* a host with an @ in its name */
    "(^|,)[^,]*[] \t[][^,]*@",          /* words before a user */
};

/* Lists where the two are not to be compared. */
static const char *const incomparable[] = {
    "][^] \t,]*\\[.*,[ \t]*[-/]",       /* pdsh excludes half-made names, */
    "(^|,)[ \t]*[-/].*][^] \t,]*\\[",
    "][^] \t,]*\\[[^] \t]*][^] \t,]*\\[",   /* makes two brackets only, */
    "(^|,)[ \t]*[0-9a-fA-F]+:",         /* and knows no such address */
    "[0-9]{8}",                         /* excludes no number above 2^25 */
    "\\^-",                             /* would read standard input */
};

static bool
is_like(const char *list, const char *const *expressions, size_t count)
{
    bool found = false;

    for (size_t i = 0; i < count && !found; i++) {
        regex_t expression;

        ck_assert_int_eq(regcomp(&expression, expressions[i],
            REG_EXTENDED | REG_NOSUB), 0);
        found = regexec(&expression, list, 0, NULL, 0) == 0;
        regfree(&expression);
    }
    return found;
}

static bool
is_balanced(const char *list)
{
    int depth = 0;

    for (; *list && depth >= 0; list++)
        depth += (*list == '[') - (*list == ']');
    return depth == 0;
}

/* ---- pdsh ----------------------------------------------------------------*/

struct question {
    char *list;
    pid_t pid;
    FILE *answer;
};

static void
ask(struct question *question)
{
    struct words words = {0};
    posix_spawn_file_actions_t actions;
    int ends[2];

    words_add_parts(&words, "pdsh -R exec -Q -w", " ");
    words_add(&words, question->list);
    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    /* Debian's pdsh is a shell script around this. */
    if (posix_spawnp(&question->pid, "pdsh.bin", &actions, NULL,
            words.word, environ) != 0)
        ck_assert_int_eq(posix_spawnp(&question->pid, "pdsh", &actions, NULL,
            words.word, environ), 0);
    words_clear(&words);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    question->answer = fdopen(ends[0], "r");
}

/* The names as pdsh prints them, between commas; NULL when it refuses. */
static char *
listen(struct question *question)
{
    char *line = NULL, *names = NULL;
    size_t size = 0;
    int status;

    while (getline(&line, &size, question->answer) >= 0) {
        line[strcspn(line, "\n")] = '\0';
        free(names);
        names = text_copy(line);
    }
    free(line);
    fclose(question->answer);
    ck_assert_int_eq(waitpid(question->pid, &status, 0), question->pid);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return names;
    free(names);
    return NULL;
}

static void
compare(unsigned number, const char *list, const char *theirs)
{
    struct words names = {0};
    struct problem problem = {0};

    if (hostlist_expand(list, HOSTLIST_COMMAND, &names, &problem)) {
        char *ours = words_join(&names, ",");

        ck_assert_msg(theirs && strcmp(ours, theirs) == 0,
            "list %u, %.300s: ours is %.300s, pdsh's %.300s", number, list,
            ours, theirs ? theirs : "an error");
        free(ours);
    } else {
        ck_assert_msg(theirs == NULL || !is_balanced(list)
            || is_like(list, not_meant, COUNT_OF(not_meant)),
            "list %u, %.300s: we say %s, pdsh %.300s", number, list,
            problem.text, theirs);
    }
    problem_clear(&problem);
    words_clear(&names);
}

static bool
is_short(const char *list)
{
    struct words names = {0};
    struct problem problem = {0};
    bool is = !hostlist_expand(list, HOSTLIST_COMMAND, &names, &problem)
        || names.count < NAMES;

    problem_clear(&problem);
    words_clear(&names);
    return is;
}

/* Every other list is broken; incomparable ones are made again. */
static char *
choose_list(unsigned number)
{
    char *list;

    seed = number * 2654435761u;
    for (;;) {
        list = make_list();
        if (number % 2)
            break_list(&list);
        if (*list && is_short(list)
            && !is_like(list, incomparable, COUNT_OF(incomparable)))
            return list;
        free(list);
    }
}

static bool
have_pdsh(void)
{
    return system("command -v pdsh >/dev/null") == 0;
}

START_TEST(pdsh_agrees)
{
    struct question question[AT_ONCE] = {0};
    unsigned first = (unsigned)_i * BATCH, cut = 0;

    for (unsigned i = 0; have_pdsh() && i < BATCH + AT_ONCE; i++) {
        struct question *next = &question[i % AT_ONCE];

        if (i >= AT_ONCE) {
            char *names = listen(next);

            if (names && strstr(names, "[truncated]"))
                cut++;
            else
                compare(first + i - AT_ONCE, next->list, names);
            free(names);
            free(next->list);
        }
        if (i < BATCH) {
            next->list = choose_list(first + i);
            ask(next);
        }
    }
    ck_assert_uint_lt(cut, BATCH / 20);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("hostlist-oracle");
    TCase *group = tcase_create("all");
    SRunner *runner;
    int failed;

    unsetenv("WCOLL");
    tcase_set_timeout(group, 300);
    tcase_add_loop_test(group, pdsh_agrees, 0, LISTS / BATCH);
    suite_add_tcase(suite, group);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
