#!/usr/bin/env bats
# bats file_tags=soak
#
# Nothing lost, nothing left: Celery in a virtual environment, by a script of
# its own and as a module, whatever the pool.

load lib
load losses
load leftovers
load combinations

# The app needs a module that is nowhere but in the environment.
export APP=in_there

setup() {
    local there="$SCRATCH/an environment"

    rm -f "$NOTES"/*
    export CALL="virtualenv = \"$there\";"
    [ -e "$there" ] || make_environment "$there"
}

# The script is as pip writes it where a path is too long for the kernel, or
# has a blank.
make_environment() {
    /usr/bin/python3 -m venv --system-site-packages --without-pip "$1"
    cat >"$1/bin/celery" <<END
#!/bin/sh
'''exec' "$1/bin/python" "\$0" "\$@"
' '''
import sys
from celery.__main__ import main
sys.exit(main())
END
    chmod +x "$1/bin/celery"
    touch "$(echo "$1"/lib/python3*/site-packages)/only_there.py"
    printf 'import only_there  # noqa: F401\n%s\n' \
        'from tasks import app  # noqa: F401' >"$APP_DIR/in_there.py"
}

# each_way COMMAND: by the script, and in a soak as a module too
each_way() {
    each_pool prefork "$1"
    [ "${COMBINATIONS-}" = all ] || return 0
    CALL+=' celery_cmd = "python -m celery";' each_pool prefork "$1"
}

@test "Celery in a virtual environment loses nothing" {
    each_way loses_nothing
}

@test "Celery in a virtual environment leaves nothing" {
    each_way leaves_nothing
}
