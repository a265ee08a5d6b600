#!/usr/bin/env bats
# bats file_tags=sanitized
#
# scripts/import-starcluster: what it reads as StarCluster did, what it
# prints, and what it says of mistakes.  Each result is one that check takes.

load lib

setup_file() {
    begin_file
    mkdir "$HOME/.starcluster"
}

# old [HEAD]: standard input, behind the first lines of a plugin or other
# ones, becomes StarCluster's configuration
old() {
    {
        echo "${1-[plugin start]
setup_class = celery_worker.StartCeleryWorker}"
        cat
    } >"$HOME/.starcluster/config"
}

# import: $SCRATCH/new is what it prints, $SCRATCH/notes what it says
import() {
    "$ROOT/scripts/import-starcluster" "$@" >"$SCRATCH/new" \
        2>"$SCRATCH/notes" || return
    "$LAUNCH" --config=- check --dry-run <"$SCRATCH/new" >"$SCRATCH/checked"
}

# has LINE: the result has it, wherever it begins
has() {
    grep -qxF -e "$1" <(sed 's/^ *//' "$SCRATCH/new") || {
        echo "missing: $1"
        cat "$SCRATCH/new"
        return 1
    }
}

# wrong STATUS SENTENCE [ARGUMENT]...: it says just this, and prints nothing
wrong() {
    local expected=${2//CONFIG/$HOME/.starcluster/config} status=0

    "$ROOT/scripts/import-starcluster" "${@:3}" >"$SCRATCH/new" \
        2>"$SCRATCH/notes" || status=$?
    diff <(echo "import-starcluster: $expected") "$SCRATCH/notes"
    [ "$status" -eq "$1" ]
    [ ! -s "$SCRATCH/new" ]
}

@test "its --help" {
    run "$ROOT/scripts/import-starcluster" --help
    [ "$status" -eq 0 ]
    [[ $output = 'Usage: import-starcluster [-o OUTPUT] [--force] [FILE]'* ]]
    [ -z "$(awk 'length > 80' "$ROOT/scripts/import-starcluster")" ]
}

@test "StarCluster's defaults are spelled out, from the table alone" {
    old </dev/null
    import
    sed -n '/^defaults/,/^}/s/^    \([a-zA-Z_]*\) = "\?\(.*[^"]\)"\?;$/\1\t\2/p' \
        "$SCRATCH/new" >"$SCRATCH/printed"
    "$LAUNCH" settings --format=starcluster |
        awk -F '\t' '$2 != "queue" && $4 != "" && !seen[$2]++ {
            print $2 "\t" $4 }' >"$SCRATCH/known"
    [ "$(wc -l <"$SCRATCH/known")" -ge 13 ]
    diff "$SCRATCH/known" "$SCRATCH/printed"
    for line in 'user = "ubuntu";' 'ld_library_paths = "/usr/local/lib";' \
        'git_pull_cmd = "git pull origin master";' 'queue = "celery";' \
        'kill_existing = true;' 'max_tasks_per_child = 1024;'; do
        has "$line"
    done
    fails grep -v ': user is "ubuntu", as' "$SCRATCH/notes"
}

@test "each setting, as the plugin took it" {
    while IFS='|' read -r line expected; do
        old <<<"$line"
        import
        has "$expected"
    done <<'END'
app = my.celery.app|app = "my.celery.app";
App: my.celery.app|app = "my.celery.app";
app = ""|app = "";
QUEUE = video,image|queue = "video,image";
concurrency = 16|concurrency = 16;
concurrency = 016|concurrency = 16;
concurrency =|concurrency = "";
kill_existing = False|kill_existing = false;
kill_existing =|kill_existing = false;
gossip = True|gossip = true;
Ofair = False|Ofair = false;
maxtasksperchild = 1|max_tasks_per_child = 1;
maxtasksperchild =|max_tasks_per_child = 2147483647;
heartbeat_interval =|heartbeat_interval = 2;
loglevel =|loglevel = "warning";
git_pull_cmd =|git_pull_cmd = "";
ld_library_path = /a:/b|ld_library_paths = "/a:/b";
ld_library_paths = /a:/b|ld_library_paths = "/a:/b";
worker_dir = ~/repo/code|worker_dir = "~/repo/code";
worker_dir = repo/code|worker_dir = "~/repo/code";
remount_dir = /home|remount_dir = "/home";
setup_docker = True|root_setup_cmd = "groupadd -f docker && adduser ubuntu docker";
master_setup_cmd = make "100%" %(x)s|master_setup_cmd = "make \"100%\" %(x)s";
worker_setup_cmd = printf '\t'|worker_setup_cmd = "printf '\\t'";
worker_setup_cmd = a; b|worker_setup_cmd = "a; b";
worker_setup_cmd = a ; b|worker_setup_cmd = "a";
worker_setup_cmd = a;b ; c|worker_setup_cmd = "a;b ; c";
worker_setup_cmd = a # b|worker_setup_cmd = "a";
worker_setup_cmd = a# b|worker_setup_cmd = "a# b";
worker_setup_cmd = a#b # c|worker_setup_cmd = "a#b # c";
app = später|app = "später";
celery_cmd = nice -n 5 'my celery'|celery_cmd = "nice -n 5 'my celery'";
END
}

