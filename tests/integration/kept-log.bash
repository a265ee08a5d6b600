# shellcheck shell=bash
#
# kept-log.bash - what tests of the log that stays have in common: $RECORD of
# the worker "one", which keeps it, and an end that removes it.  Loaded behind
# lib and stand-in.

log_file_begin() {
    begin_file
    mkdir "$SCRATCH/seen"
    RECORD=$HOME/.local/state/celery-tmux/$(hostname)/celery-one
    export RECORD
}

teardown() {
    end_test
    forget
    rm -rf "$RECORD/log"
}

# kept TEXT, for wait_for: is a line with that text kept?
kept() {
    "$LAUNCH" logs one --grep "$1" | grep -q .
}
