/*
 * screen.c - all there is of ncurses.
 */
#include "top/screen.h"

#include <errno.h>
#include <fcntl.h>
#include <ncurses.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "top/cell.h"

/*
 * The sequence of a key may come in parts over a slow line; so long we wait
 * for the rest before ESC is a key of its own.
 */
enum { ESCAPE_DELAY = 100 };

enum { PAIR_GOOD = 1, PAIR_WARN, PAIR_BAD };

#ifdef __SANITIZE_ADDRESS__
/*
 * ncurses keeps some of what it allocates, whatever is given back to it; up to
 * glibc 2.31 the trace of what it has tsearch(3) do ends there.
 */
const char *__lsan_default_suppressions(void), *__lsan_default_options(void);

const char *
__lsan_default_suppressions(void)
{
    return "leak:libncursesw\nleak:libtinfo\nleak:tsearch\n";
}

const char *
__lsan_default_options(void)
{
    return "print_suppressions=0";
}
#endif

static FILE *terminal;
static SCREEN *screen;
static bool coloured;

/* On the terminal's own background, dark or light. */
static void
choose_colours(void)
{
    const char *refused = getenv("NO_COLOR");

    coloured = (refused == NULL || *refused == '\0') && has_colors()
        && start_color() == OK && use_default_colors() == OK;
    if (!coloured)
        return;
    init_pair(PAIR_GOOD, COLOR_GREEN, -1);
    init_pair(PAIR_WARN, COLOR_MAGENTA, -1);
    init_pair(PAIR_BAD, COLOR_RED, -1);
}

bool
screen_open(struct problem *problem)
{
    const char *type = getenv("TERM");
    int descriptor = open("/dev/tty", O_RDWR | O_CLOEXEC);

    if (descriptor < 0)
        return problem_add(problem, STATUS_USAGE, "top needs a terminal: %s; "
            "use ssh -t, or status --json --follow", strerror(errno));
    terminal = fdopen(descriptor, "r+");
    set_escdelay(ESCAPE_DELAY);
    /* The terminal knows its size better than LINES and COLUMNS do. */
    use_tioctl(TRUE);
    screen = newterm(NULL, terminal, terminal);
    if (screen == NULL) {
        fclose(terminal);
        return problem_add(problem, STATUS_USAGE, "nothing is known of a "
            "terminal of the type %s; set TERM, to vt100 for one",
            type && *type ? type : "\"\"");
    }
    set_term(screen);
    if (tigetstr("cup") == NULL) {
        screen_close();
        return problem_add(problem, STATUS_USAGE, "a terminal of the type %s "
            "cannot move its cursor; set TERM, to vt100 for one", type);
    }
    cbreak();
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    curs_set(0);
    choose_colours();
    return true;
}

int
screen_descriptor(void)
{
    return fileno(terminal);
}

void
screen_suspend(void)
{
    endwin();
}

void
screen_resume(void)
{
    clearok(curscr, TRUE);
    flushinp();
    refresh();
}

void
screen_close(void)
{
    endwin();
    delscreen(screen);
    fclose(terminal);
}

int
screen_lines(void)
{
    return LINES;
}

int
screen_columns(void)
{
    return COLS;
}

void
screen_begin(void)
{
    erase();
}

static attr_t
attributes(enum look look, bool chosen)
{
    static const struct { attr_t plain; int pair; } looks[] = {
        [LOOK_PLAIN] = { A_NORMAL, 0 }, [LOOK_BOLD] = { A_BOLD, 0 },
        [LOOK_FAINT] = { A_NORMAL, 0 }, [LOOK_GOOD] = { A_NORMAL, PAIR_GOOD },
        [LOOK_WARN] = { A_BOLD, PAIR_WARN }, [LOOK_BAD] = { A_BOLD, PAIR_BAD },
        [LOOK_BAR] = { A_REVERSE, 0 },
    };
    attr_t found = looks[look].plain;

    if (chosen)
        return A_REVERSE | (found & A_BOLD);
    return coloured ? found | COLOR_PAIR(looks[look].pair) : found;
}

void
screen_put(int line, int column, const char *text, int columns, bool right,
    enum look look, bool chosen)
{
    char *cell;

    if (line < 0 || line >= LINES || column >= COLS)
        return;
    if (columns > COLS - column)
        columns = COLS - column;
    if (columns <= 0)
        return;
    cell = cell_text(text, columns, right);
    attrset(attributes(look, chosen));
    /* The last column of the last line has no place for the cursor behind. */
    (void)mvaddstr(line, column, cell);
    attrset(A_NORMAL);
    free(cell);
}

void
screen_end(void)
{
    refresh();
}

void
screen_redraw(void)
{
    clearok(curscr, TRUE);
}

int
screen_key(void)
{
    int key = getch();

    switch (key) {
    case ERR:
        return 0;
    case KEY_UP: return KEY_IS_UP;
    case KEY_DOWN: return KEY_IS_DOWN;
    case KEY_PPAGE: return KEY_IS_PAGE_UP;
    case KEY_NPAGE: return KEY_IS_PAGE_DOWN;
    case KEY_HOME: return KEY_IS_FIRST;
    case KEY_END: return KEY_IS_LAST;
    case KEY_ENTER: case '\r': case '\n': return KEY_IS_ENTER;
    case KEY_BACKSPACE: case '\b': case '\x7f': return KEY_IS_ERASE;
    case KEY_RESIZE: return KEY_IS_RESIZE;
    case '\033': return KEY_IS_ESCAPE;
    default:
        return key < 256 ? key : KEY_IS_OTHER;
    }
}
