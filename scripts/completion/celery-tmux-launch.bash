# shellcheck shell=bash
#
# Completion of celery-tmux-launch for bash: the program itself knows what may
# come next (launcher/internal/complete.c).

_celery_tmux_launch() {
    local line=${COMP_LINE:0:COMP_POINT} words=() word kept plain quote='' i

    # Bash has cut words at = and :, too; where there is no blank, join them.
    for ((i = 0; i <= COMP_CWORD; i++)); do
        word=${line#"${line%%[![:blank:]]*}"}
        if ((i == 0)) || [ "$word" != "$line" ]; then
            words+=("")
        fi
        line=$word
        if ((i < COMP_CWORD)); then
            word=${COMP_WORDS[i]}
        fi
        words[-1]+=$word
        line=${line#"$word"}
    done
    # Of the last word bash completes $2; what is before it stays.
    word=${words[-1]}
    kept=${word%"$2"}
    kept=${kept//[\\\"\']/}
    case $word in
    [\"\']*) quote=${word:0:1} ;;
    esac
    words=("${words[@]//[\\\"\']/}")

    COMPREPLY=()
    while IFS= read -r line; do
        case $line in
        $'\tfile\t'* | $'\tdirectory\t'*)
            # ^FILE is a part of a word for bash.
            plain=${line##*$'\t'}
            plain=${plain#"$kept"}
            line=${line:1:1}
            compopt -o filenames
            while IFS= read -r word; do
                COMPREPLY+=("$plain$word")
            done < <(compgen "-$line" -- "${2#"$plain"}")
            continue ;;
        esac
        word=${line%%$'\t'*}
        word=${word#"$kept"}
        case $quote$word in
        \"*)
            word=${word//\\/\\\\}
            word=${word//\"/\\\"}
            word=${word//\$/\\\$}
            word=${word//\`/\\\`} ;;
        \'*) word=${word//\'/\'\\\'\'} ;;
        *[!A-Za-z0-9_.,:=@%+/-]*) printf -v word %q "$word" ;;
        esac
        COMPREPLY+=("$word")
    done < <(command celery-tmux-launch complete -- "${words[@]:1}" 2>/dev/null)
    # A value follows at once.
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} = *= ]]; then
        compopt -o nospace
    fi
}

complete -F _celery_tmux_launch celery-tmux-launch
