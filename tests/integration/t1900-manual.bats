#!/usr/bin/env bats
# bats file_tags=sanitized
#
# The manual pages, --help and the program say the same, and what the README
# shows is what happens.

load lib
load readme

setup_file() {
    begin_file
    export MANUAL=$ROOT/launcher/celery-tmux-launch.1
}

# section NAME: its lines in the source of the manual page
section() {
    awk -v name="$1" '/^\.Sh / { on = substr($0, 5) == name; next } on' \
        "$MANUAL"
}

# entries: the heads of the items of COMMANDS, from .It Xo to .Xc, without dots
entries() {
    section COMMANDS | sed -n '/^\.It Xo$/,/^\.Xc$/{s/^\.//; /^[IX]t\? X\|^Xc/!p}'
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

@test "each example of celery-tmux.conf(5) is right" {
    awk -v into="$SCRATCH/example" '/^\.Sh / { examples = $2 == "EXAMPLES" }
        examples && /^\.Bd / { on = ++count; next }
        /^\.Ed/ { on = 0 } on { print > (into count) }' \
        "$ROOT/launcher/celery-tmux.conf.5"
    [ "$(find "$SCRATCH" -name 'example*' | wc -l)" -ge 6 ]
    # One includes another, as broker.conf.
    chmod 600 "$SCRATCH"/example*
    cp "$(grep -l amqp: "$SCRATCH"/example*)" "$SCRATCH/broker.conf"
    for example in "$SCRATCH"/example*; do
        sed -i 's/\\e/\\/g; s/\\(dq/"/g' "$example"
        "$LAUNCH" --config="$example" check --dry-run --hosts
    done
}

@test "README and pages speak to the reader, in plain English" {
    fails grep -nEi -e 'anyone with the account|is called by its' \
        -e 'tells what|by hand it works|wants a larger|belongs into' \
        -e 'no hindrance|waits for nothing|status tells|in the way out' \
        -e 'the worker does not notice' "$ROOT/README.md" \
        "$ROOT"/launcher/*.[157] "$ROOT"/pdsh-module/*.7
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
    page=$(entries | sed -n -E -e 's/^Ic //p' -e 's/^Op Ar (.*)/[\1]/p' |
        sed -E 's/ \.\.\.\]/]...]/; s/\.\.\.\]$/.../' | awk '
            /^\[/ { printf " %s", $0; next }
            { printf "%s%s", (NR > 1 ? "\n" : ""), $0 } END { print "" }')
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
        page=$(entries | awk -v command="$command" '
            /^Ic / { on = $2 == command } on' |
            sed -n '/^Op /p' | grep -oE -e 'Fl -[A-Za-z-]+' |
            sed 's/^Fl -//' | sort)
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

@test "EXIT STATUS has every status of the program" {
    program=$(sed -n 's/^ *STATUS_[A-Z]* = \([0-9]*\),.*/\1/p' \
        "$ROOT/launcher/base/problem.h" | sort -n)
    [ "$(wc -l <<<"$program")" -ge 10 ]
    page=$(section 'EXIT STATUS' | sed -n 's/^\.It \([0-9]*\)$/\1/p')
    diff <(echo "$program") <(echo "$page")
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
        --broker=memory:// --pool=solo --log-keep=1M
    record=$(echo "$HOME"/.local/state/celery-tmux/*/celery-celery)
    wait_for test -d "$record/log"
    # What it says of itself may be there by now, and is told below the list.
    find "$record" "$(run_of "$record")" -mindepth 1 -maxdepth 1 \
        \( -type d -printf '%f/\n' -o -printf '%f\n' \) |
        grep -x '[a-z]*/\?' | grep -vx health >"$SCRATCH/files"
    "$LAUNCH" kill
    diff <(sort "$SCRATCH/files") \
        <(section FILES | sed -n 's/^\.It Pa \([a-z]*\/\?\)$/\1/p' | sort)
}

@test "each block of the README is run or compared by some test" {
    run readme_blocks
    [ "$(grep -c '^block ' <<<"$output")" -ge 7 ]
    fails grep '^block ' <<<"$(grep -vxE 'block (run( user| head)?|crontab|file .*)' \
        <<<"$output")"
    # A command outside of the blocks that are run would escape them.
    [ "$(grep -c '^\.\$ ' <<<"$output")" -eq \
        "$(readme_chosen run 'run user' 'run head' | grep -c '^\.\$ ')" ]
}

@test "from the source to a worker it takes six commands at most" {
    # Somebody's editor writes the file: that is one as well.
    count=$(readme_blocks | awk '/^\.\$ make install / { on = 1 }
        on && /^(\.\$ |block file )/ { count++ }
        /^\.\$ celery-tmux-launch start$/ { print count; exit }')
    [ "$count" -ge 4 ]
    [ "$count" -le 6 ]
}

@test "the README and set-up name the same packages" {
    [ "$(sed -n '/^build /p; /^run /p' "$ROOT/scripts/set-up" |
        sed 's/^[a-z]* *//; s/|.*//' | sort)" = \
        "$(sed -n '/^| to build/s/`[^`]*`/\n&\n/gp' "$ROOT/README.md" |
            sed -n 's/^`\(.*\)`$/\1/p' | sed 's/^apt install //' | tr ' ' '\n' |
            grep -vxE 'git|make' | sort)" ]
}

@test "the picture shows what the demo types and prints" {
    "$ROOT/scripts/picture" demo >"$SCRATCH/demo.svg"
    "$PYTHON" -ISc '
import sys, xml.dom.minidom
for name in sys.argv[1:]:
    xml.dom.minidom.parse(name)' "$SCRATCH/demo.svg" \
        "$ROOT"/scripts/pictures/*.svg
    # The README shows each.
    diff <(cd "$ROOT" && printf '%s\n' scripts/pictures/*.svg) \
        <(grep -o 'scripts/pictures/[a-z-]*\.svg' "$ROOT/README.md" | sort)
    # What tasks print differs each time: what is typed, and said of it, stays.
    steady() {
        sed -n 's/.*<text[^>]*>\(<tspan.*\|[2-6]\. .*\)<\/text>$/\1/p' "$1"
    }
    [ "$(steady "$SCRATCH/demo.svg" | wc -l)" -ge 10 ]
    diff <(steady "$ROOT/scripts/pictures/demo.svg") \
        <(steady "$SCRATCH/demo.svg")
}

@test "the README's commands print what it says" {
    redis_start
    mkdir -p "$HOME/.config/celery-tmux"
    readme_chosen run file | sed "s|redis://localhost/0|$REDIS_URL|" \
        >"$SCRATCH/blocks"
    readme_transcript <"$SCRATCH/blocks" >"$SCRATCH/expected"
    { project_script && readme_script <"$SCRATCH/blocks" | when_ready; } \
        >"$SCRATCH/script"
    cd "$HOME"
    # The last of them fails, as the README says.
    bash "$SCRATCH/script" >"$SCRATCH/got" 2>&1 || [ "$?" -eq 69 ]
    # Celery 5.0 has other words for it.
    sed -i "s/Error: .*: No module named 'porj'$/The module porj was not found./" \
        "$SCRATCH/got"
    same_transcript "$SCRATCH/expected" "$SCRATCH/got"
    "$LAUNCH" kill
    no_leftovers
}
