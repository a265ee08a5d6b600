"""run.py DATA CASE...: the cases against peers, measured into DATA.

Cases that only count, or wait for long, may be joined by a "+": they run at
the same time.
"""

import importlib
import sys
import threading
import time
import traceback

import measure
import peers


def run(data, case, failed):
    before = time.monotonic()
    try:
        importlib.import_module(case).main(data)
    except Exception:
        traceback.print_exc()
        failed.append(case)
    seconds = time.monotonic() - before
    data.writer.writerow(("about", "seconds of " + case, "", "", "",
                          round(seconds), ""))
    print("(%s took %.0f s)" % (case, seconds))


def main(path, *cases):
    data = measure.Data(path)
    for key, value in measure.about(peers.WORKERS):
        data.writer.writerow(("about", key, "", "", "", value, ""))
    began, failed = time.monotonic(), []
    for joined in cases:
        data.rows = []
        threads = [threading.Thread(target=run, args=(data, case, failed))
                   for case in joined.split("+")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        data.tell()
    data.writer.writerow(("about", "seconds", "", "", "", round(
        time.monotonic() - began), ""))
    if failed:
        sys.exit("failed: " + " ".join(failed))


main(*sys.argv[1:])
