"""Send tasks of this app: send.py [OPTION]... NAME [ARGUMENT]...

An argument is JSON where it can be, else text.  In text, {} is the number of
the task.
"""

import argparse
import json
import sys

from tasks import app


def value(text, number):
    text = text.replace("{}", str(number))
    try:
        return json.loads(text)
    except ValueError:
        return text


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-q", "--queue", default="celery")
    parser.add_argument("-n", "--count", type=int, default=1)
    parser.add_argument("-t", "--timeout", type=float, default=30)
    parser.add_argument("--wait", action="store_true")
    parser.add_argument("name")
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    call = parser.parse_args()

    results = []
    for number in range(call.count):
        results.append(app.send_task(
            "tasks." + call.name, queue=call.queue,
            args=[value(text, number) for text in call.arguments]))
    if not call.wait:
        return
    for result in results:
        found = result.get(timeout=call.timeout)
        print(found if isinstance(found, str) else json.dumps(found))


if __name__ == "__main__":
    sys.exit(main())
