# shellcheck shell=bash
#
# repository.bash - a git remote with two submodules, somebody who commits,
# and the clone that workers share.  Loaded behind lib.
#
# Every commit writes its number into VERSION of the repository and of both
# submodules, so that a tree that is half old and half new shows.

# Nothing of the caller's git; file:// submodules are refused without a word.
git_ready() {
    export GIT_CONFIG_GLOBAL=$SCRATCH/gitconfig GIT_CONFIG_NOSYSTEM=1
    export REPO=$HOME/repo
    git config --global user.name tester
    git config --global user.email tester@localhost
    git config --global init.defaultBranch main
    git config --global protocol.file.allow always
    git config --global advice.detachedHead false
}

# repository_make: remotes, the committer's clone `theirs` and $REPO
repository_make() {
    local name

    for name in one two code; do
        git init -q --bare "$SCRATCH/remote/$name.git"
        git clone -q "$SCRATCH/remote/$name.git" "$SCRATCH/theirs-$name" \
            2>/dev/null
    done
    for name in one two; do
        echo 0 >"$SCRATCH/theirs-$name/VERSION"
        git -C "$SCRATCH/theirs-$name" add VERSION
        git -C "$SCRATCH/theirs-$name" commit -qm 0
        git -C "$SCRATCH/theirs-$name" push -q origin main
        git -C "$SCRATCH/theirs-code" submodule --quiet add \
            "$SCRATCH/remote/$name.git" "$name"
    done
    commit 0
    git clone -q "$SCRATCH/remote/code.git" "$REPO"
}

# commit NUMBER: everywhere, and pushed; its id is printed
commit() {
    local name

    for name in one two; do
        echo "$1" >"$SCRATCH/theirs-code/$name/VERSION"
        git -C "$SCRATCH/theirs-code/$name" commit -qam "$1" || true
        git -C "$SCRATCH/theirs-code/$name" push -qf origin HEAD:main
    done
    mkdir -p "$SCRATCH/theirs-code/code"
    echo "$1" | tee "$SCRATCH/theirs-code/VERSION" \
        >"$SCRATCH/theirs-code/code/VERSION"
    git -C "$SCRATCH/theirs-code" add -A
    git -C "$SCRATCH/theirs-code" commit -qm "$1"
    git -C "$SCRATCH/theirs-code" push -q origin main
    git -C "$SCRATCH/theirs-code" rev-parse HEAD
}

# head_of DIRECTORY: the commit that is checked out there
head_of() {
    git -C "$1" rev-parse HEAD
}
