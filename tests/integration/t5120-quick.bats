#!/usr/bin/env bats
# shellcheck disable=SC2016 # $ is for the stand-in
# bats file_tags=sanitized
#
# PDSH_CELERY_SSH=quick: what ssh itself makes of it, with files for the user
# and for everybody.

load lib
load fan-out

setup_file() {
    begin_file
    fan_out_ready
    # ssh goes by the account, not by $HOME.
    export OURS=$SCRATCH/ours
    mkdir "$OURS"
    mkdir -m 700 "$OURS/.ssh"
    awk -v FS=: -v OFS=: -v id="$(id -u)" -v home="$OURS" \
        '$3 == id { $6 = home } { print }' /etc/passwd >"$OURS/passwd"
    DEFAULT=$(/usr/bin/ssh -F none -G n1 | grep ^kexalgorithms)
    export DEFAULT PDSH_CELERY_SSH=quick
}

setup() {
    ssh_does '/usr/bin/ssh -G "${words[@]}"'
    rm -f "$OURS"/.ssh/*
    : >"$OURS/system"
    echo 'workers = ( { queue = "celery"; } );' | configure
}

# asked ARG...: pdsh on a machine with our files; what ssh says of them
asked() {
    local script='mount --bind "$OURS/passwd" /etc/passwd &&
        mount --bind "$OURS/system" /etc/ssh/ssh_config && exec "$@"'

    [ "$(id -u)" -eq 0 ] || skip "only root can have other files"
    with_modules sh -c "$script" sh pdsh -R celery -N -w n1 "$@"
}

# exchanges ARG...: the names, in their order
exchanges() {
    asked "$@" celery-tmux-launch status | sed -n 's/^kexalgorithms //p'
}

without_slow() {
    tr , '\n' <<<"${DEFAULT#* }" | grep -v sntrup761 | paste -sd ,
}

@test "the costly exchange is out, and all others are where they were" {
    [ "$(exchanges)" = "$(without_slow)" ]
    # So it is for other commands.
    [ "$(asked true | sed -n 's/^kexalgorithms //p')" = "$(without_slow)" ]
    for PDSH_CELERY_SSH in '' 0; do
        [ "$(exchanges)" = "${DEFAULT#* }" ]
    done
}

@test "what the user or the machine says counts before" {
    echo 'Host n1
        KexAlgorithms ecdh-sha2-nistp256
        Port 77' >"$OURS/.ssh/config"
    echo 'KexAlgorithms ecdh-sha2-nistp384
        User ada' >"$OURS/system"
    run asked celery-tmux-launch status
    echo "$output"
    grep -qx 'kexalgorithms ecdh-sha2-nistp256' <<<"$output"
    grep -qx 'port 77' <<<"$output"
    grep -qx 'user ada' <<<"$output"
    # Another node has no entry of the user's, and a third none at all.
    [ "$(exchanges -w n2 -x n1)" = ecdh-sha2-nistp384 ]
    sed -i '1i Host n2' "$OURS/system"
    [ "$(exchanges -w n3 -x n1)" = "$(without_slow)" ]
    rm "$OURS/.ssh/config"
    [ "$(exchanges -w n2 -x n1)" = ecdh-sha2-nistp384 ]
}

@test "so do options of the site's" {
    [ "$(PDSH_SSH_ARGS='-oKexAlgorithms=ecdh-sha2-nistp256 %h' exchanges)" = \
        ecdh-sha2-nistp256 ]
    [ "$(PDSH_SSH_ARGS_APPEND='-F none' exchanges)" = "${DEFAULT#* }" ]
    # Another program may not know what to do with the file.
    ln -sf ssh "$SCRATCH/bin/instead"
    : >"$CALLS.words"
    PDSH_CELERY_RSH=instead asked celery-tmux-launch status
    fails grep -q -e '<-F><' "$CALLS.words"
}

@test "another word is refused, and no node asked" {
    rm -f "$CALLS"/*
    PDSH_CELERY_SSH=fast run asked celery-tmux-launch status
    [ "$status" -eq 64 ]
    [[ $output = *'PDSH_CELERY_SSH is "fast"; write quick, or leave it out' ]]
    [ -z "$(ls "$CALLS")" ]
}
