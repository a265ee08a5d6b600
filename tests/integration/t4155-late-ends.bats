#!/usr/bin/env bats
# bats file_tags=long,soak
#
# Nothing lost of what is acknowledged late, however the session ends.  For
# `make soak`; `make check` restarts such a worker.

load lib
load losses

@test "a session that is closed by hand loses no task acknowledged late" {
    with late
    survive close_session
}

@test "a tmux server that is killed loses no task acknowledged late" {
    with late
    survive kill_server
}
