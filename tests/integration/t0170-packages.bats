#!/usr/bin/env bats
#
# What packages are made of, as far as that is quick; `make check-packages`
# makes, installs, upgrades and removes them.

load lib

setup_file() {
    begin_file
    unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES CI SANITIZE CC CFLAGS \
        CPPFLAGS LDFLAGS
    (cd "$ROOT" && tar -c --exclude='./build*' --exclude=./.git .) |
        tar -x -C "$SCRATCH" --one-top-level=source
}

setup() {
    cd "$SCRATCH/source"
    version=$(sed -n 's/^VERSION = //p' GNUmakefile)
}

@test "Debian's changelog has the program's version" {
    [[ $(sed -n 1p scripts/debian/changelog) = "celery-tmux ($version) "* ]]
    # The spec gets it from make.
    grep -qx 'Version: *@VERSION@' scripts/rpm/celery-tmux.spec
}

@test "the Debian packages and the RPMs are one thing" {
    # celery-tmux*.7 and pdsh-celery.7 are in one package each.
    [ "$(find launcher pdsh-module -name '*.7' ! -name 'celery-tmux*')" = \
        pdsh-module/pdsh-celery.7 ]
    # What both share, once.
    diff <(sed -n '/^%description$/,/^%package/p' scripts/rpm/celery-tmux.spec |
        tr -s ' \n' ' ' | grep -o 'celery-tmux-launch runs.*attach to') \
        <(tr -s ' \n' ' ' <scripts/debian/control |
            grep -o 'celery-tmux-launch runs.*attach to')
    # The pdsh that the module fits.
    oldest=$(sed -En 's/.*this module fits pdsh from ([0-9.]+) on.*/\1/p' \
        pdsh-module/celerycmd.c)
    grep -qx " pdsh (>= $oldest)," scripts/debian/control
    grep -qx "Requires: *pdsh >= $oldest" scripts/rpm/celery-tmux.spec
}

@test "packages bring cron's lines and the units switched off" {
    make -s install-off DESTDIR="$SCRATCH/off" PREFIX=/usr
    cron=$SCRATCH/off/etc/cron.d/celery-tmux
    fails grep '^[@*0-9]' "$cron"
    # But for the head of it, taking the # away gives the sample.
    [ "$(grep -c '^#[@*0-9]' "$cron")" -eq 3 ]
    diff <(sed -e 's/^#\([@*]\)/\1/' \
        -e 's,\[ ! -x /usr/bin/celery-tmux-launch ] || ,,' "$cron" |
        grep -v '^# ') <(grep -v '^# ' etc/cron.d/celery-tmux)
    # The sentence that is a part of one there is whole.
    [[ $(sed '/^$/,$d; s/^# *//' "$cron" | tr '\n' ' ') = \
        *' Replace "celery" by the user whose workers they are. '* ]]
    diff -r etc/systemd/user "$SCRATCH/off/usr/lib/systemd/user"
}

@test "cron's lines are silent when the package is gone" {
    make -s install-off DESTDIR="$SCRATCH/gone" PREFIX=/nowhere
    sed -n 's/^#[@*0-9].*  celery  //p' "$SCRATCH/gone/etc/cron.d/celery-tmux" \
        >"$SCRATCH/commands"
    [ "$(wc -l <"$SCRATCH/commands")" -eq 3 ]
    # It has none of ours, nor one that is installed here.
    mkdir "$SCRATCH/here"
    while read -r command; do
        PATH=$SCRATCH/here run /bin/sh -c "$command"
        echo "$command: $output"
        [ "$status" -eq 0 ]
        [ -z "$output" ]
    done <"$SCRATCH/commands"
    # And are not while it is there.
    printf '#!/bin/sh\necho "$@" >&2\nexit 3\n' \
        >"$SCRATCH/here/celery-tmux-launch"
    chmod +x "$SCRATCH/here/celery-tmux-launch"
    while read -r command; do
        PATH=$SCRATCH/here run /bin/sh -c "${command//\/nowhere*launch ]//bin/sh ]}"
        echo "$command: $output"
        [ "$status" -eq 3 ]
        [[ $output = tend* || $output = restart* ]]
    done <"$SCRATCH/commands"
}

@test "the board and its libraries are a package of their own" {
    for name in celery-tmux pdsh-mod-celery; do
        fails grep -e top "scripts/debian/$name.install"
    done
    # For which nothing need be compiled.
    make -s TOP=yes install-program install-manuals DESTDIR="$SCRATCH/top" \
        PREFIX=/usr PROGRAM=scripts/demo BOARD_PROGRAM=scripts/demo
    (cd "$SCRATCH/top" && find . -name '*top*' -type f) |
        sed 's|^\./||' | sort | diff - scripts/debian/celery-tmux-top.install
    # The same in the RPM.
    diff <(sed -n '/^%files top/,/^$/s/.*{_\(bindir\|mandir\)}//p' \
        scripts/rpm/celery-tmux.spec | sed 's/\*$//') \
        <(sed 's|usr/bin||; s|usr/share/man||' \
            scripts/debian/celery-tmux-top.install)
}

