# Completion of celery-tmux-launch for fish: the program itself knows what may
# come next (launcher/internal/complete.c).

function __celery_tmux_launch
    set -l words (commandline -opc)
    set -e words[1]
    set -l word (commandline -ct | string replace -ar '[\\\\"\']' '')

    for line in (command celery-tmux-launch complete -- $words "$word" 2>/dev/null)
        set -l part (string split \t -- $line)
        if test -n "$part[1]"
            printf '%s\n' $line
            continue
        end
        # Files: as of a command that nobody has written a completion for.
        set -l name (string sub -s (math 1 + (string length -- "$part[3]")) -- "$word" | string escape)
        set -l names (complete -C "__celery_tmux_launch_none $name")
        if test $part[2] = directory
            set names (string match -r '.*/(?=\t|$)' -- $names)
        end
        for name in $names
            printf '%s\n' $part[3]$name
        end
    end
end

complete -c celery-tmux-launch -f -a '(__celery_tmux_launch)'
