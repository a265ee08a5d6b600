#!/usr/bin/env bats
#
# A rolling restart under load: at most two nodes are down at a time, and every
# task is done, once.  t9110 has the same with more pools and brokers.

load ../integration/lib
load nodes
load load
load rolling

@test "two nodes at a time, nothing lost and nothing done twice" {
    configured 'pool = "solo";'
    roll "pool solo" once
}
