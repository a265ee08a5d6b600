#!/usr/bin/env bats
# bats file_tags=sanitized
#
# What Tab makes of a line, in bash, zsh and fish, each in a pane; and what the
# program offers them for it.

load lib

setup_file() {
    begin_file
    # bash-completion finds itself what a user has installed, and so does fish.
    make -C "$ROOT" -s install-completion PREFIX="$HOME/.local" DESTDIR=
    mkdir -p "$HOME/conf d/sub" "$HOME/.config/celery-tmux"
    configure <<'END'
defaults = { stop_timeout = 5; };
workers = (
    { queue = "celery"; },
    { name = "gpu"; queue = "video,image"; hosts = "gpu[01-04]"; instances = 12; },
    { name = "my worker"; queue = "blank queue"; hosts = "n1"; },
    { name = "$(touch owned)"; queue = "sub"; hosts = "n2"; },
    { name = "it's"; queue = "apostrophe"; hosts = "n3"; },
    { name = "x\"y;z&w"; queue = "quote"; hosts = "n4"; },
    { name = "über"; queue = "letters"; hosts = "n5"; },
    { name = "back\\slash"; queue = "back"; hosts = "n6"; },
    { name = "wild*?[a]"; queue = "globs"; hosts = "n7"; }
);
nodes = ( { hosts = "node[001-003]"; nice = 1; } );
END
    cd "$HOME"
    printf 'workers = ( { queue = "other"; } );\n' >other.conf
    printf 'workers = ( { queue = "blank"; } );\n' >"conf d/my.conf"
    printf 'workers = ( { queue = ;\n' >broken.conf
    printf 'workers = ( { queue = "open"; } );\n' >open.conf
    : >empty.conf
    chmod 600 ./*.conf "conf d/my.conf"
    chmod 666 open.conf
}

teardown() {
    end_test
    tmux kill-server 2>/dev/null || true
}

# ---- the program ------------------------------------------------------------

# offered WORD...: what is offered for the last, without meanings, in a line
offered() {
    (cd "$HOME" && "$LAUNCH" complete -- "$@" 2>&1 </dev/null) | cut -f 1 |
        xargs -d '\n'
}

@test "commands, options, settings and their values are those of the tables" {
    diff <("$LAUNCH" complete -- '' | cut -f 1) \
        <("$LAUNCH" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
    for command in $(offered ''); do
        diff <("$LAUNCH" complete -- "$command" -- | grep -v '^--[A-Za-z-]*=.*\.$' |
            sed 's/[=\t].*//') <("$LAUNCH" "$command" --help |
            sed -n '/^Options:/,/^$/s/^[^-]*\(-., \)\?\(--[a-z-]*\) .*/\2/p')
    done
    # All settings by their keys; as options those that a line may set.
    diff <("$LAUNCH" complete -- settings '' | cut -f 1) \
        <("$LAUNCH" settings | sed -n 's/^  \([A-Za-z_][A-Za-z_]*\) .*/\1/p' |
            grep -vxE 'detach|logfile|pidfile|[ug]id|executable|workdir')
    count=$("$LAUNCH" complete -- start -- | cut -f 2 | sort | grep -c '\.$')
    [ "$count" -eq $(($("$LAUNCH" complete -- settings '' | wc -l) - 4)) ]
    # Each value that is offered is taken, and so is each format.
    for key in $("$LAUNCH" complete -- start -- | sed -n 's/=\t.*\.$//p'); do
        for value in $("$LAUNCH" complete -- check "$key=" | cut -f 1); do
            [ -z "$value" ] || [[ $value != *=* ]] ||
                "$LAUNCH" check --dry-run "$value" >/dev/null
        done
    done
    for format in $(offered settings --format ''); do
        "$LAUNCH" settings --format="$format" >/dev/null
    done
    [ "$(offered settings --format '')" = 'text sample mdoc starcluster' ]
    # An option that takes a value has some, but for numbers and for what
    # nobody else can know.
    "$LAUNCH" --help | sed -n 's/.*\(--[a-z-]*\) \([A-Z][A-Z]*\) .*/\1 \2/p' |
        while read -r option kind; do
            case $kind in SECONDS | LINES | REGEX) continue ;; esac
            [ "$option" = --node ] || [ -n "$("$LAUNCH" complete -- \
                hosts "$option" '')" ]
        done
}

