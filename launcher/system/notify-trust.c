/*
 * notify-trust.c - which messages are believed.
 *
 * The process that becomes Celery is known by its pid, and what runs below
 * it by its parents.  A setup command's daemons are below it, too, as long as
 * they live: they are told from Celery's own processes by when they began.
 */
#include "system/notify.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/text.h"

/*
 * Milliseconds that nobody is listened to after a stranger spoke; messages
 * that one call drops: more than the kernel lets wait, so that what was sent
 * before the call is heard.
 */
enum { DEAF = 50, DROPS = 1024 };

int
notify_deaf(const struct notify *notify)
{
    return notify->deaf_until ? clock_left(notify->deaf_until) : 0;
}

/* Can this message be believed, coming from whom it does? */
static bool
is_credible(const struct notify *notify, struct process main,
    const struct notify_message *message)
{
    if (!notify->executed)
        return message->executing && message->sender == notify->child;
    return (message->sender == main.pid && proc_is_alive(main))
        || proc_is_below_since(message->sender, notify->child,
            notify->moment);
}

bool
notify_hear(struct notify *notify, struct process main,
    struct notify_message *message)
{
    for (int i = 0; i < DROPS && notify_receive(notify, message); i++)
        if (message->sender > 0 && is_credible(notify, main, message)) {
            if (!notify->executed)
                notify->moment = message->moment;
            notify->executed = true;
            return true;
        } else
            notify->deaf_until = clock_now() + DEAF;
    return false;
}

void
notify_executing(const char *address)
{
    long long before = clock_ticks();
    char *text;

    /* Processes begun before and those begun from now on share no tick. */
    while (clock_ticks() == before)
        clock_sleep(1);
    text = text_format("STATUS=exec\nX_MOMENT=%lld", clock_ticks());
    notify_send(address, text);
    free(text);
}
