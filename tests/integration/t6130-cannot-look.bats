#!/usr/bin/env bats
#
# "Cannot look" is not "dead": with too few descriptors, or without /proc, a
# healthy worker is neither ended nor doubled.  What a command cannot do then
# it says.

load lib
load stand-in

setup_file() {
    begin_file
    configure <<CONF
defaults = { worker_dir = "$APP_DIR"; stop_timeout = 20; kill_existing = false; };
workers = ( { queue = "celery"; celery_cmd = "$(stand_in celery)"; } );
CONF
}

# Limits of open files, from where not even the loader gets on to where all is
# well; and fewer of them for what takes its time.
ALL='3 4 5 6 7 8 9 20' SOME='4 5 7 20'

# with_files NUMBER COMMAND...: descriptors up to this number, less one;
# output in $output, status in $status
with_files() {
    status=0
    # Bats has descriptors of its own.
    output=$(
        for ((file = 3; file < 30; file++)); do
            eval "exec $file>&-"
        done
        exec prlimit --nofile="$1" "${@:2}" 2>&1
    ) || status=$?
    echo "$1: $status: $output"
}

# lives: the stand-ins that run now
lives() {
    local pid

    while read -r pid; do
        ! is_running "$pid" || echo "$pid"
    done <"$(seen celery starts)"
}

# It said what is wrong and how to get on: the program, or the loader before
# it began.
explained() {
    [[ $output = *'ulimit -n'* || $output = *'error while loading'* ||
        $output = *'Too many open files'* ]]
}

same_worker() {
    [ "$(lives)" = "$main" ]
    [ "$(starts celery)" -eq 1 ]
    is_running "$runner"
}

begin() {
    forget
    "$LAUNCH" start
    main=$(worker_pid celery)
    runner=$(runner_pid celery)
}

# unharmed COMMAND...: at every number of descriptors, and it works at last
unharmed() {
    local files

    for files in $ALL; do
        with_files "$files" "$@"
        same_worker
        [ "$status" -eq 0 ] || explained
    done
    [ "$status" -eq 0 ]
}

@test "tend leaves a healthy worker alone, however few descriptors it has" {
    begin
    unharmed "$LAUNCH" tend
    [ "$output" = '' ]
}

@test "start, apply and status leave it alone as well" {
    begin
    unharmed "$LAUNCH" start
    [ "$output" = 'celery: already running' ]
    unharmed "$LAUNCH" apply
    unharmed "$LAUNCH" status
    [ "$output" = 'celery: running' ]
}

@test "kill, stop and restart do their work, or nothing and say so" {
    local files word

    begin
    for word in 'restart restarted' 'stop stopped' 'kill killed'; do
        for files in $SOME; do
            with_files "$files" "$LAUNCH" "${word% *}"
            if [ "$status" -eq 0 ]; then
                [ "$output" = "celery: ${word#* }" ]
                fails is_running "$main"
            else
                explained
            fi
            [ "$(lives)" = "$main" ] || {
                [ -z "$(lives)" ] || [ "$word" = 'restart restarted' ]
                "$LAUNCH" start >"$SCRATCH/started"
                main=$(worker_pid celery)
                [ "$(lives)" = "$main" ]
            }
        done
        [ "$status" -eq 0 ]
    done
}

@test "tend with few descriptors brings back a dead worker once, or says why not" {
    local files

    begin
    for files in $SOME; do
        runner=$(runner_pid celery)
        kill -KILL "$runner" "$main"
        wait_for eval '[ -z "$(lives)" ]'
        wait_for fails is_running "$runner"
        with_files "$files" "$LAUNCH" tend
        if [ "$status" -ne 0 ]; then
            explained
            "$LAUNCH" start >"$SCRATCH/started"
        fi
        wait_for worker_is celery running
        main=$(worker_pid celery)
        [ "$(lives)" = "$main" ]
    done
    [ "$status" -eq 0 ]
}