@test "what is offered for a line" {
    while IFS='|' read -r line expected; do
        eval "words=($line)"
        got=$(offered "${words[@]}")
        echo "$line: $got"
        [ "$got" = "$expected" ]
    done <<'END'
st|start stop status
start g|gpu
start gpu g|
start gpu+1|gpu+1 gpu+10 gpu+11 gpu+12
start celery+|
start my|my worker
start '$'|$(touch owned)
help re|restart
help restart ''|
rest|restart
-v --node x rest|restart
--node rest|
--queue ''|celery video,image blank queue sub apostrophe quote letters back globs
-qvid|-qvideo,image
-Nqvid|-Nqvideo,image
kill -q v|video,image
hosts --worker g|gpu
hosts --worker=g|--worker=gpu
hosts node|node001 node002 node003
hosts gpu01,node003,n1|gpu01,node003,n1
hosts node[1-2],gpu0|node[1-2],gpu01 node[1-2],gpu02 node[1-2],gpu03 node[1-2],gpu04
hosts gpu01,-gpu02,-gpu|gpu01,-gpu02,-gpu01 gpu01,-gpu02,-gpu02 gpu01,-gpu02,-gpu03 gpu01,-gpu02,-gpu04
hosts 'node[1,'|
--node=gpu0|--node=gpu01 --node=gpu02 --node=gpu03 --node=gpu04
settings sta|statedb start_timeout state_dir
settings --format=s|--format=sample --format=starcluster
start --worker-d|--worker-dir=
start --worker_d|--worker_dir=
start --loglevel w|warning
start --gossip=|--gossip=true --gossip=false
start --gossip g|gpu
start --pool=s|--pool=solo
start --start-timeout=|--start-timeout=60
start --git-pull-cmd=|--git-pull-cmd=git pull --ff-only
start --name=|
start --nonsense=|
start --detach=|
start -- --lo|
start -- g|gpu
plan --pr|--print
plan ki|kill
plan -- kill --no|--node= --now --no-color= --nofile=
plan -- -c other.conf start ''|other
status -c other.conf ''|other
-c other.conf status ''|other
--config=other.conf status ''|other
-vcother.conf status ''|other
-c '~/conf d/my.conf' status ''|blank
status -c broken.conf ''|
status -c open.conf ''|
status -c /nowhere ''|
status -c . ''|
status -c - ''|
status -c empty.conf ''|celery
run ''|
nonsense ''|
nonsense --js|--json
END
    # Files are the shell's business.
    [ "$("$LAUNCH" complete -- start -c '')" = $'\tfile\t' ]
    [ "$("$LAUNCH" complete -- start --env-file=x)" = $'\tfile\t--env-file=' ]
    [ "$("$LAUNCH" complete -- start --worker-dir=/)" = \
        $'\tdirectory\t--worker-dir=' ]
    [ "$("$LAUNCH" complete -- hosts a,^x)" = $'\tfile\ta,^' ]
}

@test "it never fails, reads no input, prints no error and changes nothing" {
    cd "$HOME"
    find . -newer . | sort >"$SCRATCH/before"
    long=$(printf '%*s' 100000 '' | tr ' ' x)
    # shellcheck disable=SC2016 # a word as it is
    for word in '' - --- --= = -q -c $'a\tb' $'a\nb' $'\xff' $'\e[2J' '[[[' \
        ',-' '^' '~' "$long" "--$long=" '%s%n' '$(id)'; do
        for before in '' start hosts '-c broken.conf settings' --node; do
            # shellcheck disable=SC2086 # words
            "$LAUNCH" complete -- $before "$word" </dev/zero
        done
    done >"$SCRATCH/printed" 2>&1
    for before in '-c -' '-c .' '-c /dev/zero' '-c /dev/tty' 'plan --' help; do
        # shellcheck disable=SC2086 # words
        timeout 20 "$LAUNCH" complete -- $before start '' </dev/zero
    done >>"$SCRATCH/printed" 2>&1
    "$LAUNCH" complete -- >>"$SCRATCH/printed" 2>&1
    [ -s "$SCRATCH/printed" ]
    fails grep -e celery-tmux-launch: -e $'\e' "$SCRATCH/printed"
    # Standard input may be a configuration, but is the terminal's.
    [ -z "$("$LAUNCH" complete -- -c - start '' <other.conf)" ]
    # Names that are too many to choose from are none, and soon so.
    printf 'nodes = ( { hosts = "n[0000001-9999999]"; nice = 1; } );\n' \
        >many.conf
    chmod 600 many.conf
    [ -z "$(within 20 "$LAUNCH" complete -- -c many.conf hosts '')" ]
    rm many.conf
    find . -newer . | sort | diff "$SCRATCH/before" -
    [ ! -e .local/state ]
}

# ---- the shells -------------------------------------------------------------

# shell_opens NAME: one of the three, in a session of that name, at its prompt
shell_opens() {
    local own words

    cd "$HOME"
    case $1 in
    bash)
        # shellcheck disable=SC2016 # for that shell
        printf '%s\n' "PS1='::> '" \
            '. /usr/share/bash-completion/bash_completion' \
            "bind 'set bell-style none'" >rc
        # It takes a home with a blank apart, but none of these.
        words=(env XDG_DATA_DIRS="$HOME/.local/share:/usr/share"
            bash --noprofile --rcfile rc -i) ;;
    zsh)
        # While keys are waiting zsh completes nothing, so that it is Tab
        # itself that writes the X behind what it made.
        mkdir -p z
        printf '%s\n' "PS1='::> '; unsetopt beep promptsp" \
            "fpath=(~/.local/share/zsh/site-functions \$fpath)" \
            'autoload -U compinit; compinit -u -D' \
            'mark() { zle expand-or-complete; LBUFFER+=X }' \
            "zle -N mark; bindkey '^I' mark" >z/.zshrc
        words=(env ZDOTDIR="$HOME/z" zsh -i) ;;
    fish)
        # Or it would begin with a look at all manual pages.
        mkdir -p .local/share/fish/generated_completions
        # 3.1 is told by its user where his files are, as the README has it.
        fish_looks_at_home || own=$(sed -n \
            's/.*fish 3[.]1 `\([^`]*\)`.*/\1/p' "$ROOT/README.md")
        words=(fish --private -C "${own-}
            function fish_prompt; printf '::> '; end
            function fish_greeting; end
            set -g fish_autosuggestion_enabled 0") ;;
    esac
    # A server that is about to end turns away who calls it.
    wait_for tmux -f /dev/null new-session -d -s "$1" -x 160 -y 40 \
        "${words[@]}"
    tmux set-option -g escape-time 0
    wait_for line_is "$1" '::>'
}

