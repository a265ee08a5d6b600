#!/usr/bin/env bats
#
# Every file includes only what the table of launcher/README.md lets its
# folder include, and a folder stays small enough to be looked through.

load lib

# may FOLDER: what the table lets it include, one a line; itself too, but for
# launcher/ itself, "."
may() {
    awk -F '|' -v folder="\`$1\`" '
        { name = $2; gsub(/ /, "", name) }
        name == folder {
            gsub(/`/, "", name)
            print (name == "." ? "" : name)
            words = split($4, word, " ")
            for (i = 1; i <= words; i++)
                print word[i]
        }' "$ROOT/launcher/README.md"
}

# strangers DIRECTORY FOLDER: includes of its files that are not let
strangers() {
    local file folder

    grep -noE '^#include "[^"]+"' /dev/null "$1"/*.[ch] |
        while IFS= read -r line; do
            file=${line#*\"}
            file=${file%\"}
            folder=${file%/*}
            # What make makes lies in no folder.
            [ "$folder" != "$file" ] || [ ! -e "$1/$file" ] || folder=$2
            [ "$folder" != "$file" ] || continue
            may "$2" | grep -qxF -e "$folder" || echo "$line"
        done
}

# floors: every folder that has C, as "DIRECTORY FOLDER"
floors() {
    local directory

    echo "$ROOT/launcher ."
    echo "$ROOT/pdsh-module pdsh-module"
    for directory in "$ROOT"/launcher/*/; do
        directory=${directory%/}
        echo "$directory ${directory##*/}"
    done
}

@test "what is included lies on a lower floor" {
    while read -r line; do
        directory=${line% *} folder=${line##* }
        echo "$folder: $(may "$folder" | xargs)"
        [ -n "$(may "$folder")" ]
        strangers "$directory" "$folder" | tee "$SCRATCH/strangers"
        [ ! -s "$SCRATCH/strangers" ]
    done < <(floors)
}

@test "no floor is let include one that includes it" {
    # A row lets include only what stands above it.
    awk -F '|' '/^\| `/ {
            gsub(/[ `]/, "", $2)
            words = split($4, word, " ")
            for (i = 1; i <= words; i++)
                if (!(word[i] in seen)) { print $2, word[i]; bad = 1 }
            seen[$2]
        }
        END { exit bad }' "$ROOT/launcher/README.md"
}

@test "an include that goes up is found" {
    mkdir "$SCRATCH/base"
    printf '#include "%s"\n' base/text.h record/run.h >"$SCRATCH/base/a.c"
    : >"$SCRATCH/base/a.h"
    [ "$(strangers "$SCRATCH/base" base)" = \
        "$SCRATCH/base/a.c:2:#include \"record/run.h\"" ]
}

@test "no folder has more than fifteen sources, no source more than 350 lines" {
    while read -r line; do
        directory=${line% *}
        count=$(find "$directory" -maxdepth 1 -name '*.c' | wc -l)
        echo "$count ${directory##*/}"
        [ "$count" -ge 1 ]
        [ "$count" -le 15 ]
    done < <(floors)
    # The table of settings is one, and as long as there are settings.
    find "$ROOT/launcher" "$ROOT/pdsh-module" -name '*.[ch]' \
        ! -name setting.c -exec wc -l {} + |
        awk '$2 != "total" && $1 > 350 { print; bad = 1 } END { exit bad }'
}
