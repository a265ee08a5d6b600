#!/usr/bin/env bats
# bats file_tags=soak
#
# Nothing lost, nothing left: Celery called as a module of Python, whatever the
# pool.

load lib
load losses
load leftovers
load combinations

export CALL='celery_cmd = "/usr/bin/python3 -m celery";'

@test "Celery called as a module loses nothing" {
    each_pool threads loses_nothing
}

@test "Celery called as a module leaves nothing" {
    each_pool threads leaves_nothing
}
