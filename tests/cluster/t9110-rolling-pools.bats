#!/usr/bin/env bats
# bats file_tags=long
#
# The rolling restart of t9100 with worker processes and with RabbitMQ; only
# in `make check-cluster`.

load ../integration/lib
load nodes
load load
load rolling

# Celery 5.2 itself gives back, now and then, a task that a process of its pool
# has begun already (see losses.bash).  That is counted here and not held
# against the launcher.
@test "processes: two nodes at a time, nothing lost" {
    configured 'concurrency = 2;'
    roll "two processes a worker"
}

@test "RabbitMQ: two nodes at a time, nothing lost and nothing done twice" {
    rabbit_ready
    [ -z "${SKIP-}" ] || skip "$SKIP"
    configured 'pool = "solo";'
    roll "pool solo" once
}
