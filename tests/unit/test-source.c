/* test-source.c - the text of a configuration and what it includes. */
#include "unit-help.h"

#include <fcntl.h>

#include "config/source.h"

static struct problem problem;
static struct source source;

/* In each text and sentence, % stands for the scratch directory. */
static char *
fill(const char *pattern, const char *directory)
{
    char *text = text_copy("");

    for (; *pattern; pattern++)
        if (*pattern == '%')
            text_append(&text, "%s", directory);
        else
            text_append(&text, "%c", *pattern);
    return text;
}

static bool
read_at(const char *directory, const char *name)
{
    char *path = text_format("%s/%s", directory, name);
    bool good = source_read(&source, path, &problem);

    free(path);
    return good;
}

static void
same_place(size_t row, unsigned line, const char *desired)
{
    char *place = source_place(&source, line);

    same_text(row, place, desired);
    free(place);
}

START_TEST(a_text_stays_as_it_is_line_by_line)
{
    static const struct {
        const char *text, *read;
    } rows[] = {
        { "", "" },
        { "a = 1;", "a = 1;\n" },
        { "a = 1;\nb = 2;\n", "a = 1;\nb = 2;\n" },
        { "\n\na\n", "\n\na\n" },
        { "a = 1;\r\nb = 2;\r\n", "a = 1;\r\nb = 2;\r\n" },
        /* None of these is a comma before the end of a list. */
        { "a = ( \",)\", 1 /* ,) */ ); # ,)\n",
          "a = ( \",)\", 1 /* ,) */ ); # ,)\n" },
        { "a = ( 1 # ,\n);\n", "a = ( 1 # ,\n);\n" },
        /* None of these is an include or a number. */
        { "# @include \"x\"\n", "# @include \"x\"\n" },
        { "// @include \"x\"\n", "// @include \"x\"\n" },
        { "/*\n@include \"x\"\n*/\n", "/*\n@include \"x\"\n*/\n" },
        { "a = \"\n@include \\\"x\\\"\n\";\n",
          "a = \"\n@include \\\"x\\\"\n\";\n" },
        { "a = \"\\\"\n@include\n\";\n", "a = \"\\\"\n@include\n\";\n" },
        { "/* \" */ a = \"/*\"; # \" /*\n", "/* \" */ a = \"/*\"; # \" /*\n" },
        { "a = \"99999999999\"; # 99999999999\n",
          "a = \"99999999999\"; # 99999999999\n" },
        { "a99999999999 = \"_x = 1\"; // _x = 1\n",
          "a99999999999 = \"_x = 1\"; // _x = 1\n" },
        { "a_x = 1;\n", "a_x = 1;\n" },
        { "a = \"027\"; # 027\n", "a = \"027\"; # 027\n" },
        { "a = ( 0, -0, 0L, 0x07, 01.5, 10 );\n",
          "a = ( 0, -0, 0L, 0x07, 01.5, 10 );\n" },
        { "a = \"\xff\xc3\xa9\";\n", "a = \"\xff\xc3\xa9\";\n" },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        source_read_text(&source, "t", rows[i].text, &problem);
        no_problem(i, &problem);
        same_text(i, source.text, rows[i].read);
        source_clear(&source);
    }
}
END_TEST

START_TEST(numbers_that_libconfig_would_wrap_are_refused)
{
    static const struct {
        const char *number;
        bool fits;
    } rows[] = {
        { "0", true }, { "-1", true }, { "+1", true }, { "7", true },
        { "2147483647", true }, { "2147483648", false },
        { "-2147483648", true }, { "-2147483649", false },
        { "99999999999", false }, { "99999999999L", true },
        { "9223372036854775807L", true }, { "9223372036854775808L", false },
        { "-9223372036854775808LL", true }, { "99999999999999999999LL",
          false },
        { "0x7FFFFFFF", true }, { "0x80000000", false },
        { "0xfffffffff", false }, { "0Xfffffffff", false },
        { "0xfffffffffL", true }, { "0xffffffffffffffffL", false },
        { "0x7fffffffffffffffLL", true }, { "0x1ffffffffffffffffL", false },
        { "99999999999.5", true }, { "1e30", true }, { "-1.5", true },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *text = text_format("# one\nworkers = ( { x = %s; } );\n",
            rows[i].number);
        char *desired = text_format("t:2: the number %s is too large; write a "
            "smaller one, or L "
            "after one of more than 32 bits", rows[i].number);

        ck_assert_msg(source_read_text(&source, "t", text, &problem)
            == rows[i].fits, "row %zu: %s", i, rows[i].number);
        if (!rows[i].fits)
            same_problem(i, &problem, STATUS_CONFIG, desired);
        source_clear(&source);
        free(desired);
        free(text);
    }
}
END_TEST

