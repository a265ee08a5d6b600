/* test-options.c - the command line. */
#include "unit-help.h"

#include "cli/options.h"

static struct options options;
static struct problem problem;

/* Read the shell words of `line`, behind the program's name. */
static bool
read_line(const char *line)
{
    struct words words = {0};
    const char *reason;
    bool good;

    words_add(&words, "celery-tmux-launch");
    ck_assert(words_add_shell(&words, line, &reason));
    good = options_read(&options, (int)words.count, words.word, &problem);
    words_clear(&words);
    return good;
}

/* Everything that was given, in one line; settings behind it. */
static char *
summary(void)
{
    const struct {
        bool on;
        const char *name;
    } switches[] = {
        { options.dry_run, "dry_run" }, { options.no_wait, "no_wait" },
        { options.force, "force" }, { options.now, "now" },
        { options.json, "json" }, { options.follow, "follow" },
        { options.write, "write" }, { options.fold, "fold" },
        { options.hosts, "hosts" }, { options.last_run, "last_run" },
        { options.verbose, "verbose" }, { options.help, "help" },
        { options.version, "version" },
    };
    char *arguments = words_to_shell(&options.arguments);
    char *queues = words_to_shell(&options.queues);
    char *text = text_format("%s(%s)", options.command ? options.command
        : "", arguments);

    if (options.queues.count > 0)
        text_append(&text, " queues(%s)", queues);
    if (options.config)
        text_append(&text, " config(%s)", options.config);
    if (options.node)
        text_append(&text, " node(%s)", options.node);
    if (options.lines)
        text_append(&text, " lines(%s)", options.lines);
    if (options.format)
        text_append(&text, " format(%s)", options.format);
    if (options.worker)
        text_append(&text, " worker(%s)", options.worker);
    if (options.since)
        text_append(&text, " since(%s)", options.since);
    if (options.grep)
        text_append(&text, " grep(%s)", options.grep);
    if (options.until)
        text_append(&text, " until(%s)", options.until);
    if (options.timeout)
        text_append(&text, " timeout(%s)", options.timeout);
    for (size_t i = 0; i < COUNT_OF(switches); i++)
        if (switches[i].on)
            text_append(&text, " %s", switches[i].name);
    for (size_t id = 0; id < SETTING_COUNT; id++)
        if (options.layer.place[id]) {
            char *value = words_to_shell(&options.layer.value[id]);

            text_append(&text, " %s=%s", settings[id].key, value);
            free(value);
        }
    free(queues);
    free(arguments);
    return text;
}

START_TEST(a_command_line_is_read)
{
    static const struct {
        const char *line, *desired;
    } rows[] = {
        { "", "()" },
        { "start", "start()" },
        { "start gpu cpu", "start(gpu cpu)" },
        /* Every option, short and long, before and behind the command. */
        { "-c f start", "start() config(f)" },
        { "start -cf", "start() config(f)" },
        { "start --config f", "start() config(f)" },
        { "start --config=f", "start() config(f)" },
        { "start -c -", "start() config(-)" },
        { "start --config= a", "start(a) config()" },
        { "start -c a -c b", "start() config(b)" },
        { "--node n start", "start() node(n)" },
        { "--node=n start", "start() node(n)" },
        { "kill -q a", "kill() queues(a)" },
        { "kill -qa,b --queue c --queue=d", "kill() queues(a,b c d)" },
        { "start -N", "start() dry_run" },
        { "start --dry-run", "start() dry_run" },
        { "start --no-wait", "start() no_wait" },
        { "stop --force", "stop() force" },
        { "kill --now", "kill() now" },
        { "status --json", "status() json" },
        { "logs -n 5", "logs() lines(5)" },
        { "logs -n5", "logs() lines(5)" },
        { "logs --lines=5", "logs() lines(5)" },
        { "logs --lines -5", "logs() lines(-5)" },
        { "logs -f", "logs() follow" },
        { "logs --follow", "logs() follow" },
        { "attach --write", "attach() write" },
        { "hosts --fold a", "hosts(a) fold" },
        { "logs --last-run", "logs() last_run" },
        { "logs --since 10m --grep=x", "logs() since(10m) grep(x)" },
        { "logs --until x --timeout 5", "logs() until(x) timeout(5)" },
        { "hosts --worker gpu", "hosts() worker(gpu)" },
        { "check --hosts", "check() hosts" },
        { "settings --format=mdoc", "settings() format(mdoc)" },
        { "-v status", "status() verbose" },
        { "--verbose status", "status() verbose" },
        { "-h", "() help" }, { "--help", "() help" },
        { "-V", "() version" }, { "--version", "() version" },
        /* Letters share a dash; the last may have a value. */
        { "logs -vf", "logs() follow verbose" },
        { "logs -fn5 w", "logs(w) lines(5) follow" },
        { "logs -fn 5 w", "logs(w) lines(5) follow" },
        { "-vNc f start", "start() config(f) dry_run verbose" },
        { "logs -nf", "logs() lines(f)" },
        /* Behind -- all is words; a single - is one. */
        { "start -- -v --app=x", "start(-v --app=x)" },
        { "-- start -v", "start(-v)" },
        { "start -- -- a", "start(-- a)" },
        { "run -", "run(-)" },
        { "start ''", "start('')" },
        /* Settings. */
        { "start --app=x", "start() app=x" },
        { "start --app x y", "start(y) app=x" },
        { "start --app=", "start() app=''" },
        { "start --app ''", "start() app=''" },
        { "start --app=a=b", "start() app=a=b" },
        { "start --app --now", "start() app=--now" },
        { "start --app=a --app=b", "start() app=b" },
        { "start --worker-dir=/x --worker_dir=/y", "start() worker_dir=/y" },
        { "start --maxtasksperchild=5", "start() max_tasks_per_child=5" },
        { "start --max-tasks-per-child 05",
          "start() max_tasks_per_child=5" },
        { "start --Ofair", "start() Ofair=true" },
        { "start --beat w", "start(w) beat=true" },
        { "start --gossip=no w", "start(w) gossip=false" },
        { "start --extra-args=-x --extra-args='y z'",
          "start() extra_args=-x 'y z'" },
        { "start --environment=A=1 --environment B=2",
          "start() environment=A=1 B=2" },
        { "start --exclude-queues=a,b", "start() exclude_queues=a b" },
        { "start --nice -5", "start() nice=-5" },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *text;

        read_line(rows[i].line);
        no_problem(i, &problem);
        text = summary();
        same_text(i, text, rows[i].desired);
        free(text);
        options_clear(&options);
    }
}
END_TEST

