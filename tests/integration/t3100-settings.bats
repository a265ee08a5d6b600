#!/usr/bin/env bats
# bats file_tags=sanitized
#
# The table of settings and what is printed of it.

load lib

@test "etc/celery-tmux.conf is what settings --format=sample prints" {
    diff "$ROOT/etc/celery-tmux.conf" <("$LAUNCH" settings --format=sample)
}

@test "the sample is right as it stands, and with every default written out" {
    run "$LAUNCH" --config="$ROOT/etc/celery-tmux.conf" check --dry-run
    [ "$status" -eq 0 ]
    sed 's/^    #\([a-z_A-Z]* =\)/    \1/' "$ROOT/etc/celery-tmux.conf" \
        >"$SCRATCH/all.conf"
    [ "$(grep -c '^    [a-z_A-Z]* =' "$SCRATCH/all.conf")" -ge 55 ]
    run "$LAUNCH" --config="$SCRATCH/all.conf" check --dry-run
    [ "$status" -eq 0 ]
    # Defaults that are written out change nothing.
    diff <("$LAUNCH" --config="$ROOT/etc/celery-tmux.conf" show) \
        <("$LAUNCH" --config="$SCRATCH/all.conf" show)
}

@test "the manual page renders each fact of a setting as a line" {
    page=$(mandoc -Tascii -O width=78 "$ROOT/launcher/celery-tmux.conf.5" |
        sed 's/.\x08//g')
    # A comma or a colon alone would be punctuation there.
    fails grep -E ' (with|=) ?[,:]$' <<<"$page"
    [ "$(grep -c 'one text with commas$' <<<"$page")" -eq 3 ]
    [ "$(grep -c 'one text with colons$' <<<"$page")" -eq 1 ]
    [ "$(grep -cE '(Default|Flag|Variable|Since Celery): ?' <<<"$page")" \
        -ge 50 ]
    fails grep -E '[^ ] +(Default|Flag|Variable|Since Celery): ' <<<"$page"
    grep -q 'concurrency = a number, "50%" or "all-2"$' <<<"$page"
}

@test "the manual page of the configuration has what --format=mdoc prints" {
    diff <(sed -n '/BEGIN SETTINGS/,/END SETTINGS/p' \
        "$ROOT/launcher/celery-tmux.conf.5" | sed '1d;$d') \
        <("$LAUNCH" settings --format=mdoc)
    mandoc -Tlint -W warning "$ROOT/launcher/celery-tmux.conf.5"
}

@test "--format=starcluster has every setting that its README lists" {
    "$LAUNCH" settings --format=starcluster | cut -f 1 >"$SCRATCH/names"
    for name in git_sync_dir worker_dir app queue concurrency kill_existing \
        delete_pyc_files worker_setup_cmd master_setup_cmd celery_cmd \
        remount_dir broker ld_library_paths heartbeat_interval \
        maxtasksperchild Ofair loglevel user tmux_history_limit; do
        grep -qx "$name" "$SCRATCH/names"
    done
}

@test "an unknown format is wrong usage" {
    run "$LAUNCH" settings --format=xml
    [ "$status" -eq 64 ]
    [[ $output = *'there is no format xml; write text, sample'* ]]
}

@test "every setting changes what show prints, or it is said here why not" {
    # What is known on the node alone, or when a worker is started or ended.
    silent=' hosts instances Ofair root_setup_cmd env_file umask nice nofile
        shell user kill_existing preflight surge surge_max start_timeout
        stop_timeout log_keep log_to autorestart autorestart_limit remount_dir git_sync_dir git_pull_cmd
        git_submodule_update_cmd delete_pyc_files master_setup_cmd '
    value() {
        case $1 in
        disable_prefetch | gossip | task_events | purge | no_color | quiet | \
        beat | skip_checks) echo true ;;
        heartbeat | mingle | Ofair | kill_existing | preflight | \
        delete_pyc_files)
            echo false ;;
        pool) echo solo ;;
        loglevel) echo debug ;;
        optimization) echo default ;;
        watchdog) echo tell ;;
        autoscale) echo 9,3 ;;
        environment) echo A=B ;;
        worker_dir | state_dir | tmux_socket | remount_dir | git_sync_dir | \
        shell) echo /another ;;
        umask) echo 077 ;;
        hosts) echo 'a[1-2]' ;;
        instances | *timeout | nice | nofile | *limit | *interval | \
        *_child | *multiplier | concurrency) echo 17 ;;
        *) echo other ;;
        esac
    }
    configure <<<'workers = ( { queue = "celery"; } );'
    "$LAUNCH" show >"$SCRATCH/before"
    count=0
    for key in $("$LAUNCH" settings | sed -n '/^Refused/q; s/^  \([a-zA-Z_]*\) .*/\1/p'); do
        count=$((count + 1))
        [[ $silent != *[[:space:]]"$key"[[:space:]]* ]] || continue
        configure <<<"workers = ( { $key = \"$(value "$key")\"; } );"
        "$LAUNCH" show >"$SCRATCH/after"
        fails cmp -s "$SCRATCH/before" "$SCRATCH/after"
    done
    echo "$count settings"
    [ "$count" -ge 58 ]
}
