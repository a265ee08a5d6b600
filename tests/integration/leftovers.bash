# shellcheck shell=bash
#
# leftovers.bash - for tests that look for what a worker's tasks have left.

# What tasks.leave can leave behind.  A storm changes its pid all the time.
export KINDS='child nohup setsid double_fork stubborn bare stopped zombie
    refork storm'

# clean_after COMMAND...: nothing is left by what it does, within a time
# that no stubborn child can stretch: a stop_timeout of ten, Celery's five
clean_after() {
    local began=$SECONDS

    "$@"
    [ $((SECONDS - began)) -le 30 ]
    no_leftovers
    [ -z "$(sessions)" ]
}
