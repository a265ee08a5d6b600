#!/usr/bin/env bats
#
# Whoever calls may ignore signals, as nohup does, or have begun the tmux
# server so: nothing of that reaches a worker, and nothing stays behind.

load lib
load stand-in

setup_file() {
    begin_file
    configure <<END
workers = ( { queue = "celery"; celery_cmd = "$(stand_in celery)"; } );
END
}

setup() {
    forget
}

# ignoring COMMAND...
ignoring() {
    env --ignore-signal=HUP,INT,QUIT,PIPE,TERM,CHLD,ALRM,USR1,XCPU \
        --block-signal=HUP,TERM,USR2 "$@"
}

# signals PID NAME: a mask of the process, without what tmux itself ignores:
# QUIT (INT before 3.2), PIPE, TSTP, TTIN and TTOU; and without 32 and 33, which
# the C library lets no program set, and ignores in what posix_spawn(3) begins
signals() {
    local own=2

    ! tmux_is_before 3.2 || own=1
    echo $((0x$(sed -n "s/^$2:\t//p" "/proc/$1/status") \
        & ~(1 << own | 1 << 12 | 1 << 19 | 1 << 20 | 1 << 21 | 3 << 31)))
}

@test "what the caller ignores or blocks neither server nor worker does" {
    ignoring "$LAUNCH" start
    server=$(tmux display-message -p -t =celery-celery: '#{pid}')
    grep ^Sig "/proc/$server/status"
    [ "$(signals "$server" SigIgn)" -eq 0 ]
    [ "$(signals "$server" SigBlk)" -eq 0 ]
    # Of MainProcess, as it began.
    [ "$(cat "$(seen celery signals)")" = '0 0000000000000000' ]
    [ "$("$LAUNCH" kill)" = 'celery: killed' ]
}

@test "Celery itself hears a hangup, and no placeholder stays" {
    redis_start
    configure_app tasks 'pool = "solo";'
    ignoring "$LAUNCH" start
    ignored=$(sed -n 's/^SigIgn:\t//p' "/proc/$(worker_pid celery)/status")
    echo "$ignored"
    [ "$((0x$ignored & 1))" -eq 0 ]
    server=$(tmux display-message -p -t =celery-celery: '#{pid}')
    [ "$(pgrep -P "$server")" = "$(runner_pid celery)" ]
    "$LAUNCH" kill
}

# A hangup gets lost where tmux forks with signals blocked and ignored it
# before: seldom, and so it is made here.
@test "the placeholder ends with its terminal though no hangup comes" {
    mkdir "$SCRATCH/noting"
    cat >"$SCRATCH/noting/tmux" <<END
#!/bin/sh
printf '%s\n' "\$@" >>'$SCRATCH/words'
exec $(command -v tmux) "\$@"
END
    chmod +x "$SCRATCH/noting/tmux"
    PATH=$SCRATCH/noting:$PATH "$LAUNCH" start
    # Of new-session: behind its directory, up to the end of the command.
    mapfile -t words < <(sed -n '/^-c$/,/^;$/{/^;$/q;p}' "$SCRATCH/words" |
        tail -n +3)
    echo "${words[@]}"
    [ "${#words[@]}" -ge 2 ]        # one alone would get a shell
    tmux new-session -d -s deaf env --ignore-signal=HUP "${words[@]}"
    deaf=$(tmux display-message -p -t =deaf: '#{pane_pid}')
    wait_for grep -q '^SigIgn:.*1$' "/proc/$deaf/status"
    wait_for eval '[ "$(cat "/proc/$deaf/comm")" = "${words[0]}" ]'
    tmux kill-session -t =deaf:
    wait_for -t 10 fails is_running "$deaf"
}
