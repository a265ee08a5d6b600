/* test-envfile.c - variables from a file. */
#include "unit-help.h"

#include "config/envfile.h"

static struct problem problem;

START_TEST(lines_become_variables)
{
    static const struct {
        const char *text, *desired;
    } rows[] = {
        { "", "" },
        { "\n\n  \n\t\n", "" },
        { "# A=1\n  # B=2\n", "" },
        { "A=1\nB=2\n", "A=1 B=2" },
        { "A=1", "A=1" },
        { "A=1\r\nB=2\r\n", "A=1 B=2" },
        { "\t A=1\n", "A=1" },
        { "export A=1\n", "A=1" },
        { "A=\n", "A=" },
        { "A=x y\n", "'A=x y'" },
        { "A= x \n", "'A= x '" },
        { "A='x y'\nB=\"x y\"\n", "'A=x y' 'B=x y'" },
        { "A=''\nB=\"\"\n", "A= B=" },
        { "A='\nB=\"x\nC=x'\nD='x\"\n", "'A='\\''' 'B=\"x' 'C=x'\\''' "
          "'D='\\''x\"'" },
        { "A='it's'\n", "'A=it'\\''s'" },
        { "A=$HOME `x` \\n # y\n", "'A=$HOME `x` \\n # y'" },
        { "A=b=c\n", "A=b=c" },
        { "_A1=x\n", "_A1=x" },
        { "A=1\nA=2\n", "A=1 A=2" },
        { "exportA=1\n", "exportA=1" },
        { "A=\xff\n", "'A=\xff'" },
    };
    char *base = scratch_make();

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *path = scratch_file(base, "e", rows[i].text, 0600);
        struct words variables = {0};

        envfile_read(path, &variables, &problem);
        no_problem(i, &problem);
        same_line(i, &variables, rows[i].desired);
        words_clear(&variables);
        free(path);
    }
    scratch_remove(base);
}
END_TEST

START_TEST(a_wrong_line_has_its_number_and_shows_no_value)
{
    static const struct {
        const char *text, *sentence;
    } rows[] = {
        { "A=1\n\n1B=SECRET\n", "3: environment has \"1B\", which names no "
          "variable; write NAME=TEXT, the name of letters, digits and _" },
        { "A B=SECRET\n", "1: environment has \"A B\", which names no "
          "variable; write NAME=TEXT, the name of letters, digits and _" },
        { "A = SECRET\n", "1: environment has \"A \", which names no "
          "variable; write NAME=TEXT, the name of letters, digits and _" },
        { "=SECRET\n", "1: environment has \"\", which names no variable; "
          "write NAME=TEXT, the name of letters, digits and _" },
        { "A\n", "1: environment has \"...\", which names no variable; write "
          "NAME=TEXT, the name of letters, digits and _" },
        { "export \n", "1: export names no variable; write NAME=TEXT after "
          "it" },
    };
    char *base = scratch_make();

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *path = scratch_file(base, "e", rows[i].text, 0600);
        char *desired = text_format("%s:%s", path, rows[i].sentence);
        struct words variables = {0};

        ck_assert_msg(!envfile_read(path, &variables, &problem), "row %zu",
            i);
        same_problem(i, &problem, STATUS_CONFIG, desired);
        words_clear(&variables);
        free(desired);
        free(path);
    }
    scratch_remove(base);
}
END_TEST

START_TEST(a_file_with_secrets_is_nobody_elses)
{
    static const struct {
        mode_t mode;
        const char *sentence;
    } rows[] = {
        { 0600, NULL }, { 0640, NULL }, { 0400, NULL },
        { 0644, "env_file %s can be read by everybody; chmod o-r %s" },
        { 0604, "env_file %s can be read by everybody; chmod o-r %s" },
        { 0660, "%s can be written by others, who could make you run "
          "anything; chmod g-w %s" },
        { 0602, "%s can be written by others, who could make you run "
          "anything; chmod go-w %s" },
    };
    char *base = scratch_make();

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *path = scratch_file(base, "e", "A=1\n", 0600), *desired = NULL;
        struct words variables = {0};

        ck_assert_int_eq(chmod(path, rows[i].mode), 0);
        ck_assert_msg(envfile_read(path, &variables, &problem)
            == (rows[i].sentence == NULL), "row %zu", i);
        for (const char *c = rows[i].sentence; c && *c; c++)
            if (text_starts(c, "%s")) {
                text_append(&desired, "%s", path);
                c++;
            } else
                text_append(&desired, "%c", *c);
        same_problem(i, &problem, rows[i].sentence ? STATUS_PERMISSION
            : STATUS_DONE, desired);
        same_line(i, &variables, rows[i].sentence ? "" : "A=1");
        words_clear(&variables);
        unlink(path);
        free(desired);
        free(path);
    }
    scratch_remove(base);
}
END_TEST

START_TEST(what_is_no_file_is_no_env_file)
{
    char *base = scratch_make(), *path, *desired;
    struct words variables = {0};

    path = text_format("%s/none", base);
    ck_assert(!envfile_read(path, &variables, &problem));
    desired = text_format("cannot read env_file %s: No such file or "
        "directory; create it, or leave the setting out", path);
    same_problem(0, &problem, STATUS_CONFIG, desired);
    free(desired);
    /* Nobody writes into this one; it must not be waited for. */
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    ck_assert(!envfile_read(path, &variables, &problem));
    desired = text_format("env_file %s is not a file; name a file", path);
    same_problem(1, &problem, STATUS_CONFIG, desired);
    free(desired);
    ck_assert(!envfile_read(base, &variables, &problem));
    problem_clear(&problem);
    free(path);
    /* Half of a file is none. */
    ck_assert(!envfile_read("/proc/self/mem", &variables, &problem));
    same_problem(2, &problem, STATUS_CONFIG, "cannot read env_file "
        "/proc/self/mem: Input/output error; create it, or leave the setting "
        "out");
    scratch_remove(base);
}
END_TEST

UNIT_TESTS("envfile",
    lines_become_variables,
    a_wrong_line_has_its_number_and_shows_no_value,
    a_file_with_secrets_is_nobody_elses,
    what_is_no_file_is_no_env_file)
