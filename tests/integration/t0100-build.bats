#!/usr/bin/env bats
#
# The project builds, installs and packs as the GNUmakefile promises, from a
# path with blanks (the scratch directory's name has one).

load lib

setup_file() {
    begin_file
    # The working tree as it is, built or not, but without what was built.
    mkdir "$SCRATCH/source"
    (cd "$ROOT" && tar -c --exclude='./build*' --exclude=./.git .) |
        tar -x -C "$SCRATCH/source"
    # Another make must not hand its jobs and variables to the ones in here.
    unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES CI SANITIZE CC CFLAGS \
        CPPFLAGS LDFLAGS
}

setup() {
    cd "$SCRATCH/source"
}

# Of gcc some warnings come only with -O; whoever called has built the unit
# tests with it.
@test "gcc compiles the program without a warning" {
    make -k BUILD=build-gcc CC=gcc CI=true all
}

@test "clang compiles everything without a warning" {
    make -k BUILD=build-clang CC=clang CI=true CFLAGS=-O0 all units
}

@test "a packager's flags are added to what the code needs" {
    run make -n V=1 BUILD=build-flags CFLAGS=-O3 CPPFLAGS=-DPACKAGED \
        LDFLAGS=-Wl,-z,now all
    [ "$status" -eq 0 ]
    [[ $output = *'-std=c11 '*'-DPACKAGED -O3 '* ]]
    [[ $output = *' -O3 -Wl,-z,now -o build-flags/celery-tmux-launch '* ]]
    [[ $output != *' -O2 '* ]]
    [[ $output != *-Werror* ]]
}

