/*
 * scan.h - a configuration's lines, looked at before libconfig gets them, for
 * what not every version takes, or takes in silence for something else.
 */
#ifndef CONFIG_SCAN_H
#define CONFIG_SCAN_H

#include "base/problem.h"

/* What the end of a line lies in. */
enum scan_state { SCAN_PLAIN, SCAN_STRING, SCAN_COMMENT };

/*
 * Look at the next line, which stands at `place`.  `*state` is what the one
 * before ended in; `*comma`, whether nothing was said behind a comma yet.
 */
bool scan_line(const char *line, const char *place, enum scan_state *state,
    bool *comma, struct problem *problem);

#endif