START_TEST(what_libconfig_would_misread_has_a_sentence_with_its_line)
{
    static const struct {
        const char *text, *sentence;
    } rows[] = {
        { "a = (\n1, 99999999999 );", "t:2: the number 99999999999 is too "
          "large; write a smaller one, or L after one of more than 32 bits" },
        { "a = -99999999999;", "t:1: the number -99999999999 is too large; "
          "write a smaller one, or L "
          "after one of more than 32 bits" },
        { "a = 1;\numask = 027;", "t:2: the number 027 begins with 0, which "
          "some versions of libconfig take for octal; leave the 0 out, or "
          "write it in quotes" },
        { "a = [ 10, -089L ];", "t:1: the number -089L begins with 0, which "
          "some versions of libconfig take for octal; leave the 0 out, or "
          "write it in quotes" },
        { "a = +00LL;", "t:1: the number +00LL begins with 0, which some "
          "versions of libconfig take for octal; leave the 0 out, or write it "
          "in quotes" },
        { "environment = {\n  _X = \"1\"; };", "t:2: the key _X begins with "
          "_, which libconfig does not accept; in environment write the list "
          "form, as in environment = ( \"_X=...\" )" },
        { "a = ( 1, );", "t:1: there is a comma before this ); remove "
          "it" },
        { "a = [ 1, /* ) */ # )\n\n  ];", "t:3: there is a comma before this "
          "]; remove it" },
        { "a = ( \")\",\n{ b = ( \",\" ); },\t} );", "t:2: there is a comma "
          "before this }; remove it" },
        { "a = 1;\nb = \"", "t ends inside a string; close it" },
        { "a = 1; /* *", "t ends inside a comment; close it" },
        { "a = \"\\\"", "t ends inside a string; close it" },
        { "\n@include x", "t:2: write @include with a file name in double "
          "quotes" },
        { "@include", "t:1: write @include with a file name in double "
          "quotes" },
        { "@include \"\"", "t:1: write @include with a file name in double "
          "quotes" },
        { "@include \"x", "t:1: write @include with a file name in double "
          "quotes" },
        { "@include \"/etc/passwd\" workers = ();", "t:1: there is text "
          "after the name of the file to include; move it to a line of its "
          "own" },
        { "@include \"/etc/passwd\";", "t:1: there is text after the name "
          "of the file to include; move it to a line of its own" },
        { "/* */ \"x\n\";\n@include \"/none\"", "t:3: cannot read /none: No "
          "such file or directory; name a file that you can read" },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        ck_assert_msg(!source_read_text(&source, "t", rows[i].text, &problem),
            "row %zu: taken", i);
        same_problem(i, &problem, STATUS_CONFIG, rows[i].sentence);
        source_clear(&source);
    }
}
END_TEST

START_TEST(included_files_lie_beside_the_file_that_names_them)
{
    char *base = scratch_make(), *below = text_format("%s/sub", base);
    char *text = fill("\t @include\t\"%/sub/b\" # a note\n", base);

    ck_assert_int_eq(mkdir(below, 0755), 0);
    free(scratch_file(base, "main", "one\n@include \"sub/a\"\ntwo\n"
        "  @include \"last\"   // a note\r\nthree\n", 0644));
    free(scratch_file(below, "a", "a1\n@include \"b\"\na2", 0644));
    free(scratch_file(below, "b", "b1\n\n", 0644));
    free(scratch_file(base, "b", "the wrong b\n", 0644));
    free(scratch_file(base, "last", text, 0600));
    /* Where the caller stands does not matter. */
    ck_assert_int_eq(chdir("/"), 0);
    read_at(base, "main");
    no_problem(0, &problem);
    ck_assert_str_eq(source.text, "one\na1\nb1\n\na2\ntwo\nb1\n\nthree\n");
    for (size_t i = 0; i < 10; i++) {
        static const char *const places[] = { "%/main:1", "%/sub/a:1",
            "%/sub/b:1", "%/sub/b:2", "%/sub/a:3", "%/main:3", "%/sub/b:1",
            "%/sub/b:2", "%/main:5", "%/main:5" };
        char *desired = fill(places[i], base);

        same_place(i, i + 1, desired);
        free(desired);
    }
    source_clear(&source);
    ck_assert_int_eq(chdir(base), 0);
    ck_assert(source_read(&source, "main", &problem));
    same_place(10, 2, "sub/a:1");
    same_place(11, 0, "main");
    source_clear(&source);
    ck_assert_int_eq(chdir("/"), 0);
    free(text);
    free(below);
    scratch_remove(base);
}
END_TEST

