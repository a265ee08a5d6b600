#!/usr/bin/env bats
# bats file_tags=sanitized
#
# The manual pages, --help and the program say the same, and what the README
# shows is what happens.

load lib

setup_file() {
    begin_file
    export MANUAL=$ROOT/launcher/celery-tmux-launch.1
}

# section NAME: its lines in the source of the manual page
section() {
    awk -v name="$1" '/^\.Sh / { on = substr($0, 5) == name; next } on' \
        "$MANUAL"
}

# commands: their names, as --help lists them
commands() {
    "$LAUNCH" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'
}

# options [COMMAND]: what --help lists, "-c, --config FILE" and such
options() {
    "$LAUNCH" "$@" --help |
        sed -n '/^Options:/,/^$/{/^ /{s/^ *//;s/  .*//;p}}'
}

# common: the long names of the options that every command takes
common() {
    printf '%s\n' config help node verbose version
}

@test "mandoc has no complaint" {
    run mandoc -Tlint -W warning "$ROOT"/launcher/*.[1-9] \
        "$ROOT"/pdsh-module/*.[1-9]
    [ -z "$output" ]
    [ "$status" -eq 0 ]
}

@test "pdsh-celery(7) has every variable that the module reads" {
    variables=$(grep -ho 'getenv("[A-Z_]*")' "$ROOT"/pdsh-module/*.c |
        sed 's/.*("//; s/")//' | sort -u)
    [ "$(wc -l <<<"$variables")" -ge 4 ]
    for variable in $variables; do
        grep -q "^\.It Ev.* $variable\>" "$ROOT/pdsh-module/pdsh-celery.7"
    done
}

@test "ssh takes the sample for it" {
    ssh -G -F "$ROOT/etc/ssh_config.d/celery-tmux.conf" node001 \
        >"$SCRATCH/ssh"
    grep -qx 'controlmaster auto' "$SCRATCH/ssh"
    grep -qx 'serveraliveinterval 15' "$SCRATCH/ssh"
}

# cron_lines FILE: the lines for cron in it, but for the user's name, # and
# blanks
cron_lines() {
    sed -n -E -e 's/^#//' -e '/^(@reboot|[0-9*])[^a-z]* .*celery-tmux-launch/{' \
        -e 's/  celery  / /; s/  +/ /g; p; }' "$1" | grep -v pdsh
}

@test "README, manual and sample give cron the same lines" {
    sample=$(cron_lines "$ROOT/etc/cron.d/celery-tmux")
    [ "$(wc -l <<<"$sample")" -eq 3 ]
    diff <(echo "$sample") <(cron_lines "$MANUAL")
    diff <(echo "$sample" | head -n 2) <(cron_lines "$ROOT/README.md")
    # pdsh's page has the head's.
    line=$(sed -n 's/^\*\/5 \(.*\)  celery  /\*\/5 \1 /p' \
        "$ROOT/etc/cron.d/celery-tmux-head")
    [ -n "$line" ]
    grep -qxF "$line" "$ROOT/pdsh-module/pdsh-celery.7"
}

@test "SYNOPSIS is the usage line" {
    usage=$("$LAUNCH" --help | sed -n 's/^Usage: //p')
    synopsis=$(mandoc -Tascii -O width=200 "$MANUAL" | sed 's/.\x08//g' |
        sed -n '/^SYNOPSIS/,/^DESCRIPTION/s/^  *//p')
    [ "$synopsis" = "$usage" ]
}

@test "the page has every command with its usage, in the order of --help" {
    help=$(for command in $(commands); do
        "$LAUNCH" "$command" --help |
            sed -n 's/^Usage: celery-tmux-launch \[OPTION\]\.\.\. //p'
    done)
    page=$(section COMMANDS | sed -n -E -e '/^\.It Ic /{' \
        -e 's/^\.It Ic //; s/ Oo Ar ([A-Z]+) Oc Ns \.\.\./ [\1].../' \
        -e 's/ Op Ar ([A-Z]+)/ [\1]/; p; }')
    [ -n "$help" ]
    diff <(echo "$help") <(echo "$page")
}

