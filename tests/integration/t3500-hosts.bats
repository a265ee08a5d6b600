#!/usr/bin/env bats
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