START_TEST(what_cannot_be_read_or_included_has_a_sentence)
{
    static const struct {
        const char *text, *sentence;
    } rows[] = {
        { "\n@include \"main\"\n", "%/main:2 includes %/main, which is being "
          "read already; remove one of the two" },
        { "@include \"loop\"\n", "%/loop:1 includes %/main, which is being "
          "read already; remove one of the two" },
        { "a = ( 1,\n@include \"end\"\n", "%/end:1: there is a comma before "
          "this ); remove it" },
        { "@include \"none\"", "%/main:1: cannot read %/none: No such file "
          "or directory; name a file that you can read" },
        { "@include \"directory\"", "%/main:1: %/directory is not a file; "
          "name a file" },
        { "@include \"fifo\"", "%/main:1: %/fifo is not a file; name a file" },
        { "@include \"/dev/zero\"", "%/main:1: /dev/zero is not a file; name "
          "a file" },
        { "@include \"open\"", "%/open ends inside a string; close it" },
        { "@include \"big\"", "%/big is larger than 4 MiB; that is not a "
          "configuration" },
        { "@include \"nul\"", "%/nul has a NUL byte in it; that is not a "
          "configuration" },
        { "@include \"d0\"", "%/d9:1: %/d10 is included through more than 10 "
          "files; merge some of them" },
    };
    char *base = scratch_make(), *path;

    for (int i = 0; i < 12; i++) {
        char *name = text_format("d%d", i);
        char *text = text_format("@include \"d%d\"\n", i + 1);

        free(scratch_file(base, name, i < 11 ? text : "x\n", 0644));
        free(text);
        free(name);
    }
    free(scratch_file(base, "loop", "@include \"main\"\n", 0644));
    free(scratch_file(base, "end", ");\n", 0644));
    free(scratch_file(base, "open", "a = \"b\n", 0644));
    path = scratch_file(base, "nul", "a", 0644);
    ck_assert_int_eq(truncate(path, 3), 0);
    free(path);
    path = text_format("%s/directory", base);
    ck_assert_int_eq(mkdir(path, 0755), 0);
    free(path);
    path = text_format("%s/fifo", base);
    ck_assert_int_eq(mkfifo(path, 0644), 0);
    free(path);
    path = scratch_file(base, "big", "", 0644);
    ck_assert_int_eq(truncate(path, (4 << 20) + 1), 0);
    free(path);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *desired = fill(rows[i].sentence, base);

        free(scratch_file(base, "main", rows[i].text, 0644));
        ck_assert_msg(!read_at(base, "main"), "row %zu: taken", i);
        same_problem(i, &problem, STATUS_CONFIG, desired);
        source_clear(&source);
        free(desired);
    }
    /* A thousand in all, this one with them. */
    for (int i = 0; i < 1001; i++) {
        FILE *file = fopen(path = text_format("%s/main", base), i ? "a" : "w");

        ck_assert_ptr_nonnull(file);
        fputs("@include \"d11\"\n", file);
        ck_assert_int_eq(fclose(file), 0);
        free(path);
    }
    ck_assert(!read_at(base, "main"));
    path = fill("%/main:1000: more than 1000 files are included in all; merge "
        "some of them", base);
    same_problem(0, &problem, STATUS_CONFIG, path);
    source_clear(&source);
    free(path);
    /* Ten files deep is still right, and so is one file twice. */
    free(scratch_file(base, "main", "@include \"d2\"\n@include \"d11\"\n"
        "@include \"d11\"\n", 0644));
    read_at(base, "main");
    no_problem(0, &problem);
    ck_assert_str_eq(source.text, "x\nx\nx\n");
    source_clear(&source);
    scratch_remove(base);
}
END_TEST