START_TEST(what_is_wrong_is_wrong_usage)
{
    static const struct {
        const char *line, *sentence;
    } rows[] = {
        { "start -x", "there is no option -x; celery-tmux-launch --help "
          "lists them" },
        { "start -vx", "there is no option -x; celery-tmux-launch --help "
          "lists them" },
        { "start -c", "-c needs a value; write -c FILE" },
        { "start -vc", "-c needs a value; write -c FILE" },
        { "logs -n", "-n needs a value; write -n LINES" },
        { "start --config", "--config needs a value; write --config FILE" },
        { "start --node", "--node needs a value; write --node NAME" },
        { "kill --queue", "--queue needs a value; write --queue QUEUE" },
        { "kill --now=yes", "--now takes no value; leave out =yes" },
        { "start --app", "--app needs a value; write --app=VALUE" },
        { "start --forse", "there is no option --forse; did you mean "
          "--force?" },
        { "start --nowait", "there is no option --nowait; did you mean "
          "--no-wait?" },
        { "start --confg=x", "there is no option --confg; did you mean "
          "--config?" },
        { "start --concurency=2", "there is no option --concurency; did you "
          "mean --concurrency?" },
        { "start --worker-dri=2", "there is no option --worker-dri; did you "
          "mean --worker_dir?" },
        { "start --xyzzyxyzzy", "there is no option --xyzzyxyzzy; "
          "celery-tmux-launch --help lists them" },
        { "start ---", "there is no option ---; celery-tmux-launch --help "
          "lists them" },
        { "start --=x", "there is no option --; celery-tmux-launch --help "
          "lists them" },
        { "start --name=x", "--name can only be set in a configuration file; "
          "choose workers by name or --queue" },
        { "check --hosts=x", "--hosts takes no value; leave out =x" },
        { "start --instances=2", "--instances can only be set in a "
          "configuration file; choose workers by name or --queue" },
        { "start --queues=2", "--queues can only be set in a configuration "
          "file; choose workers by name or --queue" },
        { "start --nice=20", "--nice: nice is \"20\"; write a whole number "
          "from -20 to 19" },
        { "start --nice=99999999999999999999", "--nice: nice is "
          "\"99999999999999999999\"; write a whole number from -20 to 19" },
        { "start --beat=maybe", "--beat: beat is \"maybe\"; write true or "
          "false" },
        { "start --detach", "--detach: detach cannot be set: it "
          "would leave tmux; the session is already in the background" },
        { "start --logfile=x", "--logfile: logfile cannot be set: "
          "the worker prints in its tmux session; see the command logs" },
        { "start --environment=A", "--environment: environment has \"...\", "
          "which names no variable; write NAME=TEXT, the name of letters, "
          "digits and _" },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        ck_assert_msg(!read_line(rows[i].line), "row %zu: taken", i);
        same_problem(i, &problem, STATUS_USAGE, rows[i].sentence);
        options_clear(&options);
    }
}
END_TEST