# fish_looks_at_home: for what a user has installed, without being told to
fish_looks_at_home() {
    # shellcheck disable=SC2016 # for that shell
    fish --private -c 'echo $fish_complete_path' |
        grep -qF "$HOME/.local/share/fish/vendor_completions.d"
}

# line_is SHELL LINE: the last line that is typed into; without blanks behind
line_is() {
    [ "$(tmux capture-pane -pJ -t "=$1:" | sed 's/ *$//' | grep '^::>' |
        tail -n 1)" = "$2" ]
}

# tab SHELL TYPED RESULT: Tab makes RESULT of TYPED behind the program's name;
# an X behind it shows where it ends
tab() {
    types "$1" C-u "celery-tmux-launch $2"
    wait_for line_is "$1" "::> celery-tmux-launch $3"
}

# types SHELL KEY LINE: Tab and an X behind it, in one go
types() {
    local keys=(Tab X)

    [ "$1" != zsh ] || keys=(Tab)
    tmux send-keys -t "=$1:" "$2" \; send-keys -t "=$1:" -l "$3" \; \
        send-keys -t "=$1:" "${keys[@]}"
}

# tabs SHELL: what is the same in each of them
tabs() {
    while IFS='|' read -r typed result; do
        tab "$1" "$typed" "$result"
    done <<'END'
resta|restart X
sta|staX
nonsense |nonsense X
--conf|--config=X
--config=other|--config=other.conf X
-c other|-c other.conf X
-c other.conf start |-c other.conf start other X
--config=other.conf kill |--config=other.conf kill other X
-c broken.conf start |-c broken.conf start X
-c /nowhere start |-c /nowhere start X
-c conf\ d/m|-c conf\ d/my.conf X
-c conf\ d/my.conf stop |-c conf\ d/my.conf stop blank X
start g|start gpu X
start gpu+12|start gpu+12 X
start gpu it|start gpu it\'s X
start gp gpu|start gp gpu X
restart my|restart my\ worker X
restart 'm|restart 'my worker' X
restart "m|restart "my worker" X
stop --fo|stop --force X
stop --no|stop --noX
start --loglevel=de|start --loglevel=debug X
start --loglevel de|start --loglevel debug X
start --kill-existing=f|start --kill-existing=false X
start --worker-dir=conf\ |start --worker-dir=conf\ d/X
start --env-file=oth|start --env-file=other.conf X
start --prefetch-m|start --prefetch-multiplier=X
kill -q v|kill -q video,image X
kill --queue=v|kill --queue=video,image X
hosts node003,gp|hosts node003,gpu0X
hosts node003,node00|hosts node003,node00X
hosts --worker g|hosts --worker gpu X
--node n|--node nX
settings --format=m|settings --format=mdoc X
settings tmux_s|settings tmux_socket X
help at|help attach X
plan -- kill --now gp|plan -- kill --now gpu X
END
}

# hostile SHELL: what Tab writes is the name, whatever the name
hostile() {
    while IFS='|' read -r typed node; do
        types "$1" C-u "celery-tmux-launch hosts --worker $typed"
        wait_for typed_to "$1" '^::>.* X$'
        tmux send-keys -t "=$1:" BSpace Enter
        wait_for typed_to "$1" "^$node\$"
        tmux send-keys -t "=$1:" C-l
        wait_for fails typed_to "$1" "^$node\$"
    done <<'END'
my|n1
'm|n1
"m|n1
\$|n2
'$|n2
it|n3
x|n4
'x|n4
üb|n5
back|n6
"back|n6
wil|n7
"wil|n7
END
    [ ! -e "$HOME/owned" ]
}

# typed_to SHELL EXPRESSION: a line on the screen is like it
typed_to() {
    tmux capture-pane -pJ -t "=$1:" | sed 's/ *$//' | grep -q -e "$2"
}

@test "Tab in bash" {
    shell_opens bash
    tabs bash
    hostile bash
}

@test "Tab in zsh" {
    shell_opens zsh
    tabs zsh
    hostile zsh
    types zsh C-u 'celery-tmux-launch st'
    wait_for typed_to zsh '^start  -- Launch the workers'
}

@test "Tab in fish" {
    shell_opens fish
    tabs fish
    hostile fish
    tmux send-keys -t =fish: C-u 'celery-tmux-launch st' Tab
    wait_for typed_to fish '^start  *(Launch the workers'
}
