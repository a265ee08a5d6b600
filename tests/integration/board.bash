# shellcheck shell=bash
#
# board.bash - drives celery-tmux-top in a tmux server of its own, by keys, and
# looks at what it shows.  Loaded behind lib.

# board_is_built: skip where ncurses or jansson is not there to build it with
board_is_built() {
    BOARD=$(dirname "$LAUNCH")/celery-tmux-top
    export BOARD
    [ -x "$BOARD" ] || fails pkg-config --exists ncursesw jansson ||
        { echo "there is no $BOARD"; return 1; }
    [ -x "$BOARD" ] || skip "celery-tmux-top was not built: no ncurses, or no jansson"
}

# shellcheck disable=SC2033 # "board" is a word here
on_board() {
    tmux -L board -f /dev/null "$@"
}

# shellcheck disable=SC2032
# board [-x COLUMNS] [-y LINES] [-e NAME=VALUE]... WORD...: begin it
board() {
    local x=80 y=24 line
    local -a set=(PS1=)

    while :; do
        case $1 in
        -x) x=$2 ;;
        -y) y=$2 ;;
        -e) set+=("$2") ;;
        *) break ;;
        esac
        shift 2
    done
    line=$(printf '%q ' env "${set[@]}" "$LAUNCH" top "$@")
    # What it says at its end is looked at, too.
    on_board new-session -d -x "$x" -y "$y" -s board \
        "$line; echo \"ended with \$?\"; exec sleep 1000"
}

# The next one is not to meet a server that is about to end.  The board ends
# before its terminal does: with a hang-up comes a SIGCONT, and a leak sanitizer
# that looks for leaks in that moment would wait for its SIGSTOP for ever.
board_end() {
    local pid shell

    read -r pid shell < <(on_board display-message -p -t board \
        '#{pid} #{pane_pid}' 2>/dev/null) || return 0
    pkill -P "$shell" || true
    wait_for fails pgrep -P "$shell"
    on_board kill-server 2>/dev/null || true
    wait_for fails is_running "$pid"
}

# press KEY...: as tmux names them
press() {
    on_board send-keys -t board "$@"
}

# shown: the screen, without blanks at the ends of lines and without the clock
shown() {
    on_board capture-pane -p -t board |
        sed -E -e '1s/[0-9]{2}:[0-9]{2}:[0-9]{2}$//' -e 's/ *$//'
}

# shows REGEX, for wait_for
shows() {
    shown | grep -qE -e "$1"
}

# is_shown TEXT: exactly this, for wait_for
is_shown() {
    diff <(shown) <(echo "$1")
}
