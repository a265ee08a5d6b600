/*
 * clock.h - milliseconds that only move forward.
 *
 * Deadlines, and which of two runs began first, are told by the time that
 * this machine has been awake since it booted: setting the clock changes
 * nothing, and who was given a minute has it even when the machine sleeps
 * meanwhile.  Such a time means something only together with the boot it
 * belongs to.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

/* Milliseconds that this machine has been awake since it booted. */
long long clock_now(void);
/*
 * Clock ticks since this machine booted, those that it slept among them: as
 * /proc tells when a process began (proc(5), starttime).
 */
long long clock_ticks(void);
/* Milliseconds until `deadline`, at least 0 and small enough for poll(2). */
int clock_left(long long deadline);
void clock_sleep(int milliseconds);
/* `seconds` since 1970 as 2026-11-24T05:14:35Z; freed by the caller. */
char *clock_text(long long seconds);
/* The same in local time with its zone, 2026-11-24T06:14:35+01:00. */
char *clock_local(long long seconds);
/* How long that is, for people: "40 s", "3 min", "2 h", "5 d"; as above. */
char *clock_span(long long seconds);

#endif
