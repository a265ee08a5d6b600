#!/usr/bin/env bats
# bats file_tags=soak
#
# Nothing lost: the session is closed while tasks run (F7).

load lib
load losses

@test "a session that is closed by hand loses no task" {
    with tasks
    survive close_session
}

is_traced() {
    grep -q '^TracerPid:.*[1-9]' "/proc/$1/status"
}

# With its last session a server would be gone long before this runner, which
# needs a second to read its signals, has looked; the runner keeps it.
@test "a closed session is a stop, and the record says so, however late it is seen" {
    with tasks 'pool = "solo";'
    # The leak finder cannot trace what is traced.
    ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 "$LAUNCH" start
    [ -z "$(tmux list-clients)" ]
    runner=$(runner_pid celery)
    server=$(tmux display-message -p -t =celery-celery: '#{pid}')
    strace -qq -o /dev/null -e trace=read \
        -e inject=read:delay_enter=1000000:when=1 -p "$runner" 3>&- &
    wait_for is_traced "$runner"
    tmux kill-session -t =celery-celery:
    wait_for eval '[ "$("$LAUNCH" status)" = "celery: stopped" ]'
    wait_for fails is_running "$server"
    "$LAUNCH" status -v | grep -q 'asked by closing its session'
    [ "$("$LAUNCH" status --json | "$PYTHON" -c \
        'import json,sys; print(json.load(sys.stdin)["last_run"]["asked_by"])'
        )" = 'closing its session' ]
}

@test "a session whose first words are others' is told when its runner does not come" {
    with tasks 'pool = "solo";'
    mkdir "$SCRATCH/bin"
    cat >"$SCRATCH/bin/tmux" <<END
#!/bin/bash
words=()
for word; do
    [ "\$word" != run ] || word=settings
    words+=("\$word")
done
exec $(command -v tmux) "\${words[@]}"
END
    chmod 755 "$SCRATCH/bin/tmux"
    run env PATH="$SCRATCH/bin:$PATH" "$LAUNCH" start
    echo "$output"
    [ "$status" -eq 69 ]
    [[ $output = *'its session exists, but celery-tmux-launch run does not start in it; '* ]]
}