@test "a value goes on in indented lines, between which comments may stand" {
    old <<'END'
worker_setup_cmd = first
    second
; no value
    # nor this

	third ; is not cut off
rem nor that
app = x
END
    import
    has 'worker_setup_cmd = "first\nsecond\nthird ; is not cut off";'
    has 'app = "x";'
}

@test "master_setup_cmd begins where git was called, unless it says where" {
    old <<<$'git_sync_dir = ~/my repo\nmaster_setup_cmd = make'
    import
    has "master_setup_cmd = \"cd ~/'my repo'; make\";"
    old <<<$'git_sync_dir = ~/repo\nmaster_setup_cmd = cd ~/caffe; make'
    import
    has 'master_setup_cmd = "cd ~/caffe; make";'
}

@test "several plugins, in their order; other sections are left alone" {
    old '[global]' <<'END'
default_template = small
[cluster small]
plugins = start_gpu, other
[plugin start_gpu]
setup_class = celery_worker.StartCeleryWorker
queue = gpu
[plugin other]
setup_class = sge.Plugin
no_such_option = 5
[plugin start_cpu']
setup_class = celery_worker.StartCeleryWorker
[plugin start_gpu_too]
setup_class = celery_worker.StartCeleryWorker
queue = gpu
[plugin kill_gpu]
setup_class = celery_worker.KillCeleryWorker
queue = gpu
[plugin kill_other]
setup_class = celery_worker.KillCeleryWorker
queue = a queue
user = ada
END
    import
    [[ $(cat "$SCRATCH/checked") = *': gpu, celery, start_gpu_too' ]]
    has 'session = "celery-start_gpu_too";'
    has '# starcluster runplugin start_gpu: celery-tmux-launch start gpu'
    has '# starcluster runplugin start_gpu_too: celery-tmux-launch start start_gpu_too'
    has '# starcluster runplugin kill_gpu: celery-tmux-launch kill -q gpu'
    has "# starcluster runplugin kill_other: celery-tmux-launch kill --user=ada -q 'a queue'"
    # What has no counterpart stands there too, and whose the workers are.
    [ "$(wc -l <"$SCRATCH/notes")" -eq 3 ]
    while read -r note; do
        has "# ${note#import-starcluster: }"
    done <"$SCRATCH/notes"
    grep -q 'config:14: \[plugin start_gpu_too\] has the queue of' \
        "$SCRATCH/notes"
    grep -q 'config:4: \[cluster small\] started these' "$SCRATCH/notes"
}

@test "what has no counterpart is named" {
    old <<<$'Ofair = True\nmaster_setup_cmd = make ; make install'
    import
    grep -q 'config:3: Ofair has no effect' "$SCRATCH/notes"
    grep -q 'config:4: .* for a comment, so it is left out' "$SCRATCH/notes"
}

@test "included files, and a FILE that is named" {
    old '[plugin a]' <<END
setup_class = celery_worker.StartCeleryWorker
app = one
[global]
include = \$SCRATCH/more, ~/still more
END
    printf '[plugin a]\napp = two\n' >"$SCRATCH/more"
    printf '[plugin a]\nloglevel = very\n' >"$HOME/still more"
    mv "$HOME/.starcluster/config" "$SCRATCH/named"
    wrong 78 "$HOME/still more:2: loglevel is \"very\"; write debug, info, \
warning, error, critical or fatal" "$SCRATCH/named"
    : >"$HOME/still more"
    import "$SCRATCH/named"
    has 'app = "two";'
    rm "$SCRATCH/more"
    wrong 69 "$SCRATCH/more: No such file or directory; name StarCluster's \
configuration file" "$SCRATCH/named"
}

@test "mistakes" {
    rm -f "$HOME/.starcluster/config"
    wrong 69 "CONFIG: No such file or directory; name StarCluster's \
configuration file"
    wrong 64 'there is at most one FILE; see --help' one two
    wrong 64 'option --mend not recognized; see --help' --mend
    wrong 64 'option -o requires argument; see --help' -o
    old '[cluster a]' </dev/null
    wrong 78 'CONFIG has no [plugin NAME] with setup_class = celery_worker.Sta'\
'rtCeleryWorker; name the file that has'
    old 'worker_dir = x' </dev/null
    wrong 78 'CONFIG:1: this is neither [SECTION] nor OPTION = VALUE; correct '\
'it, or put # before it'
    old <<<'concurency = 4'
    wrong 78 'CONFIG:3: [plugin start] has the option concurency, which it '\
'never knew; did you mean concurrency?  Otherwise put # before it'
    old <<<'kill_existing = perhaps'
    wrong 78 'CONFIG:3: kill_existing is "perhaps"; write true or false'
    old <<<'setup_docker = perhaps'
    wrong 78 'CONFIG:3: setup_docker is "perhaps"; write True or False'
    old <<<'heartbeat_interval = 99999999999'
    wrong 78 'CONFIG:3: the number 99999999999 is too large; write a smaller '\
'one, or L after one of more than 32 bits'
    old <<<$'max_tasks_per_child = 5\nmaxtasksperchild = 6'
    wrong 78 'CONFIG:4: this key is in its group twice; '\
'write it once'
    old <<<$'worker_dir = ~ada'
    wrong 78 'CONFIG:3: worker_dir is "~ada"; write a path that begins with / '\
'or ~/'
}

@test "nowhere to write, and no program" {
    old </dev/null
    run bash -c '"$ROOT/scripts/import-starcluster" >/dev/full'
    echo "$status: $output"
    [ "$status" -eq 69 ]
    [ "$output" = 'import-starcluster: cannot write: No space left on device' ]
    run env PATH=/usr/bin:/bin "$ROOT/scripts/import-starcluster"
    [ "$status" -eq 69 ]
    [[ $output = *'cannot run celery-tmux-launch: No such file'* ]]
}

@test "-o writes all or nothing, for the user alone, over nothing" {
    local conf=$HOME/.config/celery-tmux/celery-tmux.conf

    rm -rf "$HOME/.config"
    old <<<'broker = amqp://u:SECRET@h//'
    import
    umask 022
    run "$ROOT/scripts/import-starcluster" -o "$conf"
    [ "$status" -eq 0 ]
    cmp "$SCRATCH/new" "$conf"
    [ "$(stat -c %a "$conf")" = 600 ]
    [ "$(stat -c %a "$HOME/.config/celery-tmux")" = 700 ]
    # There is one already, whatever is in it.
    echo '# mine' >"$conf"
    wrong 64 "$conf already exists; move it away, or replace it with --force" \
        -o "$conf"
    [ "$(cat "$conf")" = '# mine' ]
    mkfifo "$conf.fifo"
    wrong 64 "$conf.fifo is no regular file; name another one, or leave -o out \
for standard output" --force -o "$conf.fifo"
    [ -p "$conf.fifo" ]
    rm "$conf.fifo"
    # What fails leaves it, and nothing beside it.
    old <<<'concurency = 4'
    run "$ROOT/scripts/import-starcluster" --force --output="$conf"
    [ "$status" -eq 78 ]
    [ "$(cat "$conf")" = '# mine' ]
    old </dev/null
    run bash -c 'ulimit -f 0; trap "" XFSZ
        exec "$ROOT/scripts/import-starcluster" --force -o "$1"' sh "$conf"
    echo "$output"
    [ "$status" -eq 69 ]
    [[ $output = *"cannot write $conf: "*'; make room, or name another file' ]]
    [ "$(cat "$conf")" = '# mine' ]
    [ "$(ls -A "$HOME/.config/celery-tmux")" = celery-tmux.conf ]
    "$ROOT/scripts/import-starcluster" -o "$conf" --force
    "$LAUNCH" check --dry-run -c "$conf" || true
    grep -q '^workers = ' "$conf"
    rm -r "$HOME/.config"
}

@test "whose the workers are is said where nobody chose it" {
    note='user is "ubuntu", as in StarCluster, so only root or that user can start the workers; if you have no such user, write another into defaults, or remove the line to run them as yourself'
    old </dev/null
    import
    has "# $note"
    grep -qxF "import-starcluster: $note" "$SCRATCH/notes"
    [ "$(grep -A 1 -F "# $note" "$SCRATCH/new" | sed -n '2s/^ *//p')" = \
        'user = "ubuntu";' ]
    # As it says: without the line they are the caller's.
    sed -i '/user = "ubuntu";/d' "$SCRATCH/new"
    "$LAUNCH" -c - show <"$SCRATCH/new" 2>&1 | fails grep ubuntu
    old <<<'user = ada'
    import
    [ ! -s "$SCRATCH/notes" ]
    fails grep -q 'as StarCluster had it' "$SCRATCH/new"
}

@test "every locale prints the same" {
    old <<<'app = später'
    import
    mv "$SCRATCH/new" "$SCRATCH/utf-8"
    LC_ALL=C LANG=C import
    cmp "$SCRATCH/utf-8" "$SCRATCH/new"
}
