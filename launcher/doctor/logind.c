/*
 * logind.c - does systemd's logind end tmux when its user logs out?
 *
 * With KillUserProcesses it ends all that was started in a login, and `pdsh
 * celery-tmux-launch start` is a login.  What the user's own systemd started
 * is not in one, and with lingering that systemd stays.
 */
#include "doctor/doctor.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "system/spawn.h"

/*
 * The output of loginctl, behind a line break; NULL where no logind answers.
 */
static char *
logind_ask(const char *const *list)
{
    struct problem ignored = {0};
    struct words words = {0};
    char *printed, *text = NULL;
    int result;

    words_add(&words, "loginctl");
    for (; *list; list++)
        words_add(&words, *list);
    if (spawn_run(&words, &printed, &result, &ignored) && result == 0)
        text = text_format("\n%s", printed);
    free(printed);
    problem_clear(&ignored);
    words_clear(&words);
    return text;
}

/* Is the user one of the names behind KEY=? */
static bool
names_user(const char *text, const char *key, const char *user, bool *any)
{
    const char *value = strstr(text, key);
    struct words names = {0};
    char *line;
    bool found;

    *any = false;
    if (value == NULL)
        return false;
    value += strlen(key);
    line = text_copy_part(value, strcspn(value, "\n"));
    *any = *line != '\0';
    words_add_parts(&names, line, " ");
    found = words_contain(&names, user);
    words_clear(&names);
    free(line);
    return found;
}

/* Does logind end what `user` started in a login? */
static bool
ends_all(const char *manager, const char *user)
{
    bool any, only = names_user(manager, "\nKillOnlyUsers=", user, &any)
        || !any;

    return only && strstr(manager, "\nKillUserProcesses=yes")
        && !names_user(manager, "\nKillExcludeUsers=", user, &any);
}

static bool
lingers(const char *user)
{
    char *own = logind_ask((const char *const []){ "show-user", user,
        "--property=Linger", NULL });
    bool on = own != NULL && strstr(own, "\nLinger=yes");

    free(own);
    return on;
}

void
examine_logind(struct doctor *doctor)
{
    const char *user = doctor->context->node.user;
    char *manager = logind_ask((const char *const []){ "show-session",
        "--property=KillUserProcesses", "--property=KillOnlyUsers",
        "--property=KillExcludeUsers", NULL });

    if (manager == NULL)
        doctor_detail(doctor, "no logind here");
    else if (ends_all(manager, user) && lingers(user))
        doctor_warn(doctor, "logind has KillUserProcesses=yes and ends "
            "workers when the user who started them logs out; start them from "
            "%s's own systemd, which lingers, or set KillUserProcesses=no in "
            "/etc/systemd/logind.conf", user);
    else if (ends_all(manager, user))
        doctor_fail(doctor, STATUS_PERMISSION, "logind has "
            "KillUserProcesses=yes and ends tmux with all workers when you "
            "log out; set KillUserProcesses=no in /etc/systemd/logind.conf, "
            "or run loginctl enable-linger %s and start the workers from that "
            "user's systemd", user);
    free(manager);
}