START_TEST(a_file_that_others_can_write_is_not_read)
{
    char *base = scratch_make(), *desired;

    free(scratch_file(base, "main", "a\n@include \"b\"\n", 0644));
    free(scratch_file(base, "b", "b\n", 0664));
    ck_assert(!read_at(base, "main"));
    desired = fill("%/b can be written by others, who could make you run "
        "anything; chmod g-w %/b", base);
    same_problem(0, &problem, STATUS_PERMISSION, desired);
    source_clear(&source);
    free(desired);
    ck_assert(!read_at(base, "b"));
    problem_clear(&problem);
    source_clear(&source);
    scratch_remove(base);
}
END_TEST

START_TEST(four_mebibytes_are_read_from_a_file)
{
    char *base = scratch_make(), *text = malloc((4 << 20) + 1);

    memset(text, '#', 4 << 20);
    text[4 << 20] = '\0';
    memcpy(text, "@include \"b\"\n", strlen("@include \"b\"\n"));
    free(scratch_file(base, "b", "# b", 0644));
    free(scratch_file(base, "main", text, 0644));
    read_at(base, "main");
    no_problem(0, &problem);
    ck_assert_uint_eq(source.lines, 2);
    source_clear(&source);
    free(text);
    scratch_remove(base);
}
END_TEST

START_TEST(standard_input_is_a_source_without_includes)
{
    static const struct {
        const char *text, *read, *sentence;
    } rows[] = {
        { "a\n", "a\n", NULL },
        { "", "", NULL },
        { "a\n@include \"/etc/passwd\"\n", NULL, "-:2: a configuration from "
          "standard input cannot include files; insert their text" },
        { "\"", NULL, "- ends inside a string; close it" },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int channel[2], before = dup(STDIN_FILENO);

        ck_assert_int_eq(pipe(channel), 0);
        ck_assert_int_eq(write(channel[1], rows[i].text,
            strlen(rows[i].text)), (ssize_t)strlen(rows[i].text));
        close(channel[1]);
        dup2(channel[0], STDIN_FILENO);
        ck_assert(source_read(&source, "-", &problem) == (rows[i].read
            != NULL));
        if (rows[i].read)
            same_text(i, source.text, rows[i].read);
        else
            same_problem(i, &problem, STATUS_CONFIG, rows[i].sentence);
        source_clear(&source);
        dup2(before, STDIN_FILENO);
        close(channel[0]);
        close(before);
    }
}
END_TEST

START_TEST(standard_input_that_cannot_be_read_has_a_sentence)
{
    int before = dup(STDIN_FILENO), directory = open("/", O_RDONLY);

    dup2(directory, STDIN_FILENO);
    ck_assert(!source_read(&source, "-", &problem));
    same_problem(0, &problem, STATUS_CONFIG, "cannot read -: Is a directory; "
        "name a file that you can read");
    source_clear(&source);
    dup2(before, STDIN_FILENO);
    close(directory);
    close(before);
}
END_TEST

/* In files of 1 MB each, for one may not be much larger. */
static void
read_much(size_t size)
{
    enum { LENGTH = 1000, FILE_SIZE = 1000000 };
    char *directory = scratch_make(), *text = text_allocate(FILE_SIZE + 1, 1);
    struct text_stream includes;

    memset(text, '#', FILE_SIZE);
    for (size_t i = LENGTH - 1; i < FILE_SIZE; i += LENGTH)
        text[i] = '\n';
    text_open(&includes);
    for (size_t i = 0; i < size / FILE_SIZE; i++) {
        char *name = text_format("%zu", i);

        fprintf(includes.file, "@include \"%s\"\n", name);
        free(scratch_file(directory, name, text, 0600));
        free(name);
    }
    free(text);
    text = text_close(&includes);
    free(scratch_file(directory, "main", text, 0600));
    read_at(directory, "main");
    no_problem(0, &problem);
    ck_assert_uint_eq(strlen(source.text), size);
    source_clear(&source);
    free(text);
    scratch_remove(directory);
}

START_TEST(much_text_is_gone_through_once)
{
    grows_evenly(read_much);
}
END_TEST

UNIT_TESTS("source",
    a_text_stays_as_it_is_line_by_line,
    numbers_that_libconfig_would_wrap_are_refused,
    what_libconfig_would_misread_has_a_sentence_with_its_line,
    included_files_lie_beside_the_file_that_names_them,
    what_cannot_be_read_or_included_has_a_sentence,
    a_file_that_others_can_write_is_not_read,
    four_mebibytes_are_read_from_a_file,
    much_text_is_gone_through_once,
    standard_input_is_a_source_without_includes,
    standard_input_that_cannot_be_read_has_a_sentence)
