# shellcheck shell=bash
#
# fan-out.bash - pdsh with our module, and a stand-in for ssh that runs the
# command here.  Loaded behind lib.

# fan_out_ready: the directories that fan_out needs
fan_out_ready() {
    local module

    [ "$(id -u)" -ne 0 ] || needs_own_mounts
    export MODULES=$SCRATCH/modules CALLS=$SCRATCH/calls
    export PDSH_DIRECTORY
    mkdir -p "$MODULES" "$CALLS" "$SCRATCH/bin"
    chmod 755 "$MODULES"
    for module in /usr/lib/*/pdsh/*cmd.so; do
        PDSH_DIRECTORY=$(dirname "$module")
        cp "$module" "$MODULES"
    done
    cp "$(dirname "$LAUNCH")/pdsh/celerycmd.so" "$MODULES"

    # Makes $CALLS/HOST, adds its words to $CALLS.words, and runs those behind
    # the host's name as sshd would let a shell run them.
    cat >"$SCRATCH/bin/ssh" <<'END'
#!/bin/bash
words=("$@")
host=x
for ((i = 0; i < $#; i++)); do
    case ${words[i]} in
    -l | -o | -F) i=$((i + 1)) ;;
    -*) ;;
    *) host=${words[i]}; break ;;
    esac
done
: >"$CALLS/$host"
printf -v line '<%s>' "$@"
echo "$line" >>"$CALLS.words"
[ -z "$STAND_IN" ] || { . "$STAND_IN"; exit; }
exec /bin/sh -c "${words[*]:i+1}"
END
    chmod 755 "$SCRATCH/bin/ssh"
    PATH=$SCRATCH/bin:$PATH
    unset PDSH_RCMD_TYPE PDSH_SSH_ARGS PDSH_SSH_ARGS_APPEND DSHPATH FANOUT \
        PDSH_CELERY_SSH
    export STAND_IN=
}

# with_modules COMMAND...: pdsh in it finds our module.  It heeds a variable
# for that, but not when root calls it.
with_modules() {
    if [ "$(id -u)" -eq 0 ]; then
        # shellcheck disable=SC2016 # for the inner shell
        unshare --mount --propagation private sh -c \
            'mount --bind "$1" "$2" && shift 2 && exec "$@"' \
            sh "$MODULES" "$PDSH_DIRECTORY" "$@"
    else
        PDSH_MODULE_DIR=$MODULES "$@"
    fi
}

# fan_out ARG...: pdsh -R celery
fan_out() {
    with_modules pdsh -R celery "$@"
}

# ssh_does COMMANDS: what the stand-in does instead of the command; $host and
# $words are there
ssh_does() {
    export STAND_IN=$SCRATCH/stand-in
    printf '%s\n' "$*" >"$STAND_IN"
}
