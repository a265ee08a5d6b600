#!/usr/bin/env bats
# bats file_tags=soak
#
# Nothing lost, nothing left: Celery called by its name, whatever the pool.

load lib
load losses
load leftovers
load combinations

@test "Celery called by its name loses nothing" {
    each_pool solo loses_nothing
}

@test "Celery called by its name leaves nothing" {
    each_pool solo leaves_nothing
}
