#!/usr/bin/env bats
#
# etc/systemd: systemd takes the units, as far as it can be asked without
# starting anything.

load lib

setup_file() {
    begin_file
    export UNITS=$ROOT/etc/systemd XDG_RUNTIME_DIR=$SCRATCH/runtime
    mkdir -m 700 "$XDG_RUNTIME_DIR"
}

# verify OPTION... UNIT...: silent and content
verify() {
    run systemd-analyze --man=no verify "$@"
    echo "$output"
    [ "$status" -eq 0 ]
    [ -z "$output" ]
}

@test "systemd-analyze verify has no complaint" {
    run systemd-analyze --man=no verify --user "$UNITS"/user/*
    [[ $output != *'Cannot determine cgroup'* ]] ||
        skip 'this systemd asks for control groups that are not there'
    verify --user "$UNITS"/user/*
    # It would have one.
    sed 's/^Type=oneshot/&s/' "$UNITS/user/celery-tmux.service" \
        >"$SCRATCH/celery-tmux.service"
    cp "$UNITS/user/celery-tmux.timer" "$SCRATCH"
    run systemd-analyze --man=no verify --user "$SCRATCH/celery-tmux.service"
    [[ $output = *oneshots* ]]
}

@test "to enable the timer enables the service" {
    mkdir -p "$SCRATCH/root/etc/systemd"
    cp -R "$UNITS"/* "$SCRATCH/root/etc/systemd"
    systemctl --root="$SCRATCH/root" --global enable celery-tmux.timer
    (cd "$SCRATCH/root/etc/systemd" && find . -type l | sort) \
        >"$SCRATCH/links"
    diff "$SCRATCH/links" - <<'END'
./user/default.target.wants/celery-tmux.service
./user/timers.target.wants/celery-tmux.timer
END
}

@test "tend runs in a scope, and everything it calls is in the unit's PATH" {
    local unit path words word

    for unit in "$UNITS"/*/*.service; do
        path=$(sed -n 's/^Environment=PATH=//p' "$unit")
        read -ra words < <(sed -n 's/^ExecStart=//p' "$unit")
        [[ ${words[*]} = 'systemd-run '*'--scope '*' celery-tmux-launch tend' ]]
        for word in systemd-run tmux; do
            env PATH="$path" "$BASH" -c 'type -P "$0"' "$word"
        done
    done
}