START_TEST(an_option_that_a_command_does_not_take_is_refused)
{
    static const struct {
        const char *line;
        unsigned accepts;
        const char *sentence;
    } rows[] = {
        { "c -v -cx --node=n", 0, NULL },
        { "c a", ACCEPT_WORKERS, NULL },
        { "c a", ACCEPT_ARGUMENTS, NULL },
        { "c a", 0, "c takes no worker; leave out a" },
        { "c -q a", ACCEPT_WORKERS, NULL },
        { "c -q a", 0, "c takes no worker; leave out --queue" },
        { "c --app=a", ACCEPT_SETTINGS, NULL },
        { "c --app=a", ACCEPT_WORKERS, "c takes no settings; leave those "
          "options out" },
        { "c --state-dir=/a --app=a", ACCEPT_SETTINGS, NULL },
        { "c --state-dir=/a", ACCEPT_STATE_DIR, NULL },
        { "c --state-dir=/a", ACCEPT_WORKERS, "c takes no settings; leave "
          "those options out" },
        { "c --nice=3 --state-dir=/a", ACCEPT_STATE_DIR, "c starts workers "
          "with the settings of their records, and of settings it takes "
          "--state-dir alone; leave out --nice" },
        { "c -N", ACCEPT_DRY_RUN, NULL },
        { "c -N", ~0u & ~ACCEPT_DRY_RUN, "c does not take --dry-run; leave "
          "it out" },
        { "c --no-wait", ~0u & ~ACCEPT_NO_WAIT, "c does not take --no-wait; "
          "leave it out" },
        { "c --force", ~0u & ~ACCEPT_FORCE, "c does not take --force; leave "
          "it out" },
        { "c --now", ~0u & ~ACCEPT_NOW, "c does not take --now; leave it "
          "out" },
        { "c --json", ~0u & ~ACCEPT_JSON, "c does not take --json; leave it "
          "out" },
        { "c -n1", ~0u & ~ACCEPT_LINES, "c does not take --lines; leave it "
          "out" },
        { "c -f", ~0u & ~ACCEPT_FOLLOW, "c does not take --follow; leave it "
          "out" },
        { "c --write", ~0u & ~ACCEPT_WRITE, "c does not take --write; leave "
          "it out" },
        { "c --fold", ~0u & ~ACCEPT_FOLD, "c does not take --fold; leave it "
          "out" },
        { "c --last-run", ~0u & ~ACCEPT_LAST_RUN, "c does not take "
          "--last-run; leave it out" },
        { "c --since 1m", ~0u & ~ACCEPT_SINCE, "c does not take --since; "
          "leave it out" },
        { "c --grep x", ~0u & ~ACCEPT_GREP, "c does not take --grep; leave "
          "it out" },
        { "c --until x", ~0u & ~ACCEPT_UNTIL, "c does not take --until; "
          "leave it out" },
        { "c --timeout 1", ~0u & ~ACCEPT_TIMEOUT, "c does not take "
          "--timeout; leave it out" },
        { "c --worker w", ~0u & ~ACCEPT_WORKER, "c does not take --worker; "
          "leave it out" },
        { "c --hosts", ~0u & ~ACCEPT_HOSTS, "c does not take --hosts; leave "
          "it out" },
        { "c --format f", ~0u & ~ACCEPT_FORMAT, "c does not take --format; "
          "leave it out" },
        { "c -Nf --json a --app=x -n1 --write --fold --now --force "
          "--no-wait", ~0u, NULL },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        ck_assert(read_line(rows[i].line));
        ck_assert_msg(options_check(&options, rows[i].accepts, &problem)
            == (rows[i].sentence == NULL), "row %zu", i);
        same_problem(i, &problem, rows[i].sentence ? STATUS_USAGE
            : STATUS_DONE, rows[i].sentence);
        options_clear(&options);
    }
}
END_TEST

START_TEST(help_shows_the_options_that_a_command_takes)
{
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);

    options_print(stream, ACCEPT_LINES, NULL);
    fclose(stream);
    ck_assert_ptr_nonnull(strstr(text, "  -n, --lines LINES"));
    ck_assert_ptr_nonnull(strstr(text, "  -c, --config FILE"));
    ck_assert_ptr_null(strstr(text, "--force"));
    ck_assert_ptr_null(strstr(text, "KEY=VALUE"));
    free(text);
}
END_TEST

UNIT_TESTS("options",
    a_command_line_is_read,
    what_is_wrong_is_wrong_usage,
    an_option_that_a_command_does_not_take_is_refused,
    help_shows_the_options_that_a_command_takes)
