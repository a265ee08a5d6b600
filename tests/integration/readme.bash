# shellcheck shell=bash
#
# readme.bash - for tests that do what the README says, word for word.
#
# Each fenced block of the README has a comment above it:
#
#     <!-- run -->         commands behind "$ ", and what they print
#     <!-- run user -->    the same, for one who installs it in a fresh home
#     <!-- run head -->    the same, on a machine with nodes
#     <!-- file NAME -->   content of that file below the home directory
#     <!-- crontab -->     lines for cron
#
# In what is printed a line "..." stands for any lines.

# readme_blocks: a line "block MARK" for each, then its lines behind a dot
readme_blocks() {
    awk '
        /^```/ { open = !open; if (open) print "block " mark; mark = ""; next }
        open { print "." $0; next }
        /^<!-- .* -->$/ { mark = substr($0, 6, length($0) - 9); next }
        NF { mark = "" }' "$ROOT/README.md"
}

# readme_chosen MARK...: the blocks of these marks; `file` means each file
readme_chosen() {
    readme_blocks | awk -v marks=",$(IFS=,; echo "$*")," '
        /^block / { mark = substr($0, 7); sub(/^file .*/, "file", mark)
                    on = index(marks, "," mark ",") }
        on'
}

# readme_script: a shell's words for the blocks on standard input.  It prints
# each command before it runs it, and writes the files.
readme_script() {
    awk -v quote="'" '
        function end_file() { if (file) print "END_OF_FILE"; file = 0 }
        function quoted(text) {
            gsub(quote, quote "\\" quote quote, text)
            return quote text quote
        }
        /^block / {
            end_file()
            file = /^block file /
            if (file)
                print "umask 077; cat >~/" $3 " <<\"END_OF_FILE\""
            next
        }
        file { print substr($0, 2); next }
        /^\.\$ / {
            print "printf \"%s\\n\" " quoted(substr($0, 2))
            print "{ " substr($0, 4) "; } 2>&1"
        }
        END { end_file() }'
}

# when_ready: the same words, which wait for a line that celery says a moment
# after its start has returned, and leave out that it has greeted media
when_ready() {
    sed '/^{ celery-tmux-launch logs -n 1 celery; }/{
i until celery-tmux-launch logs celery | grep -q " ready\\.$"; do sleep 0.1; done
s/logs -n 1 celery/logs -n 2 celery | grep -v ": sync with media@" | tail -n 1/
}'
}

# readme_transcript: what that prints, by the blocks on standard input
readme_transcript() {
    awk '/^block / { file = /^block file /; next } !file { print substr($0, 2) }'
}

# same_transcript EXPECTED GOT: two files; times and hosts apart, and "..."
same_transcript() {
    "$PYTHON" -ISc '
import re, sys
expected, got = (re.sub(r"celery@\S+", "celery@HOST", re.sub(
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+", "TIME", open(name).read()))
    for name in sys.argv[1:])
pattern = "".join(r"(?:.*\n)*?" if line == "...\n" else re.escape(line)
                  for line in expected.splitlines(True))
sys.exit(not re.fullmatch(pattern, got))' "$1" "$2" || { diff "$1" "$2"; false; }
}

# project_script: a shell's words that make the project the README speaks of
project_script() {
    cat <<'END'
mkdir ~/proj
cat >~/proj/proj.py <<'END_OF_APP'
from celery import Celery

app = Celery("proj")
END_OF_APP
/usr/bin/python3 -m venv --system-site-packages --without-pip ~/proj/venv
cat >~/proj/venv/bin/celery <<'END_OF_SCRIPT'
#!/bin/sh
'''exec' "${0%/*}/python" "$0" "$@"
' '''
import sys
from celery.__main__ import main
sys.exit(main())
END_OF_SCRIPT
chmod +x ~/proj/venv/bin/celery
END
}
