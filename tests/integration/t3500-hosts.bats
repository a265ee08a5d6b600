#!/usr/bin/env bats
# bats file_tags=sanitized
#
# The command `hosts`: lists in, names out; names in, a list out.
load lib

@test "hosts prints a name a line" {
    run "$LAUNCH" hosts 'a[08-10]' b
    [ "$status" -eq 0 ]
    [ "$output" = $'a08\na09\na10\nb' ]
}

@test "an exclusion works on every argument" {
    run "$LAUNCH" hosts 'a[1-2]' 'b[1-2]' -- -a1 -b2
    [ "$output" = $'a2\nb1' ]
}

@test "hosts reads standard input, with comments" {
    run "$LAUNCH" hosts - c <<<$'# two\na b # here'
    [ "$output" = $'a\nb\nc' ]
}

@test "hosts --fold sorts, drops duplicates and folds" {
    run "$LAUNCH" hosts --fold node009 'node[003,007-008]' node003
    [ "$output" = 'node[003,007-009]' ]
    run "$LAUNCH" hosts --fold <<<$'n3\nn1\nn2'
    [ "$output" = 'n[1-3]' ]
}

@test "a broken list is one sentence and status 64" {
    run "$LAUNCH" hosts 'a[1-3'
    [ "$status" -eq 64 ]
    [ "${#lines[@]}" -eq 1 ]
    [[ $output == *'"a[1-3" at character 1 has a [ without a ]'* ]]
}

@test "the manual page has the limit that the program has" {
    run "$LAUNCH" hosts 'a[1-99999999999]'
    [ "$status" -eq 64 ]
    [[ $output =~ 'more than '([0-9]+)' names' ]]
    limit=$(sed -E ':a; s/([0-9])([0-9]{3})($|,)/\1,\2\3/; ta' \
        <<<"${BASH_REMATCH[1]}")
    grep -qF "more than $limit names" "$ROOT/launcher/celery-tmux-launch.1"
}

@test "hosts --workers prints each worker's name once, in order" {
    configure <<'END'
workers = (
    { queue = "celery"; },
    { name = "gpu"; queue = "video,image"; hosts = "gpu[01-02]"; },
    { name = "gpu"; queue = "video"; hosts = "gpu03"; },
    { queue = "a,b"; hosts = "nowhere"; }
);
END
    run "$LAUNCH" hosts --workers
    [ "$status" -eq 0 ]
    [ "$output" = $'celery\ngpu\na,b' ]
    # Each is a name that --worker takes.
    while read -r name; do
        "$LAUNCH" hosts --worker "$name" >"$SCRATCH/$name"
    done <<<"$output"
    [ "$(cat "$SCRATCH/gpu")" = $'gpu01\ngpu02\ngpu03' ]
    [ "$(wc -l <"$SCRATCH/celery")" -eq 4 ]

    configure <<<'defaults = { app = "tasks"; };'
    run "$LAUNCH" hosts --workers
    [ "$status" -eq 0 ]
    [ "$output" = celery ]
    configure <<<'workers = ( { queu = "a"; } );'
    run "$LAUNCH" hosts --workers
    [ "$status" -eq 78 ]
}

@test "hosts --workers has nothing beside it" {
    for word in a01 --worker=gpu --fold; do
        run "$LAUNCH" hosts --workers "$word"
        [ "$status" -eq 64 ]
        [[ $output = *'--workers takes no host list; leave it out'* ]]
    done
}

@test "a list of nothing says where nothing stood" {
    for list in '' -; do
        # shellcheck disable=SC2086
        run "$LAUNCH" hosts $list </dev/null
        [ "$status" -eq 64 ]
        [[ $output = *': standard input has no host; write one host list a '* ]]
    done
    echo '# nobody' >"$SCRATCH/empty"
    cd "$SCRATCH"
    run "$LAUNCH" hosts ^empty
    [ "$status" -eq 64 ]
    [[ $output = *': empty has no host; write one host list a line' ]]
    # Names that were all excluded are something else.
    run "$LAUNCH" hosts - -- -a <<<a
    [ "$status" -eq 64 ]
    [[ $output = *'leaves no host; name at least one that is not excluded' ]]
}
