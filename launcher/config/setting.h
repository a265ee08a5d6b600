/*
 * setting.h - the one table of settings.
 *
 * A row is everything the program knows about a setting.  The table drives
 * the configuration file, `--KEY=VALUE`, Celery's command line, the manual
 * page, the sample file and the import of a StarCluster configuration; to
 * add a setting is to add a row.
 *
 * A value is a list of words: one word for a scalar, any number for a list,
 * words "NAME=TEXT" for an environment.  No words: nothing was said.
 */
#ifndef CONFIG_SETTING_H
#define CONFIG_SETTING_H

#include <stdbool.h>

#include "base/problem.h"
#include "base/words.h"

/* In the order of the manual page and the sample file. */
enum setting_id {
    /* which worker */
    SETTING_NAME,
    SETTING_QUEUE,
    SETTING_HOSTS,
    SETTING_INSTANCES,
    /* what it runs */
    SETTING_APP,
    SETTING_BROKER,
    SETTING_RESULT_BACKEND,
    SETTING_WORKER_DIR,
    SETTING_CELERY_CMD,
    SETTING_VIRTUALENV,
    SETTING_WORKER_SETUP_CMD,
    SETTING_ROOT_SETUP_CMD,
    SETTING_EXTRA_ARGS,
    /* how much it does at once */
    SETTING_CONCURRENCY,
    SETTING_POOL,
    SETTING_AUTOSCALE,
    SETTING_PREFETCH_MULTIPLIER,
    SETTING_DISABLE_PREFETCH,
    SETTING_OFAIR,
    SETTING_OPTIMIZATION,
    SETTING_MAX_TASKS_PER_CHILD,
    SETTING_MAX_MEMORY_PER_CHILD,
    SETTING_TIME_LIMIT,
    SETTING_SOFT_TIME_LIMIT,
    /* how it speaks with the others */
    SETTING_HOSTNAME,
    SETTING_EXCLUDE_QUEUES,
    SETTING_INCLUDE,
    SETTING_HEARTBEAT,
    SETTING_HEARTBEAT_INTERVAL,
    SETTING_GOSSIP,
    SETTING_MINGLE,
    SETTING_TASK_EVENTS,
    SETTING_PURGE,
    /* what it prints and remembers */
    SETTING_LOGLEVEL,
    SETTING_NO_COLOR,
    SETTING_QUIET,
    SETTING_LOG_KEEP,
    SETTING_LOG_TO,
    SETTING_STATEDB,
    SETTING_BEAT,
    SETTING_SCHEDULE_FILENAME,
    SETTING_SCHEDULER,
    SETTING_LOADER,
    SETTING_CELERY_CONFIG,
    SETTING_SKIP_CHECKS,
    /* what surrounds it */
    SETTING_ENVIRONMENT,
    SETTING_ENV_FILE,
    SETTING_LD_LIBRARY_PATHS,
    SETTING_UMASK,
    SETTING_NICE,
    SETTING_NOFILE,
    SETTING_SHELL,
    SETTING_USER,
    /* how it is started and ended */
    SETTING_KILL_EXISTING,
    SETTING_PREFLIGHT,
    SETTING_SURGE,
    SETTING_SURGE_MAX,
    SETTING_START_TIMEOUT,
    SETTING_STOP_TIMEOUT,
    SETTING_AUTORESTART,
    SETTING_AUTORESTART_LIMIT,
    SETTING_WATCHDOG,
    SETTING_SESSION,
    SETTING_TMUX_HISTORY_LIMIT,
    SETTING_TMUX_SOCKET,
    SETTING_STATE_DIR,
    /* what comes before a start */
    SETTING_REMOUNT_DIR,
    SETTING_GIT_SYNC_DIR,
    SETTING_GIT_PULL_CMD,
    SETTING_GIT_SUBMODULE_UPDATE_CMD,
    SETTING_DELETE_PYC_FILES,
    SETTING_MASTER_SETUP_CMD,
    /* refused, with the reason */
    SETTING_DETACH,
    SETTING_LOGFILE,
    SETTING_PIDFILE,
    SETTING_UID,
    SETTING_GID,
    SETTING_EXECUTABLE,
    SETTING_WORKDIR,
    SETTING_COUNT
};

