/*
 * clock.c - the time awake since boot, and a time of day for people.
 */
#include "base/clock.h"

#include <limits.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"

long long
clock_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

long long
clock_ticks(void)
{
    long a_second = sysconf(_SC_CLK_TCK);
    struct timespec now;

    clock_gettime(CLOCK_BOOTTIME, &now);
    return now.tv_sec * (long long)a_second
        + now.tv_nsec / (1000000000 / a_second);
}

int
clock_left(long long deadline)
{
    long long left = deadline - clock_now();

    return left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

void
clock_sleep(int milliseconds)
{
    struct timespec pause = {
        milliseconds / 1000, milliseconds % 1000 * 1000000L
    };

    nanosleep(&pause, NULL);
}

static char *
clock_date(const struct tm *date, const char *zone)
{
    return text_format("%04d-%02d-%02dT%02d:%02d:%02d%s",
        date->tm_year + 1900, date->tm_mon + 1, date->tm_mday, date->tm_hour,
        date->tm_min, date->tm_sec, zone);
}

char *
clock_text(long long seconds)
{
    time_t moment = seconds;
    struct tm date;

    return clock_date(gmtime_r(&moment, &date), "Z");
}

char *
clock_local(long long seconds)
{
    time_t moment = seconds;
    char *zone, *text;
    struct tm date;
    long minutes;

    tzset();
    localtime_r(&moment, &date);
    minutes = labs(date.tm_gmtoff) / 60;
    zone = text_format("%c%02ld:%02ld", date.tm_gmtoff < 0 ? '-' : '+',
        minutes / 60, minutes % 60);
    text = clock_date(&date, zone);
    free(zone);
    return text;
}

char *
clock_span(long long seconds)
{
    const struct { long long size; const char *name; } units[] = {
        { 86400, "d" }, { 3600, "h" }, { 60, "min" }, { 1, "s" },
    };
    size_t i = 0;

    /* From two of a unit on: 90 s says more than 1 min. */
    while (units[i].size > 1 && seconds < 2 * units[i].size)
        i++;
    return text_format("%lld %s", seconds / units[i].size, units[i].name);
}
