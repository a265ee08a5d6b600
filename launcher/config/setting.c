/*
 * setting.c - the one table of settings.  How a value is read is told
 * in config/setting-read.c; what is done with it, by whoever uses the setting.
 */
#include "config/setting.h"

#include <limits.h>
#include <sys/un.h>

static const char *const levels[] = {
    "debug", "info", "warning", "error", "critical", "fatal", NULL
};
static const char *const pools[] = {
    "prefork", "solo", "threads", "eventlet", "gevent", "processes", "custom",
    NULL
};
static const char *const watchdogs[] = {
    "heal", "restart", "tell", "off", NULL
};
static const char *const logs[] = { "syslog", NULL };
static const char *const optimizations[] = { "default", "fair", NULL };

const struct setting settings[SETTING_COUNT] = {
[SETTING_NAME] = {
    .heading = "Which worker",
    .key = "name", .type = TYPE_NAME, .file_only = true,
    .own = true,
    .help = "The worker's name on the command line and in status; its queue "
        "by default.",
},
[SETTING_QUEUE] = {
    .key = "queue", .type = TYPE_LIST, .separator = ',', .standard = "celery",
    .starcluster = "celery",
    .use = USE_WORKER, .flag = "--queues=", .old = { "queues" },
    .file_only = true, .utf8 = true,
    .help = "The queue that the worker consumes, or several: one text with "
        "commas, or a list.",
},
[SETTING_HOSTS] = {
    .key = "hosts", .type = TYPE_HOSTS, .file_only = true,
    .own = true,
    .live = true,
    .help = "The nodes that the worker belongs on, as a host list; by default "
        "every node.",
},
[SETTING_INSTANCES] = {
    .key = "instances", .type = TYPE_NUMBER, .minimum = 1, .maximum = 1024,
    .standard = "1", .file_only = true,
    .live = true,
    .help = "How many of this worker run on a node; the second is named "
        "NAME+2.",
},

[SETTING_APP] = {
    .heading = "What it runs",
    .key = "app", .type = TYPE_TEXT, .use = USE_CELERY, .flag = "--app=",
    .starcluster = "",
    .help = "Python package or module with the Celery app.",
},
[SETTING_BROKER] = {
    .key = "broker", .type = TYPE_URL,
    .starcluster = "",
    .use = USE_VARIABLE, .flag = "CELERY_BROKER_URL",
    .help = "URL of the broker, instead of the app's; passed in the "
        "environment, never on a command line.",
},
[SETTING_RESULT_BACKEND] = {
    .key = "result_backend", .type = TYPE_URL,
    .use = USE_VARIABLE, .flag = "CELERY_RESULT_BACKEND",
    .help = "URL of the result backend, instead of the app's; passed in the "
        "environment.",
},
[SETTING_WORKER_DIR] = {
    .key = "worker_dir", .type = TYPE_DIRECTORY, .standard = "~",
    .starcluster = "",
    .help = "Directory where the worker runs.",
},
[SETTING_CELERY_CMD] = {
    .key = "celery_cmd", .type = TYPE_WORDS,
    .starcluster = "celery",
    .help = "How to call Celery, relative to worker_dir: one simple command "
        "in shell words, such as ../venv/bin/celery; by default the celery "
        "beside celery-tmux-launch, where both are in one environment and "
        "virtualenv names no other, else celery.",
},
[SETTING_VIRTUALENV] = {
    .key = "virtualenv", .type = TYPE_FILE,
    .help = "Virtual environment, relative to worker_dir; its bin directory "
        "comes first in PATH.",
},
[SETTING_WORKER_SETUP_CMD] = {
    .key = "worker_setup_cmd", .type = TYPE_COMMAND,
    .starcluster = "",
    .help = "Shell command that runs in the session before Celery, in the "
        "home directory; if it fails, so does the start.",
},
[SETTING_ROOT_SETUP_CMD] = {
    .key = "root_setup_cmd", .type = TYPE_COMMAND,
    .starcluster = "",
    .help = "Shell command that runs on the node as root before the worker "
        "starts.",
},
[SETTING_EXTRA_ARGS] = {
    .key = "extra_args", .type = TYPE_LIST,
    .help = "Further arguments for the end of Celery's command line.",
},

[SETTING_CONCURRENCY] = {
    .heading = "How much it does at once",
    .key = "concurrency", .type = TYPE_CONCURRENCY,
    .starcluster = "",
    .minimum = 1, .maximum = 100000,
    .use = USE_WORKER, .flag = "--concurrency=",
    .help = "Tasks at the same time: a number, or a share of the processors "
        "that the worker may use, such as \"50%\" or \"all-2\"; by default "
        "every processor.",
},
[SETTING_POOL] = {
    .key = "pool", .type = TYPE_CHOICE, .choices = pools,
    .use = USE_WORKER, .flag = "--pool=",
    .help = "How tasks run side by side; by default the app's choice.",
},
[SETTING_AUTOSCALE] = {
    .key = "autoscale", .type = TYPE_AUTOSCALE, .minimum = 0,
    .maximum = 100000, .use = USE_WORKER, .flag = "--autoscale=",
    .help = "Largest and smallest number of pool processes, as \"10,3\".",
},
[SETTING_PREFETCH_MULTIPLIER] = {
    .key = "prefetch_multiplier", .type = TYPE_NUMBER, .minimum = 0,
    .maximum = 1000000, .use = USE_WORKER, .flag = "--prefetch-multiplier=",
    .help = "How many messages each process reserves ahead.",
},
[SETTING_DISABLE_PREFETCH] = {
    .key = "disable_prefetch", .type = TYPE_SWITCH,
    .use = USE_WORKER, .flag = "--disable-prefetch", .since = "5.6",
    .help = "Reserve no message before a process is free for it.",
},
[SETTING_OFAIR] = {
    .key = "Ofair", .type = TYPE_SWITCH, .standard = "true",
    .starcluster = "true",
    .starcluster_empty = "false",
    .use = USE_NOTHING,
    .help = "Accepted for StarCluster's sake, without effect: optimization "
        "is fair.",
},
[SETTING_OPTIMIZATION] = {
    .key = "optimization", .type = TYPE_CHOICE, .choices = optimizations,
    .standard = "fair", .use = USE_WORKER, .flag = "-O",
    .help = "Celery's optimization profile.  The two differ in Celery 5.0.0 "
        "alone, where a task of default may wait behind a long one while "
        "other processes have nothing to do.",
},
[SETTING_MAX_TASKS_PER_CHILD] = {
    .key = "max_tasks_per_child", .type = TYPE_NUMBER, .minimum = 1,
    .starcluster = "1024",
    .starcluster_empty = "2147483647",
    .maximum = INT_MAX, .standard = "1024",
    .use = USE_WORKER, .flag = "--max-tasks-per-child=",
    .old = { "maxtasksperchild" },
    .help = "Replace a pool process after this many tasks.",
},
[SETTING_MAX_MEMORY_PER_CHILD] = {
    .key = "max_memory_per_child", .type = TYPE_NUMBER, .minimum = 1,
    .maximum = LONG_MAX, .unit = "KiB",
    .use = USE_WORKER, .flag = "--max-memory-per-child=",
    .help = "Replace a pool process after a task that left it larger than "
        "this.",
},
[SETTING_TIME_LIMIT] = {
    .key = "time_limit", .type = TYPE_DECIMAL, .minimum = 0,
    .maximum = INT_MAX, .unit = "s",
    .use = USE_WORKER, .flag = "--time-limit=",
    .help = "A task that runs longer is killed.",
},
[SETTING_SOFT_TIME_LIMIT] = {
    .key = "soft_time_limit", .type = TYPE_DECIMAL, .minimum = 0,
    .maximum = INT_MAX, .unit = "s",
    .use = USE_WORKER, .flag = "--soft-time-limit=",
    .help = "A task that runs longer gets an exception.",
},

[SETTING_HOSTNAME] = {
    .heading = "How it speaks with the others",
    .key = "hostname", .type = TYPE_TEXT,
    .use = USE_WORKER, .flag = "--hostname=",
    .help = "Celery's node name of the worker, with Celery's own %h, %n and "
        "%d; NAME@%h when empty.",
},
[SETTING_EXCLUDE_QUEUES] = {
    .key = "exclude_queues", .type = TYPE_LIST, .separator = ',',
    .use = USE_WORKER, .flag = "--exclude-queues=",
    .help = "Queues that the worker does not consume.",
},
[SETTING_INCLUDE] = {
    .key = "include", .type = TYPE_LIST, .separator = ',',
    .use = USE_WORKER, .flag = "--include=",
    .help = "Further modules that the worker imports.",
},
[SETTING_HEARTBEAT] = {
    .key = "heartbeat", .type = TYPE_SWITCH, .standard = "true",
    .use = USE_WORKER, .flag = "--without-heartbeat", .when = WHEN_OFF,
    .help = "Send event heartbeats.",
},
[SETTING_HEARTBEAT_INTERVAL] = {
    .key = "heartbeat_interval", .type = TYPE_NUMBER, .minimum = 1,
    .starcluster = "5",
    .starcluster_empty = "2",
    .maximum = 86400, .unit = "s", .standard = "5",
    .use = USE_WORKER, .flag = "--heartbeat-interval=",
    .help = "Time between two heartbeats.",
},
[SETTING_GOSSIP] = {
    .key = "gossip", .type = TYPE_SWITCH, .standard = "false",
    .starcluster = "false",
    .starcluster_empty = "false",
    .use = USE_WORKER, .flag = "--without-gossip", .when = WHEN_OFF,
    .help = "Let workers exchange events with one another.",
},
[SETTING_MINGLE] = {
    .key = "mingle", .type = TYPE_SWITCH, .standard = "true",
    .use = USE_WORKER, .flag = "--without-mingle", .when = WHEN_OFF,
    .help = "Synchronize with the other workers at start.",
},
[SETTING_TASK_EVENTS] = {
    .key = "task_events", .type = TYPE_SWITCH,
    .use = USE_WORKER, .flag = "--task-events", .old = { "events" },
    .help = "Send the events that monitors such as flower show.",
},
[SETTING_PURGE] = {
    .key = "purge", .type = TYPE_SWITCH,
    .use = USE_WORKER, .flag = "--purge", .old = { "discard" },
    .help = "Discard every waiting task at start.",
},

[SETTING_LOGLEVEL] = {
    .heading = "What it prints and remembers",
    .key = "loglevel", .type = TYPE_CHOICE, .choices = levels,
    .starcluster = "info",
    .starcluster_empty = "warning",
    .standard = "info", .use = USE_WORKER, .flag = "--loglevel=",
    .capitals = true,
    .help = "How much the worker prints.",
},
[SETTING_NO_COLOR] = {
    .key = "no_color", .type = TYPE_SWITCH,
    .use = USE_CELERY, .flag = "--no-color",
    .help = "Print without colours.",
},
[SETTING_QUIET] = {
    .key = "quiet", .type = TYPE_SWITCH,
    .use = USE_CELERY, .flag = "--quiet",
    .help = "Print no banner.",
},
[SETTING_LOG_KEEP] = {
    .key = "log_keep", .type = TYPE_SIZE, .standard = "0",
    .minimum = 65536,
    .help = "How much of what the worker prints its record keeps, for logs "
        "--since, --grep and --until; 0 keeps nothing.",
},
[SETTING_LOG_TO] = {
    .key = "log_to", .type = TYPE_CHOICE, .choices = logs,
    .help = "Where every line that the worker prints is sent as well: to the "
        "system's log, as logger(1) sends it.",
},
[SETTING_STATEDB] = {
    .key = "statedb", .type = TYPE_FILE,
    .use = USE_WORKER, .flag = "--statedb=",
    .help = "File that remembers revoked tasks, relative to worker_dir.",
},
[SETTING_BEAT] = {
    .key = "beat", .type = TYPE_SWITCH,
    .use = USE_WORKER, .flag = "--beat",
    .help = "Run the scheduler of periodic tasks inside this worker; for one "
        "worker of the whole cluster.",
},
[SETTING_SCHEDULE_FILENAME] = {
    .key = "schedule_filename", .type = TYPE_FILE,
    .use = USE_WORKER, .flag = "--schedule-filename=", .old = { "schedule" },
    .help = "File where beat remembers what ran last, relative to worker_dir.",
},
[SETTING_SCHEDULER] = {
    .key = "scheduler", .type = TYPE_TEXT,
    .use = USE_WORKER, .flag = "--scheduler=",
    .help = "Class of beat's scheduler.",
},
[SETTING_LOADER] = {
    .key = "loader", .type = TYPE_TEXT,
    .use = USE_CELERY, .flag = "--loader=",
    .help = "Class of Celery's loader.",
},
[SETTING_CELERY_CONFIG] = {
    .key = "celery_config", .type = TYPE_TEXT,
    .use = USE_CELERY, .flag = "--config=",
    .help = "Python module with Celery's own configuration.",
},
[SETTING_SKIP_CHECKS] = {
    .key = "skip_checks", .type = TYPE_SWITCH,
    .use = USE_CELERY, .flag = "--skip-checks", .since = "5.3",
    .help = "Skip Django's checks at start.",
},

[SETTING_ENVIRONMENT] = {
    .heading = "What surrounds it",
    .key = "environment", .type = TYPE_ENVIRONMENT, .layered = true,
    .help = "Environment variables, as a group { NAME = \"TEXT\"; } or a list "
        "of \"NAME=TEXT\".  A later layer adds to an earlier one.  "
        "REMAP_SIGTERM is refused: stop and restart would cut tasks off.",
},
[SETTING_ENV_FILE] = {
    .key = "env_file", .type = TYPE_FILE,
    .help = "File with a line NAME=TEXT for each environment variable, "
        "relative to worker_dir; environment wins over it.  Nobody else may "
        "have write access.",
},
[SETTING_LD_LIBRARY_PATHS] = {
    .key = "ld_library_paths", .type = TYPE_LIST, .separator = ':',
    .starcluster = "/usr/local/lib",
    .old = { "ld_library_path" },
    .help = "Directories to put before LD_LIBRARY_PATH.",
},
[SETTING_UMASK] = {
    .key = "umask", .type = TYPE_UMASK, .standard = "022",
    .help = "The worker's file mode creation mask, octal.",
},
[SETTING_NICE] = {
    .key = "nice", .type = TYPE_NUMBER, .minimum = -20, .maximum = 19,
    .help = "The worker's nice value; unchanged by default.",
},
[SETTING_NOFILE] = {
    .key = "nofile", .type = TYPE_NUMBER, .minimum = 16, .maximum = 1 << 30,
    .help = "How many files the worker may have open; by default the soft "
        "limit is unchanged.",
},
[SETTING_SHELL] = {
    .key = "shell", .type = TYPE_DIRECTORY,
    .help = "Shell that runs the setup commands; /bin/bash where it exists, "
        "else /bin/sh.",
},
[SETTING_USER] = {
    .key = "user", .type = TYPE_NAME,
    .starcluster = "ubuntu",
    .help = "The user whose worker it is; only root can start another user's.",
},

[SETTING_KILL_EXISTING] = {
    .heading = "How it is started and ended",
    .key = "kill_existing", .type = TYPE_SWITCH, .standard = "true",
    .starcluster = "true",
    .starcluster_empty = "false",
    .live = true,
    .help = "Whether start restarts a running worker instead of leaving it "
        "alone.",
},
[SETTING_PREFLIGHT] = {
    .key = "preflight", .type = TYPE_SWITCH, .standard = "true",
    .live = true,
    .help = "Whether start, restart and apply try the new worker as far as "
        "the import of its app before they end the running one, which goes on "
        "if that fails.  worker_setup_cmd runs once more for it.",
},
[SETTING_SURGE] = {
    .key = "surge", .type = TYPE_SWITCH, .standard = "false", .live = true,
    .help = "Whether a restart begins the new worker beside the running one, "
        "which is asked to end when the new one is ready; it takes the memory "
        "of both.",
},
[SETTING_SURGE_MAX] = {
    .key = "surge_max", .type = TYPE_NUMBER, .minimum = 1, .maximum = 100,
    .standard = "2", .live = true,
    .help = "How many old workers may still be draining when surge begins "
        "another.",
},
[SETTING_START_TIMEOUT] = {
    .key = "start_timeout", .type = TYPE_NUMBER, .minimum = 1,
    .maximum = 86400, .unit = "s", .standard = "60", .live = true,
    .help = "How long start waits until the worker is ready.",
},
[SETTING_STOP_TIMEOUT] = {
    .key = "stop_timeout", .type = TYPE_NUMBER, .minimum = 0,
    .maximum = 604800, .unit = "s", .standard = "60", .live = true,
    .help = "How long running tasks may take to finish before stop gives up "
        "and kill forces.",
},
[SETTING_AUTORESTART] = {
    .key = "autorestart", .type = TYPE_SWITCH, .standard = "true",
    .live = true,
    .help = "Whether a worker that was ready and ends by itself is started "
        "again at once, without tend.",
},
[SETTING_AUTORESTART_LIMIT] = {
    .key = "autorestart_limit", .type = TYPE_NUMBER, .minimum = 1,
    .maximum = 100, .standard = "5", .live = true,
    .help = "How often in ten minutes the worker is started again without "
        "anybody's asking; the workers of a node together, four times as "
        "often.",
},
[SETTING_WATCHDOG] = {
    .key = "watchdog", .type = TYPE_CHOICE, .choices = watchdogs,
    .standard = "heal",
    .help = "What to do about a worker that is stuck: heal has it connect to "
        "its broker again, restart also restarts it if that does not help, "
        "tell only reports it, off does not watch.",
},
[SETTING_SESSION] = {
    .key = "session", .type = TYPE_NAME,
    .own = true,
    .help = "Name of the tmux session; by default celery-QUEUE.",
},
[SETTING_TMUX_HISTORY_LIMIT] = {
    .key = "tmux_history_limit", .type = TYPE_NUMBER, .minimum = 0,
    .starcluster = "10000",
    .maximum = INT_MAX, .unit = "lines", .standard = "10000",
    .help = "How much of the worker's output the session keeps.",
},
[SETTING_TMUX_SOCKET] = {
    .key = "tmux_socket", .type = TYPE_DIRECTORY,
    .maximum = sizeof ((struct sockaddr_un *)0)->sun_path - 1,
    .help = "Socket of the tmux server; by default that of your own server.",
},
[SETTING_STATE_DIR] = {
    .key = "state_dir", .type = TYPE_DIRECTORY,
    .standard = "~/.local/state/celery-tmux",
    .help = "Directory of the workers' records.",
},

[SETTING_REMOUNT_DIR] = {
    .heading = "What comes before a start",
    .key = "remount_dir", .type = TYPE_DIRECTORY,
    .starcluster = "",
    .live = true,
    .help = "File system to remount before any code runs, to see changes on "
        "NFS; on nodes only if kill_existing is true.",
},
[SETTING_GIT_SYNC_DIR] = {
    .key = "git_sync_dir", .type = TYPE_DIRECTORY,
    .starcluster = "",
    .live = true,
    .help = "Clone of the git repository with the workers' code, which sync "
        "updates.",
},
[SETTING_GIT_PULL_CMD] = {
    .key = "git_pull_cmd", .type = TYPE_COMMAND,
    .starcluster = "git pull origin master",
    .standard = "git pull --ff-only", .none = true,
    .live = true,
    .help = "How sync updates git_sync_dir; if empty, not at all.",
},
[SETTING_GIT_SUBMODULE_UPDATE_CMD] = {
    .key = "git_submodule_update_cmd", .type = TYPE_COMMAND,
    .starcluster = "git submodule init; git submodule update",
    .standard = "git submodule update --init --recursive", .none = true,
    .live = true,
    .help = "How sync updates the submodules of git_sync_dir; if empty, not "
        "at all.",
},
[SETTING_DELETE_PYC_FILES] = {
    .key = "delete_pyc_files", .type = TYPE_SWITCH, .standard = "true",
    .starcluster = "true",
    .starcluster_empty = "false",
    .live = true,
    .help = "Whether sync deletes *.pyc below worker_dir.",
},
[SETTING_MASTER_SETUP_CMD] = {
    .key = "master_setup_cmd", .type = TYPE_COMMAND,
    .starcluster = "",
    .live = true,
    .help = "Shell command that sync runs at its end, once, on the head.",
},

[SETTING_DETACH] = {
    .heading = "Refused",
    .key = "detach", .type = TYPE_REFUSED,
    .help = "it would leave tmux; the session is already in the background",
},
[SETTING_LOGFILE] = {
    .key = "logfile", .type = TYPE_REFUSED,
    .help = "the worker prints in its tmux session; see the command logs",
},
[SETTING_PIDFILE] = {
    .key = "pidfile", .type = TYPE_REFUSED,
    .help = "the worker's record knows its processes; see status --json",
},
[SETTING_UID] = {
    .key = "uid", .type = TYPE_REFUSED, .help = "write user = \"NAME\"",
},
[SETTING_GID] = {
    .key = "gid", .type = TYPE_REFUSED,
    .help = "write user = \"NAME\"; that user's groups are used",
},
[SETTING_EXECUTABLE] = {
    .key = "executable", .type = TYPE_REFUSED,
    .help = "write celery_cmd or virtualenv",
},
[SETTING_WORKDIR] = {
    .key = "workdir", .type = TYPE_REFUSED, .help = "write worker_dir",
},
};