# make_wheel PROGRAM MODULE: into $SCRATCH/made
make_wheel() {
    scripts/wheel/make-wheel "$version" "$1" "$2" "$SCRATCH/made" \
        libc=README.md
}

# stand_ins: a program that is linked statically, and the module as wheels have
# it
stand_ins() {
    echo 'int main(void) { return 0; }' >one.c
    gcc -static -o static one.c
    gcc -o dynamic one.c
    make -s -j2 BUILD=build-wheel build-wheel/pdsh/celerycmd.so \
        CFLAGS='-Os -g0 -include scripts/wheel/old-glibc.h'
}

@test "the wheel is an archive as pip wants it, with all that is installed" {
    stand_ins
    make_wheel static build-wheel/pdsh/celerycmd.so
    cp "$SCRATCH/made"/*.whl "$SCRATCH/first.whl"
    make_wheel static build-wheel/pdsh/celerycmd.so
    machine=$(uname -m)
    wheel="$SCRATCH/made/celery_tmux-$version-py3-none-manylinux2014_$machine.musllinux_1_1_$machine.whl"
    # Twice the same.
    cmp "$wheel" "$SCRATCH/first.whl"
    "$PYTHON" -IS - "$wheel" "$version" >"$SCRATCH/names" <<'END_OF_PROGRAM'
import base64, csv, hashlib, io, sys, zipfile
path, version = sys.argv[1:]
archive = zipfile.ZipFile(path)
assert archive.testzip() is None
info = f"celery_tmux-{version}.dist-info"
record = {name: (digest, size) for name, digest, size in
          csv.reader(io.StringIO(archive.read(f"{info}/RECORD").decode()))}
assert sorted(record) == sorted(archive.namelist())
for name, (digest, size) in record.items():
    content = archive.read(name)
    if name.endswith("/RECORD"):
        assert (digest, size) == ("", "")
        continue
    sha = base64.urlsafe_b64encode(hashlib.sha256(content).digest())
    assert digest == "sha256=" + sha.decode().rstrip("="), name
    assert int(size) == len(content)
tags = [line for line in archive.read(f"{info}/WHEEL").decode().splitlines()
        if line.startswith("Tag: ")]
assert len(tags) == 2 and all(tag.split("-")[-1] in path for tag in tags)
metadata = archive.read(f"{info}/METADATA").decode()
assert f"\nVersion: {version}\n" in metadata
program = archive.getinfo(
    f"celery_tmux-{version}.data/scripts/celery-tmux-launch")
assert f"{info}/licenses/LICENSE" in record
assert f"{info}/licenses/libc.copyright" in record
assert program.external_attr >> 16 == 0o100755
prefix = f"celery_tmux-{version}.data/data/share/"
print("\n".join(sorted(name[len(prefix):] for name in archive.namelist()
                       if name.startswith(prefix))))
END_OF_PROGRAM
    make -s -j2 BUILD=build-wheel TOP= install-manuals install-samples \
        install-completion DESTDIR="$SCRATCH/stage" PREFIX=
    (cd "$SCRATCH/stage/share" && find . -type f | sed 's|^\./||') |
        cat - <(echo celery-tmux/pdsh/celerycmd.so) | LC_ALL=C sort |
        diff - "$SCRATCH/names"
}

@test "no wheel is made of a program or module that would not run everywhere" {
    stand_ins
    run make_wheel dynamic build-wheel/pdsh/celerycmd.so
    [ "$status" -eq 1 ]
    [[ $output = *'dynamic is not linked statically'* ]]
    make -s -j2 BUILD=build-newer build-newer/pdsh/celerycmd.so
    run make_wheel static build-newer/pdsh/celerycmd.so
    [ "$status" -eq 1 ]
    [[ $output = *'needs a newer glibc'*' (GLIBC_2.'* ]]
    rm -rf "$SCRATCH/made"
}

@test "the static program is installed where the other one looks for it" {
    echo 'int main(void) { return 0; }' >one.c
    mkdir -p build-static
    gcc -static -o build-static/celery-tmux-launch one.c
    make -s install-static DESTDIR="$SCRATCH/lib" PREFIX=/usr
    [ -x "$SCRATCH/lib/usr/lib/celery-tmux/celery-tmux-launch-$(uname -m)" ]
    mkdir -p "$SCRATCH/lib/usr/bin"
    cp "$LAUNCH" "$SCRATCH/lib/usr/bin"
    run "$SCRATCH/lib/usr/bin/celery-tmux-launch" ship
    # It is found; it only is no celery-tmux-launch.
    [ "$status" -eq 69 ]
    [[ $output = *"$SCRATCH/lib/usr/lib/celery-tmux/celery-tmux-launch-$(uname -m) is of another version than $version,"* ]]
    make -s uninstall DESTDIR="$SCRATCH/lib" PREFIX=/usr
    [ -z "$(find "$SCRATCH/lib" -type f)" ]
    rm -r build-static
}

@test "the module of a wheel has all that the usual one has" {
    stand_ins
    make -s -j2 BUILD=build-newer build-newer/pdsh/celerycmd.so
    exported() {
        nm -D --defined-only "$1" | awk '{ print $NF }'
    }
    diff <(exported build-newer/pdsh/celerycmd.so) \
        <(exported build-wheel/pdsh/celerycmd.so)
}