# No system of 32 bits is needed to see it: glibc's headers are the same, but
# for one that says which functions there are.
@test "where a long has 32 bits, inodes, sizes and times have 64" {
    [ "$(gcc -print-multiarch)" = x86_64-linux-gnu ] ||
        skip 'not on this processor'
    mkdir -p "$SCRATCH/narrow/gnu"
    : >"$SCRATCH/narrow/gnu/stubs-32.h"
    cat >"$SCRATCH/narrow/wide.h" <<'END'
#include <sys/stat.h>
#include <sys/types.h>
_Static_assert(sizeof(long) == 4, "no system of 32 bits");
_Static_assert(sizeof((struct stat *)0)->st_ino == 8, "inodes");
_Static_assert(sizeof(off_t) == 8, "sizes");
#if __GLIBC_PREREQ(2, 34)
_Static_assert(sizeof(time_t) == 8, "times");
#endif
END
    make BUILD=build-narrow CC=gcc CFLAGS=-O0 CPPFLAGS= build-narrow/flags \
        build-narrow/modules.h build-narrow/probe-modules.h
    flags=$(cat build-narrow/flags)
    # narrow FLAGS FILE...: compile them for 32 bits
    narrow() {
        eval "$1 -m32" '-I"$SCRATCH/narrow"' \
            -isystem /usr/include/x86_64-linux-gnu -Werror \
            -include '"$SCRATCH/narrow/wide.h"' -fsyntax-only '"${@:2}"'
    }
    mapfile -t files < <(grep -rl --include='*.c' -e st_ino -e time_t launcher)
    [ "${#files[@]}" -ge 5 ]
    narrow "$flags" "${files[@]}"
    # The check itself can fail.
    # Wide times alone glibc refuses, and from 16 on gcc stops there.
    old=${flags//-D_TIME_BITS=64/}
    run narrow "${old//-D_FILE_OFFSET_BITS=64/}" "${files[0]}"
    [ "$status" -ne 0 ]
    [[ $output = *inodes* ]]
    run narrow "${flags/-D_TIME_BITS=64/}" "${files[0]}"
    [ "$status" -ne 0 ] || ldd --version | grep -q ' 2\.3[0-3]$'
}

@test "the environment's compiler and flags count, and nobody's are ours" {
    CC=clang CFLAGS=-O3 CPPFLAGS=-DPACKAGED LDFLAGS=-Wl,-z,now \
        run make -n V=1 BUILD=build-flags all
    [ "$status" -eq 0 ]
    [[ $output = *'clang -std=c11 '*'-DPACKAGED -O3 '* ]]
    [[ $output = *' -O3 -Wl,-z,now -o build-flags/celery-tmux-launch '* ]]
    [[ $output != *' -Os '* && $output != *noseparate-code* ]]
    CFLAGS=-O3 run make -n V=1 BUILD=build-flags CFLAGS=-O1 all
    [[ $output = *' -O1 '* && $output != *' -O3 '* ]]
    run make -n V=1 BUILD=build-flags all
    [[ $output = *$'\n''cc -std=c11 '*' -Os -g '*noseparate-code* ]]
}

# asked_for: stand-ins for pkg-config and set-up write into $SCRATCH/asked;
# set-up ends with this status
asked_for() {
    asked=${asked:-$(type -P pkg-config)}
    mkdir -p "$SCRATCH/asked for"
    rm -f "$SCRATCH/asked"
    cat >"$SCRATCH/asked for/pkg-config" <<END
#!/bin/sh
echo "\$*" >>'$SCRATCH/asked'
exec $asked "\$@"
END
    printf '#!/bin/sh\necho set-up >>"%s"\nexit %s\n' "$SCRATCH/asked" "$1" \
        >"$SCRATCH/asked for/set-up"
    chmod +x "$SCRATCH/asked for"/*
    PATH=$SCRATCH/asked\ for:$PATH
}

@test "pkg-config is asked everything once, and not before set-up" {
    asked_for 0
    make -n -B BUILD=build-asked all units
    sort "$SCRATCH/asked" | diff - <(printf -- '--%s\n' 'cflags libconfig' \
        'cflags ncursesw jansson' 'exists ncursesw jansson' 'libs check' \
        'libs libconfig' 'libs ncursesw jansson')
    # Without the board's libraries the rest is built.
    make -n -B BUILD=build-asked TOP= all >"$SCRATCH/without"
    fails grep -e launcher/top -e celery-tmux-top "$SCRATCH/without"

    cp scripts/set-up set-up
    for target in check demo; do
        asked_for 1
        cp "$SCRATCH/asked for/set-up" scripts
        fails make BUILD=build-asked "$target"
        [ "$(cat "$SCRATCH/asked")" = set-up ]
    done
    # A second make builds, when there is a pkg-config.
    asked_for 0
    cp "$SCRATCH/asked for/set-up" scripts
    printf '#!/bin/sh\necho "$LAUNCH"\n' >scripts/demo
    run make BUILD=build-gcc CC=gcc CI=true demo
    mv set-up scripts/set-up
    cp "$ROOT/scripts/demo" scripts/demo
    [ "$status" -eq 0 ]
    [[ ${lines[-1]} = "$SCRATCH/source/build-gcc/celery-tmux-launch" ]]
    [ "$(sed -n 1p "$SCRATCH/asked")" = set-up ]
    grep -qx -e '--cflags libconfig' "$SCRATCH/asked"
}

@test "without pkg-config or libconfig make says in a sentence what to do" {
    mkdir -p "$SCRATCH/lacking"
    printf '#!/bin/sh\necho "No package found" >&2\nexit 1\n' \
        >"$SCRATCH/lacking/pkg-config"
    chmod +x "$SCRATCH/lacking/pkg-config"
    for wrong in "$SCRATCH/lacking/pkg-config" /nowhere/pkg-config; do
        run make BUILD=build-lacking PKG_CONFIG="$wrong"
        echo "$output"
        [ "$status" -eq 2 ]
        [ "${#lines[@]}" -eq 1 ]
        [[ $output = *"libconfig is not found by "*"; run scripts/set-up build, or install libconfig-dev and pkg-config."* ]]
    done
    # What a packager says by hand needs no pkg-config.
    make -n BUILD=build-lacking PKG_CONFIG=/nowhere/pkg-config \
        CONFIG_CFLAGS=-I/x CONFIG_LIBS=-lconfig | grep -q -e '-I/x'
    # Nor does what compiles nothing.
    make BUILD=build-lacking PKG_CONFIG=/nowhere/pkg-config help clean
}

@test "make help names targets that there are, a line each" {
    run make help
    [ "$status" -eq 0 ]
    [ "${#lines[@]}" -ge 15 ]
    for line in "${lines[@]}"; do
        [ "${#line}" -lt 80 ]
        [[ $line =~ ^make(\ [a-z-]+)?\ \ +[^\ ] ]]
        target=${BASH_REMATCH[1]:- all}
        target=${target# }
        grep -qh "^$target:" GNUmakefile scripts/packages.mk
        sed -n '/^.PHONY:/,/[^\]$/p' GNUmakefile scripts/packages.mk |
            grep -qw -e "$target"
    done
    for target in check soak check-cluster check-systems demo install \
        uninstall help; do
        grep -q "^make $target " <<<"$output"
    done
}

# chosen TARGET: the tags of our files among those that it runs
chosen() {
    make -n BUILD=build-tags "$1" | grep -o 't9999-[a-z,]*' | sort | xargs
}

@test "tags say who runs a file of tests" {
    # Any other word would leave its file where it was.
    grep -h '^# bats .*tags=' tests/*/*.bats | sed 's/.*tags=//' |
        tr , '\n' | sort -u | diff - <(printf '%s\n' long sanitized soak)
    for tags in none long soak long,soak; do
        printf '#!/usr/bin/env bats\n# bats file_tags=%s\n' "$tags" \
            >"tests/integration/t9999-$tags.bats"
    done
    run chosen run-tests
    [ "$output" = 't9999-none t9999-soak' ]
    run chosen soak
    [ "$output" = 't9999-long,soak t9999-soak' ]
    rm tests/integration/t9999-*
}

@test "the program is installed and uninstalled below DESTDIR" {
    make BUILD=build-gcc CC=gcc CI=true install DESTDIR="$SCRATCH/a stage" \
        PREFIX=/usr
    [ -x "$SCRATCH/a stage/usr/bin/celery-tmux-launch" ]
    [ -x "$SCRATCH/a stage/usr/share/celery-tmux/import-starcluster" ]
    for manual in launcher/*.[157] pdsh-module/*.7; do
        [ -f "$SCRATCH/a stage/usr/share/man/man${manual##*.}/${manual##*/}" ]
    done
    for file in bash-completion/completions/celery-tmux-launch \
        zsh/site-functions/_celery-tmux-launch \
        fish/vendor_completions.d/celery-tmux-launch.fish; do
        [ -f "$SCRATCH/a stage/usr/share/$file" ]
    done
    # What lies below etc/ is a sample each, with its directory.
    diff -r -x import-starcluster etc "$SCRATCH/a stage/usr/share/celery-tmux"
    make BUILD=build-gcc uninstall DESTDIR="$SCRATCH/a stage" PREFIX=/usr
    [ ! -e "$SCRATCH/a stage" ]
}

