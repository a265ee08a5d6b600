#!/usr/bin/env bats
# bats file_tags=sanitized
# shellcheck disable=SC2016 # $ is for the shell of a setting
#
# start --sync again and again while somebody commits: three workers share a
# clone with two submodules.  Each runs a revision that existed, whole, and
# the one that status names.  ROUNDS rounds with a stand-in for Celery (8),
# REAL of them with Celery itself (2).

load lib
load stand-in
load repository

setup_file() {
    begin_file
    mkdir "$SCRATCH/seen" "$HOME/saw"
    git_ready
    repository_make >/dev/null
    head_of "$REPO" >"$SCRATCH/commits"
}

# Commits until told to stop, each noted before anybody can pull it.
commit_on() {
    local number=100

    while [ ! -e "$SCRATCH/enough" ]; do
        number=$((number + 1))
        commit "$number" >>"$SCRATCH/commits" 2>/dev/null
        sleep 0.0$((SRANDOM % 10))
    done
}

committing() {
    rm -f "$SCRATCH/enough"
    in_background "$SCRATCH/committer" commit_on
}

enough() {
    touch "$SCRATCH/enough"
    wait_for ended "$SCRATCH/committer"
}

# saw NAME: the numbers that the worker found in the three trees, each once
saw() {
    tr ' ' '\n' <"$HOME/saw/$1" | sort -u
}

# all_are_of_one: all three workers run what status names, and that existed
all_are_of_one() {
    local name revision number

    for name in a b c; do
        revision=$(worker_field "$name" revision)
        wait_for grep -qx "$revision" "$SCRATCH/commits"
        number=$(git -C "$REPO" show "$revision:VERSION")
        [ "$(saw "$name")" = "$number" ]
        "$LAUNCH" status -v "$name" >"$SCRATCH/verbose"
        grep -q "$revision" "$SCRATCH/verbose"
        echo "$revision" >>"$SCRATCH/used"
    done
}

# start_again_and_again ROUNDS: while somebody commits
start_again_and_again() {
    local i

    committing
    for ((i = 0; i < $1; i++)); do
        run "$LAUNCH" start --sync
        # shellcheck disable=SC2154 # run sets both
        [ "$status" -eq 0 ] || { echo "$output"; return 1; }
        all_are_of_one
    done
    enough
    "$LAUNCH" kill
}

@test "every worker runs a revision that existed, and the one status names" {
    look='cd ~/repo && echo $(cat VERSION one/VERSION two/VERSION) >~/saw'
    configure <<END
defaults = {
    git_sync_dir = "$REPO"; worker_dir = "$REPO/code"; stop_timeout = 30;
};
workers = (
    { queue = "a"; celery_cmd = "$(stand_in a)"; worker_setup_cmd = "$look/a"; },
    { queue = "b"; celery_cmd = "$(stand_in b)"; worker_setup_cmd = "$look/b"; },
    { queue = "c"; celery_cmd = "$(stand_in c)"; worker_setup_cmd = "$look/c"; }
);
END
    : >"$SCRATCH/used"
    rounds=${ROUNDS:-8}
    start_again_and_again "$rounds"
    [ "$(starts a)" -eq "$rounds" ]
    tell "$rounds start --sync of 3 workers beside $(wc -l \
        <"$SCRATCH/commits") commits: $(sort -u "$SCRATCH/used" | wc -l)" \
        "revisions run, each one that existed and that status named"
    [ "$(sort -u "$SCRATCH/used" | wc -l)" -gt 1 ]
}

@test "the same with Celery, whose app reads its own tree" {
    redis_start
    cat >"$SCRATCH/theirs-code/seen.py" <<'END'
import os

from celery import Celery, signals

app = Celery("seen")


@signals.celeryd_after_setup.connect
def saw(sender, **_):
    here = os.path.dirname(os.path.abspath(__file__))
    numbers = [open(os.path.join(here, name, "VERSION")).read().strip()
               for name in (".", "one", "two")]
    name = os.environ["NAME"]
    with open(os.path.expanduser("~/saw/" + name), "w") as file:
        file.write(" ".join(numbers))
END
    commit 99 >>"$SCRATCH/commits"
    configure <<END
defaults = {
    git_sync_dir = "$REPO"; worker_dir = "$REPO"; app = "seen";
    broker = "$REDIS_URL"; pool = "solo"; mingle = false;
};
workers = (
    { queue = "a"; environment = { NAME = "a"; }; },
    { queue = "b"; environment = { NAME = "b"; }; },
    { queue = "c"; environment = { NAME = "c"; }; }
);
END
    start_again_and_again "${REAL:-2}"
}