# As when the whole machine has too many files open, just as one looks.
@test "what cannot be looked at just then is neither ended nor doubled" {
    local command

    ldd "$LAUNCH" >/dev/null 2>&1 ||
        skip "needs a program that is not linked statically, to preload"
    [[ $LAUNCH != *-sanitize/* ]] || skip 'a sanitizer is loaded first'
    cat >"$SCRATCH/full.c" <<'C'
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define WITHOUT_STAT(name) \
    int name(const char *path, int flags, ...) \
    { \
        size_t length = strlen(path); \
        va_list list; \
        int mode; \
        va_start(list, flags); \
        mode = va_arg(list, int); \
        va_end(list); \
        if (strncmp(path, "/proc/", 6) == 0 && length > 5 \
            && strcmp(path + length - 5, "/stat") == 0) { \
            errno = ENFILE; \
            return -1; \
        } \
        return syscall(SYS_openat, -100, path, flags, mode); \
    }

WITHOUT_STAT(open)
WITHOUT_STAT(open64)
C
    "${CC:-cc}" -shared -fPIC -o "$SCRATCH/full.so" "$SCRATCH/full.c"
    begin
    for command in tend start 'restart --no-wait' stop 'kill --now'; do
        # A path with a blank would be two to LD_PRELOAD.
        # shellcheck disable=SC2086 # words
        run env LD_LIBRARY_PATH="$SCRATCH" LD_PRELOAD=full.so \
            "$LAUNCH" $command
        echo "$command: $status: $output"
        same_worker
        [ "$status" -eq 75 ]
        [[ $output = *'fs.file-max'* ]]
    done
    "$LAUNCH" kill --now
}

@test "without /proc nothing is done, and status says unknown" {
    local command

    unshare -m true 2>/dev/null || skip 'needs root, to hide /proc'
    begin
    hidden=(unshare -m sh -c 'mount -t tmpfs none /proc && exec "$0" "$@"')
    for command in tend stop kill restart 'kill --dry-run' apply logs \
        'logs -f'; do
        # shellcheck disable=SC2086 # words
        run "${hidden[@]}" "$LAUNCH" $command
        echo "$command: $status: $output"
        [ "$status" -eq 75 ]
        [[ $output = *'celery: cannot determine whether it is running'*/proc* ]]
        same_worker
    done
    run "${hidden[@]}" "$LAUNCH" status
    [ "$status" -eq 75 ]
    [ "${lines[0]}" = 'celery: unknown' ]
    [[ ${lines[1]} = *'cannot determine whether it is running'* ]]
    run "${hidden[@]}" "$LAUNCH" status --json
    [[ ${lines[0]} = *'"state": "unknown"'* ]]
}

@test "nor does a pid of another namespace stand for a worker" {
    unshare -p -f true 2>/dev/null || skip 'needs root, for a pid namespace'
    begin
    run unshare -p -f "$LAUNCH" kill --now
    [ "$status" -eq 75 ]
    [[ $output = *'celery: cannot determine whether it is running'* ]]
    same_worker
    "$LAUNCH" kill --now
}

# As with one home for a machine and a container on it.
@test "whether a worker of another pid namespace runs is not told by its pids" {
    local command there=(unshare -p -f --kill-child --mount-proc)

    "${there[@]}" true 2>/dev/null || skip 'needs root, for a pid namespace'
    begin
    for command in tend start stop 'kill --now' 'restart --no-wait' apply; do
        # shellcheck disable=SC2086 # words
        run "${there[@]}" "$LAUNCH" $command
        echo "$command: $status: $output"
        [ "$status" -eq 75 ]
        [[ $output = 'celery-tmux-launch: celery: '*'in another pid namespace;'* ]]
        same_worker
    done
    run "${there[@]}" "$LAUNCH" status
    [ "$status" -eq 75 ]
    [ "${lines[0]}" = 'celery: unknown' ]
    "$LAUNCH" kill --now
}

@test "nor those of one that is below us, until it has ended" {
    local command namespace there=(unshare -p -f --kill-child --mount-proc)

    "${there[@]}" true 2>/dev/null || skip 'needs root, for a pid namespace'
    forget
    # Its first process alone keeps it.
    mkfifo "$SCRATCH/below"
    "${there[@]}" sh -c '"$LAUNCH" start && read -r end' \
        <>"$SCRATCH/below" >"$SCRATCH/begun" 3>&- &
    namespace=$!
    wait_for grep -q started "$SCRATCH/begun"
    for command in tend start 'kill --now'; do
        # shellcheck disable=SC2086 # words
        run "$LAUNCH" $command
        echo "$command: $status: $output"
        [ "$status" -eq 75 ]
        [[ $output = *'in another pid namespace;'* ]]
        [ "$(starts celery)" -eq 1 ]
    done
    kill -KILL "$namespace"
    wait "$namespace" || true
    wait_for eval '"$LAUNCH" tend && [ "$(starts celery)" -eq 2 ]'
    wait_for worker_is celery running
    "$LAUNCH" kill --now
}

@test "a record that cannot be read is no record of a worker that never ran" {
    begin
    record=$(echo "$HOME"/.local/state/celery-tmux/*/celery-celery)
    for path in "$(run_of "$record")"/run "$(run_of "$record")" "$record/runs"; do
        # What tend has told it does not tell again at once.
        rm -f "$record/tended"
        mv "$path" "$record/kept"
        # Even root does not get through.
        ln -s "${path##*/}" "$path"
        for command in tend start kill status; do
            run "$LAUNCH" "$command"
            echo "$path, $command: $status $output"
            # A link in the way to the settings is told as such.
            [ "$status" -eq 75 ] || { [ "$status" -eq 78 ] &&
                [ "$command" = tend ] && [ "${path##*/}" != run ]; }
            [[ $output = *'cannot determine whether it is running'* ]] ||
                [[ $output = *"the symbolic link $path is broken"* ]]
        done
        rm "$path"
        mv "$record/kept" "$path"
        same_worker
    done
    "$LAUNCH" kill --now
}