@test "uninstall removes what install wrote, and nothing else" {
    stage=$SCRATCH/theirs
    words=(BUILD=build-gcc CC=gcc CI=true DESTDIR="$stage" PREFIX=/usr)
    mkdir -p "$stage/usr/bin" "$stage/usr/share/man/man5" \
        "$stage/usr/share/celery-tmux/systemd"
    echo mine | tee "$stage/usr/share/man/man5/mine.5" \
        >"$stage/usr/share/celery-tmux/systemd/mine"
    cp -a "$stage" "$SCRATCH/before"
    make "${words[@]}" install
    [ -f "$stage/usr/share/man/man1/celery-tmux-launch.1" ]
    echo late >"$stage/usr/share/man/man1/late.1"
    make "${words[@]}" uninstall
    [ "$(find "$stage/usr/share/man/man1")" = "$stage/usr/share/man/man1
$stage/usr/share/man/man1/late.1" ]
    rm -r "$stage/usr/share/man/man1"
    diff -r "$SCRATCH/before" "$stage"
    # Once more, with nothing of ours there.
    make "${words[@]}" uninstall
    diff -r "$SCRATCH/before" "$stage"
}

@test "uninstall leaves a module for pdsh that was there before" {
    stage=$SCRATCH/modules
    module=$stage/usr/lib/pdsh/celerycmd.so
    words=(BUILD=build-gcc CC=gcc CI=true DESTDIR="$stage" PREFIX=/usr/local
        PDSH_MODULEDIR=/usr/lib/pdsh)
    mkdir -p "${module%/*}"
    # After ours was removed, too, another's may come.
    for _ in 1 2; do
        echo theirs >"$module"
        make "${words[@]}" install
        run make "${words[@]}" uninstall
        echo "$output"
        [ "$status" -eq 0 ]
        [[ $output = *"$module stays: "* ]]
        [ -e "$module" ]
        rm "$module"
        make "${words[@]}" install
        make "${words[@]}" install
        make "${words[@]}" uninstall
        [ ! -e "$module" ]
    done
    [ "$(find "$stage")" = "$stage
$stage/usr
$stage/usr/lib
$stage/usr/lib/pdsh" ]
}

@test "a user installs after root has installed from the same directory" {
    words=(BUILD=build-gcc CC=gcc CI=true)
    make "${words[@]}" install DESTDIR="$SCRATCH/of root"
    user=()
    if [ "$(id -u)" -eq 0 ]; then
        chmod a+x "$SCRATCH"
        chown -R 65534 build-gcc
        chown root build-gcc/directories
        user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    fi
    chmod 444 build-gcc/directories
    mkdir -m 777 "$SCRATCH/of a user"
    run "${user[@]}" make "${words[@]}" install DESTDIR="$SCRATCH/of a user"
    [ "$(id -u)" -ne 0 ] || chown -R root build-gcc
    echo "$output"
    [ "$status" -eq 0 ]
    [ -x "$SCRATCH/of a user/usr/local/bin/celery-tmux-launch" ]
    # What root's had noted is not forgotten.
    for name in 'of root' 'of a user'; do
        make "${words[@]}" uninstall DESTDIR="$SCRATCH/$name"
        fails ls -A "$SCRATCH/$name/usr"
    done
}

# as_stranger COMMAND...: what pdsh has is not for it to write to
as_stranger() {
    if [ "$(id -u)" -eq 0 ]; then
        # shellcheck disable=SC2016 # for the inner shell
        unshare --mount --propagation private sh -c '
            mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && shift &&
                exec "$@"' sh "$own" "$@"
    else
        "$@"
    fi
}

@test "without root all is installed below PREFIX, and pdsh finds the module" {
    [ "$(id -u)" -ne 0 ] || needs_own_mounts
    own=$(dirname "$(find /usr/lib* /usr/local/lib* -name execcmd.so \
        2>/dev/null | head -n 1)")
    prefix=$HOME/.local
    mkdir -p "$prefix/share/celery-tmux"
    echo mine >"$prefix/share/celery-tmux/mine"
    # As sh leaves it: the ~ is for make.
    # shellcheck disable=SC2088
    as_stranger make BUILD=build-gcc CC=gcc CI=true install PREFIX='~/.local'
    [ -x "$prefix/bin/celery-tmux-launch" ]
    [ -f "$prefix/share/man/man7/pdsh-celery.7" ]
    [ -x "$prefix/share/celery-tmux/import-starcluster" ]
    link=$prefix/lib/pdsh/execcmd.so
    [ "$(readlink "$link")" = "$own/execcmd.so" ]
    chmod a+x "$SCRATCH" "$HOME"
    # It must be an ordinary user who calls: pdsh does not heed it as root.
    user=()
    [ "$(id -u)" -ne 0 ] ||
        user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    for rcmd in celery exec; do
        run "${user[@]}" env PDSH_MODULE_DIR="$prefix/lib/pdsh" \
            pdsh -R "$rcmd" -V
        [[ $output = *'rcmd modules: '*celery* ]]
        [[ $output = *'rcmd modules: '*exec* ]]
    done

    # A link of one's own stays.
    ln -sf /elsewhere/execcmd.so "$link"
    as_stranger make BUILD=build-gcc CC=gcc CI=true uninstall PREFIX="$prefix"
    [ "$(find "$prefix/lib" ! -type d)" = "$link" ]
    ln -sf "$own/execcmd.so" "$link"
    as_stranger make BUILD=build-gcc CC=gcc CI=true uninstall PREFIX="$prefix"
    [ "$(find "$prefix" ! -type d)" = "$prefix/share/celery-tmux/mine" ]
    [ ! -e "$prefix/lib/pdsh" ]
    [ -e "$own/execcmd.so" ]
}

@test "what cannot be installed leaves nothing else out" {
    mkdir -p "$SCRATCH/half/share"
    : >"$SCRATCH/half/bin"
    fails make BUILD=build-gcc CC=gcc CI=true install \
        DESTDIR="$SCRATCH/half" PREFIX=
    [ -f "$SCRATCH/half/share/man/man1/celery-tmux-launch.1" ]
    [ -x "$SCRATCH/half/share/celery-tmux/import-starcluster" ]
}

@test "the modules that Celery loads are in the program, but for their comments" {
    make BUILD=build-gcc CC=gcc CI=true all
    for name in celery_tmux celery_tmux_line celery_tmux_watch; do
        cat >print.c <<END
#include <stdio.h>
#include "modules.h"
int main(void) { return fputs(${name}_text, stdout) < 0; }
END
        gcc -Ibuild-gcc -o print print.c
        ./print >printed.py
        "$PYTHON" -ISc 'import ast, sys
one, other = (ast.dump(ast.parse(open(name).read()), include_attributes=True)
              for name in sys.argv[1:])
sys.exit(one != other)' printed.py "launcher/runner/$name.py"
    done
}

# After those that have use for what was built.
@test "nothing is built twice, and other flags build anew" {
    make -k BUILD=build-gcc CC=gcc CI=true all
    run make BUILD=build-gcc CC=gcc CI=true all
    [[ $output != *' CC '* ]]
    run make BUILD=build-gcc CC=gcc CI=true CPPFLAGS=-DOTHER \
        build-gcc/launcher/base/words.o
    [[ $output = *' CC '*launcher/base/words.o* ]]
}

@test "files are as .editorconfig says" {
    [ -e "$ROOT/.git" ] || skip "this is no git checkout"
    cd "$ROOT"
    # What a corpus holds is of any kind.
    git ls-files -z ':!tests/fuzz/corpus' >"$SCRATCH/files"
    [ "$(tr '\0' '\n' <"$SCRATCH/files" | wc -l)" -gt 300 ]
    run xargs -0 grep -lE '[[:blank:]]$' <"$SCRATCH/files"
    [ "$output" = tests/integration/t1800-commands.bats ]
    # What make reads, and a line of a file that is imported.
    run xargs -0 grep -l $'^\t' <"$SCRATCH/files"
    [ "$(sort <<<"$output")" = 'GNUmakefile
scripts/debian/rules
scripts/packages.mk
tests/integration/t7300-import.bats' ]
    xargs -0 iconv -f utf-8 -t utf-8 <"$SCRATCH/files" >/dev/null
    fails xargs -0 grep -l $'\r$' <"$SCRATCH/files"
    while IFS= read -r -d '' file; do
        [ -z "$(tail -c 1 "$file")" ] || { echo "$file"; return 1; }
    done <"$SCRATCH/files"
}

@test "the version stands in one place" {
    version=$(sed -n 's/^VERSION = //p' GNUmakefile)
    [ -n "$version" ]
    fails grep -rlF -e "\"$version\"" launcher scripts
}

# printed_past FILE...: lines, but for comments, that use streams of stdio.h
printed_past() {
    grep -nE '\b(v?printf|puts|putchar|perror|psignal|error|errx?|warnx?)\(|\bstd(out|err)\b|\bdprintf\(STD' \
        "$@" | grep -vE '^[^:]*:[0-9]+: *(/\*|\*)'
}

@test "all that is printed goes through the filter" {
    # The one file that knows what it stands in for shows that we look, and so
    # does the one that moves the cursor itself.  What failpoint.c prints the
    # installed program does not have.
    printed_past launcher/base/plain-stream.c /dev/null
    printed_past launcher/cli/progress.c /dev/null
    # shellcheck disable=SC2046 # names without blanks
    fails printed_past $(find launcher -name '*.[ch]' ! -name plain-stream.c \
        ! -name progress.c ! -name failpoint.c)
}

@test "the tarball has everything that git has, below one directory" {
    [ -e "$ROOT/.git" ] || skip "this is no git checkout"
    git clone -q "$ROOT" "$SCRATCH/clone"
    cd "$SCRATCH/clone"
    make dist
    version=$(sed -n 's/^VERSION = //p' GNUmakefile)
    tar -tf "celery-tmux-$version.tar.gz" | grep -v '/$' | sort >packed
    git ls-files | sed "s|^|celery-tmux-$version/|" | sort | diff - packed
    [ -z "$(git status --porcelain --untracked-files=no)" ]
}

@test "shellcheck finds nothing in any script" {
    version=$(shellcheck --version | sed -n 's/^version: //p')
    [ "$(printf '%s\n' 0.9 "$version" | sort -V | head -n 1)" = 0.9 ] ||
        skip "shellcheck $version finds what 0.9 does not mind"
    scripts=$(grep -rlE --exclude='*.md' '^#!.*(sh|bash|bats)$' .ci scripts \
        tests)
    # shellcheck disable=SC2086 # none of ours has a blank in its name
    shellcheck -x $scripts tests/integration/lib.bash \
        launcher/internal/ship.sh \
        scripts/completion/celery-tmux-launch.bash etc/slurm/*
}