enum setting_type {
    TYPE_TEXT,          /* anything but control characters */
    TYPE_NAME,          /* the same, and UTF-8: people read it */
    TYPE_URL,           /* text with a password in it */
    TYPE_DIRECTORY,     /* an absolute path, or one that begins with ~ */
    TYPE_FILE,          /* a path that may be relative to worker_dir */
    TYPE_NUMBER,        /* whole, from minimum to maximum */
    TYPE_DECIMAL,       /* the same with a fraction */
    TYPE_SIZE,          /* bytes, "64M"; 0, or the minimum at least */
    TYPE_SWITCH,        /* "true" or "false" */
    TYPE_CHOICE,        /* one of choices */
    TYPE_CONCURRENCY,   /* a number, "50%" or "all-2" */
    TYPE_AUTOSCALE,     /* "MAX,MIN" or "MAX" */
    TYPE_UMASK,         /* octal */
    TYPE_COMMAND,       /* text for a shell */
    TYPE_WORDS,         /* a simple command in shell words */
    TYPE_HOSTS,         /* a host list */
    TYPE_LIST,          /* words; one text is split at `separator` */
    TYPE_ENVIRONMENT,   /* words NAME=TEXT */
    TYPE_REFUSED,
};

/* Which state of a switch puts its flag on the command line. */
enum setting_when { WHEN_ON, WHEN_OFF };

enum setting_use {
    USE_OURS,           /* the launcher acts on it */
    USE_WORKER,         /* a flag behind Celery's word "worker" */
    USE_CELERY,         /* a flag in front of it (F11) */
    USE_VARIABLE,       /* the environment variable named by `flag` (F5) */
    USE_NOTHING,        /* accepted, without effect */
};

/* The variable that no worker may have: TERM would cut its tasks off (F20). */
#define SETTING_REMAP "REMAP_SIGTERM"

struct setting {
    const char *key;
    enum setting_type type;
    const char *standard;       /* default, as one would write it; or NULL */
    long minimum, maximum;      /* of a number, or of the bytes of a path */
    const char *const *choices; /* NULL-terminated */
    char separator;             /* between the items of a list in one text */
    enum setting_use use;
    const char *flag;           /* a value is joined to it */
    enum setting_when when;
    const char *since;          /* the first Celery that knows the flag */
    const char *starcluster;    /* default in StarCluster, "" for none; NULL:
                                   it had no such setting */
    const char *starcluster_empty;  /* what "KEY =" meant there; NULL: the
                                   same as here, nothing */
    const char *heading;        /* of the group of settings it begins */
    const char *old[2];         /* older names */
    bool file_only;             /* no --KEY: it would be ambiguous */
    bool own;                   /* says something about one worker, so it
                                   cannot stand in defaults */
    bool layered;               /* a later layer adds to an earlier one */
    bool utf8;                  /* of TYPE_LIST: items as of TYPE_NAME */
    bool capitals;              /* Celery 5.0 takes it in capitals alone */
    bool none;                  /* "" is kept and means none, no default */
    bool live;                  /* taken over without a restart */
    const char *unit;           /* of a number, for people */
    const char *help;           /* a sentence; of a refused one the reason */
};

extern const struct setting settings[SETTING_COUNT];

/*
 * The setting that `key` names; `-` and `_` are the same in it and old names
 * count.  SETTING_COUNT when there is none.
 */
enum setting_id setting_find(const char *key);
/* The known key most like `key`, or NULL when none is near. */
const char *setting_nearest(const char *key);

/*
 * Check what somebody wrote for a setting and add it to `value` in its one
 * way of writing ("yes" becomes "true", "016" becomes "16").  `place` (as in
 * "file:12", or "--key") begins the sentence when it is wrong: false then,
 * with `status` and nothing added.
 *
 * One empty word is accepted for every type and stays: it means "as if never
 * said" to whoever merges layers.
 */
bool setting_read(enum setting_id id, const struct words *written,
    const char *place, enum status status, struct words *value,
    struct problem *problem);
/* How long a text or path may be, in bytes. */
size_t setting_longest(enum setting_id id);

#endif
