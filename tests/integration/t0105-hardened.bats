#!/usr/bin/env bats
#
# The program and the module are built so that a mistake in them is hard to
# use; what was built says so itself.

load lib

setup_file() {
    begin_file
    # Another make must not hand its jobs and variables to the ones in here.
    unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES CI SANITIZE CC CFLAGS \
        CPPFLAGS LDFLAGS
}

# built: the files that readelf is asked about
built() {
    printf '%s\n' "$LAUNCH" "$(dirname "$LAUNCH")/pdsh/celerycmd.so"
}

# needs_libraries: skip where a library is part of the program
needs_libraries() {
    readelf -lW "$LAUNCH" | grep -q ' INTERP ' ||
        skip "the program is linked statically"
}

# compiled FLAG: words of make that compile words.c, with make's variables
compiled() {
    make -C "$ROOT" -n V=1 BUILD=build-flags "$@" \
        build-flags/launcher/base/words.o | grep -e ' -c -o '
}

@test "the program can lie anywhere in memory" {
    needs_libraries
    readelf -hW "$LAUNCH" | grep -E 'Type: +DYN '
    readelf -dW "$LAUNCH" | grep -E 'FLAGS_1.* PIE'
}

@test "what the linker fills in cannot be written afterwards" {
    needs_libraries
    while read -r file; do
        readelf -lW "$file" | grep GNU_RELRO
        readelf -dW "$file" | grep -E '\(FLAGS\).* BIND_NOW'
        readelf -dW "$file" | grep -E 'FLAGS_1.* NOW'
    done < <(built)
}

@test "nothing that can be written can be executed" {
    while read -r file; do
        readelf -lW "$file" | grep -E 'GNU_STACK .* RW +0x'
        fails grep -E '^ +LOAD .* RWE ' <(readelf -lW "$file")
    done < <(built)
}

@test "buffers are checked, and the stack is" {
    needs_libraries
    while read -r file; do
        readelf --dyn-syms -W "$file" | grep __stack_chk_fail
        readelf --dyn-syms -W "$file" | grep __vasprintf_chk@GLIBC
    done < <(built)
}

# gcc notes in the debugging information what it was told.
@test "no object was compiled with less, and each says where one may jump" {
    find "$(dirname "$LAUNCH")/launcher" "$(dirname "$LAUNCH")/pic" \
        -name '*.o' >"$SCRATCH/objects"
    xargs -d '\n' readelf -W --debug-dump=info --dwarf-depth=1 \
        <"$SCRATCH/objects" | grep 'DW_AT_producer' >"$SCRATCH/producers"
    grep -q 'GNU C11' "$SCRATCH/producers" || skip "not built by gcc"
    diff <(wc -l <"$SCRATCH/objects") <(wc -l <"$SCRATCH/producers")
    fails grep -v -e -fstack-protector-strong "$SCRATCH/producers"
    [ "$(uname -m)" = x86_64 ] || skip "the rest is for other processors"
    fails grep -v -e -fstack-clash-protection "$SCRATCH/producers"
    # The program says it too where the C library's own parts do.
    xargs -d '\n' readelf -nW <"$SCRATCH/objects" |
        grep -c 'feature: IBT, SHSTK' | diff - <(wc -l <"$SCRATCH/objects")
}

@test "whoever builds can take it back, and chooses the level" {
    fails grep -q FORTIFY <(compiled CFLAGS=-O0)
    fails grep -q FORTIFY <(compiled CFLAGS=-g)
    compiled CPPFLAGS=-D_FORTIFY_SOURCE=1 | grep -o FORTIFY |
        diff - <(echo FORTIFY)
    compiled CFLAGS='-O3 -fcf-protection=none' |
        grep -e ' -fcf-protection .* -D_FORTIFY_SOURCE=[23] .*=none'
    fails grep -e -fstack -e FORTIFY <(compiled HARDENING=)
    make -C "$ROOT" -n V=1 BUILD=build-flags all | grep -e ' -pie .* -o build-flags/celery-tmux-launch '
    fails grep -e ' -pie ' <(make -C "$ROOT" -n V=1 BUILD=build-flags \
        LDFLAGS=-static all)
}

@test "what a compiler does not know it is not told" {
    cat >"$SCRATCH/cc" <<'END'
#!/bin/sh
case $* in
*-fcf-protection*) exit 1 ;;
*) exec cc "$@" ;;
esac
END
    chmod +x "$SCRATCH/cc"
    compiled CC="sh '$SCRATCH/cc'" >"$SCRATCH/said"
    grep -e -fstack-protector-strong "$SCRATCH/said"
    fails grep -e -fcf-protection "$SCRATCH/said"
}