@test "the page has every option with its argument, in the order of --help" {
    page=$(section OPTIONS | sed -n -E -e '/^\.It Fl /{' \
        -e 's/^\.It Fl /-/; s/ , -/, --/; s/ Ns = Ns Ar /=/; s/ Ar / /; p; }')
    [ -n "$page" ]
    diff <(options) <(echo "$page")
}

@test "the page has each command's own options" {
    for command in $(commands); do
        echo "$command:"
        page=$(section COMMANDS |
            awk -v command="$command" '/^\.It Ic / { on = $3 == command } on' |
            sed -n '/^Options:/,$s/^\.Fl //p' | grep -oE -e '-[A-Za-z-]+' |
            sed 's/^-//' | sort)
        help=$(options "$command" | sed 's/.*--//; s/[ =].*//' | sort)
        # All of the common ones are there, and the rest agrees.
        [ -z "$(comm -23 <(common) <(echo "$help"))" ]
        diff <(comm -13 <(common) <(echo "$help")) <(echo "$page")
    done
}

@test "an unknown command is an error, with --help too" {
    run "$LAUNCH" strat --help
    [ "$status" -eq 64 ]
    [[ $output = *'did you mean start?' ]]
}

@test "EXIT STATUS has every status of the program, and so has the README" {
    program=$(sed -n 's/^ *STATUS_[A-Z]* = \([0-9]*\),.*/\1/p' \
        "$ROOT/launcher/base/problem.h" | sort -n)
    [ "$(wc -l <<<"$program")" -ge 10 ]
    page=$(section 'EXIT STATUS' | sed -n 's/^\.It \([0-9]*\)$/\1/p')
    diff <(echo "$program") <(echo "$page")
    # 10 has a sentence of its own there.
    readme=$(sed -n 's/^| \([0-9]*\) |.*/\1/p' "$ROOT/README.md")
    diff <(echo "$program" | grep -vx 10) <(echo "$readme")
}

@test "OUTPUT has every state" {
    page=$(section OUTPUT | sed -n 's/^\.It \([a-z]*\)$/\1/p' | sort)
    [ "$page" = "$(printf '%s\n' broken dead draining running starting \
        stopped unknown)" ]
    for state in $page; do
        grep -q "\"$state\"" "$ROOT/launcher/commands/status.c" \
            "$ROOT/launcher/record/run.c"
    done
}

@test "FILES has every file of a record" {
    LC_ALL=C "$LAUNCH" start --app=tasks --worker-dir="$APP_DIR" \
        --broker=memory:// --pool=solo
    ls -p "$HOME"/.local/state/celery-tmux/*/celery-celery >"$SCRATCH/files"
    "$LAUNCH" kill
    diff <(sort "$SCRATCH/files") \
        <(section FILES | sed -n 's/^\.It Pa \([a-z]*\/\?\)$/\1/p' | sort)
}

# The lines of a fenced block behind the comment <!-- MARK -->, each behind a
# dot; between two blocks stands a line with "block".
blocks() {
    awk -v mark="<!-- $1 -->" '
        $0 == mark { print "block"; wanted = 1; next }
        /^```/ { open = !open; on = open && wanted; wanted = wanted && on; next }
        on { print "." $0 }' "$ROOT/README.md"
}

@test "the README's commands print what it says" {
    local line command='' expected='' ran=0

    conf=.config/celery-tmux/celery-tmux.conf
    mkdir -p "$HOME/.config/celery-tmux"
    blocks "file $conf" | sed -n 's/^\.//p' >"$HOME/$conf"
    [ -s "$HOME/$conf" ]
    try() {
        [ -n "$command" ] || return 0
        echo "\$ $command"
        run sh -c "$command"
        diff <(echo "$expected") <(echo "${output//"$HOME"//home/ada}")
        ran=$((ran + 1))
        command=''
        expected=''
    }
    cd "$ROOT"
    while IFS= read -r line; do
        case $line in
        block) try ;;
        '.$ '*) try; command=${line#'.$ '} ;;
        *) expected+=${expected:+$'\n'}${line#.} ;;
        esac
    done < <(blocks testable)
    try
    [ "$ran" -ge 8 ]
    no_leftovers
}
